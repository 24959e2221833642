import type { CallType } from './enumerations';
import type { UserData } from './events';

/** About a DN. */
export interface OfDn {
  /** The DN for which it is asked. */
  thisDN: string;
}
/** About a call of a DN. */
export interface OfCall extends OfDn {
  /** The call. */
  connID: string;
}
/** About a call that is held and one that is not. */
export interface OfTwoCalls extends OfCall {
  /** The call that is held. */
  heldConnID: string;
}
/** That somebody be called. */
export interface ToSomebody {
  /** Number of who is called. */
  otherDN: string;
  /** Data that go with the call. */
  userData?: UserData;
}

/** The requests and their parameters, under their T-Lib names. Where there are two calls, `connID` is the current one and `heldConnID` the other. */
export interface TRequestParameters {
  TRegisterAddress: OfDn;
  TUnregisterAddress: OfDn;
  TMakeCall: OfDn & ToSomebody & { callType?: CallType };
  TAnswerCall: OfCall;
  TReleaseCall: OfCall;
  TClearCall: OfCall;
  THoldCall: OfCall & { /** Name of the music; that of the DN when absent. */ music?: string };
  TRetrieveCall: OfCall;
  TAlternateCall: OfTwoCalls;
  TReconnectCall: OfTwoCalls;
  TInitiateTransfer: OfCall & ToSomebody;
  TCompleteTransfer: OfTwoCalls;
  TMuteTransfer: OfCall & ToSomebody;
  TSingleStepTransfer: OfCall & ToSomebody;
  TInitiateConference: OfCall & ToSomebody;
  TCompleteConference: OfTwoCalls;
  TSingleStepConference: OfCall & ToSomebody;
  TDeleteFromConference: OfCall & { /** Who has to leave. */ otherDN: string };
  TRedirectCall: OfCall & { /** Where the call that rings shall go. */ otherDN: string };
  TSendDTMF: OfCall & { digits: string };
  TSetMuteOn: OfCall;
  TSetMuteOff: OfCall;
  TListenDisconnect: OfCall & { /** Who shall hear nothing any more. */ otherDN: string };
  TListenReconnect: OfCall & { /** Who shall hear again. */ otherDN: string };
  TSetDNDOn: OfDn;
  TSetDNDOff: OfDn;
  TCallSetForward: OfDn & { /** Where calls shall go. */ otherDN: string };
  TCallCancelForward: OfDn;
  TAgentLogin: OfDn & { agentID: string };
  TAgentLogout: OfDn;
  TAgentSetReady: OfDn;
  TAgentSetNotReady: OfDn & { /** Work after a call rather than a break. */ afterCallWork?: boolean };
  TAttachUserData: OfCall & { userData: UserData };
  TUpdateUserData: OfCall & { userData: UserData };
  TDeleteUserData: OfCall & { /** All of them when absent. */ keys?: readonly string[] };
  TQueryAddress: OfDn;
  TQueryCall: OfCall;
}

/** Name of a request. */
export type TRequestName = keyof TRequestParameters;

/** A request with its parameters. */
export type TRequest = { [Name in TRequestName]: { request: Name } & TRequestParameters[Name] }[TRequestName];
