import type { AgentState, CallState, CallType, DnRole, PartyState } from './enumerations';

/** Numbers of the events, as tools of T-Lib show them. */
export const EventNumber = {
  EventServerConnected: 50,
  EventServerDisconnected: 51,
  EventError: 52,
  EventRegistered: 53,
  EventUnregistered: 54,
  EventQueued: 57,
  EventDiverted: 58,
  EventAbandoned: 59,
  EventRinging: 60,
  EventDialing: 61,
  EventNetworkReached: 62,
  EventDestinationBusy: 63,
  EventEstablished: 64,
  EventReleased: 65,
  EventHeld: 66,
  EventRetrieved: 67,
  EventPartyChanged: 68,
  EventPartyAdded: 69,
  EventPartyDeleted: 70,
  EventAttachedDataChanged: 85,
  EventLinkDisconnected: 94,
  EventLinkConnected: 95,
  EventDTMFSent: 98,
  EventMuteOn: 145,
  EventMuteOff: 146,
  EventDNOutOfService: 147,
  EventDNBackInService: 148,
} as const;

/** Events whose numbers no source at hand gives. */
export type UnnumberedEvent =
  | 'EventAddressInfo'
  | 'EventPartyInfo'
  | 'EventAgentLogin'
  | 'EventAgentLogout'
  | 'EventAgentReady'
  | 'EventAgentNotReady'
  | 'EventDNDOn'
  | 'EventDNDOff'
  | 'EventForwardSet'
  | 'EventForwardCancel'
  | 'EventListenDisconnected'
  | 'EventListenReconnected';

/** Name of an event. */
export type TEventName = keyof typeof EventNumber | UnnumberedEvent;

/** Data of the application that goes with a call. */
export type UserData = Readonly<Record<string, string>>;

/** One call at a DN, as a snapshot has it. */
export interface CallInfo {
  readonly connID: string;
  readonly callUUID: string;
  readonly callType: CallType;
  readonly partyState: PartyState;
  readonly thisDNRole: DnRole;
  readonly otherDN?: string;
  readonly previousConnID?: string;
  readonly userData: UserData;
  /** DNs of all parties. */
  readonly parties: readonly string[];
}

/** State of a DN, as a snapshot has it. */
export interface AddressInfo {
  readonly inService: boolean;
  readonly doNotDisturb: boolean;
  readonly forward?: string;
  readonly agentState: AgentState;
  readonly agentID?: string;
  readonly calls: readonly CallInfo[];
}

/** What happened, told to those who have registered a DN. Attributes have their T-Lib names; which of them an event has is in `docs/t-lib.md`. */
export interface TEvent {
  readonly event: TEventName;
  /** When, ISO 8601. */
  readonly time: string;
  /** Of the request that caused it, in the event for who sent that. */
  readonly referenceID?: number;
  /** The DN the event is of. */
  readonly thisDN?: string;
  readonly thisDNRole?: DnRole;
  /** The other party; absent in a conference. */
  readonly otherDN?: string;
  readonly otherDNRole?: DnRole;
  /** Who did it, or was added. */
  readonly thirdPartyDN?: string;
  readonly thirdPartyDNRole?: DnRole;
  /** The call: 16 hexadecimal digits. */
  readonly connID?: string;
  /** The call the party was in before. */
  readonly previousConnID?: string;
  /** The call, by the number of the switch. */
  readonly callID?: number;
  /** The call, as the header field X-Genesys-CallUUID has it: 32 characters. */
  readonly callUUID?: string;
  readonly callType?: CallType;
  readonly callState?: CallState;
  /** Number that was dialed. */
  readonly dnis?: string;
  /** Number of the caller. */
  readonly ani?: string;
  readonly userData?: UserData;
  readonly digits?: string;
  readonly agentID?: string;
  readonly errorCode?: number;
  readonly errorMessage?: string;
  readonly address?: AddressInfo;
  readonly call?: CallInfo;
}
