import type { TRequestName, TRequestParameters } from '../tlib/requests';
import { queryAddress, queryCall, registerAddress, unregisterAddress } from './addresses';
import { agentLogin, agentLogout, agentNotReady, agentReady } from './agents';
import { alternateCall } from './alternate-call';
import { answerCall } from './answer-call';
import { completeTransfer, muteTransfer } from './complete-transfer';
import { completeConference, deleteFromConference, singleStepConference } from './conferences';
import { cancelForward, setDoNotDisturb, setForward } from './dn-features';
import type { Procedure } from './execute';
import { holdCall } from './hold-call';
import { initiateConsultation } from './initiate-consultation';
import { makeCall } from './make-call';
import { setListening, setMute } from './muting';
import { reconnectCall } from './reconnect-call';
import { redirectCall } from './redirect-call';
import { clearCall, releaseCall } from './release-call';
import { retrieveCall } from './retrieve-call';
import { sendDtmf } from './send-dtmf';
import { singleStepTransfer } from './single-step-transfer';
import { attachUserData, deleteUserData } from './user-data';

/** What carries out each request. */
export const procedures: { readonly [Name in TRequestName]: Procedure<TRequestParameters[Name]> } = {
  TRegisterAddress: registerAddress,
  TUnregisterAddress: unregisterAddress,
  TMakeCall: makeCall,
  TAnswerCall: answerCall,
  TReleaseCall: releaseCall,
  TClearCall: clearCall,
  THoldCall: holdCall,
  TRetrieveCall: retrieveCall,
  TAlternateCall: alternateCall,
  TReconnectCall: reconnectCall,
  TInitiateTransfer: initiateConsultation,
  TCompleteTransfer: completeTransfer,
  TMuteTransfer: muteTransfer,
  TSingleStepTransfer: singleStepTransfer,
  TInitiateConference: initiateConsultation,
  TCompleteConference: completeConference,
  TSingleStepConference: singleStepConference,
  TDeleteFromConference: deleteFromConference,
  TRedirectCall: redirectCall,
  TSendDTMF: sendDtmf,
  TSetMuteOn: setMute(true),
  TSetMuteOff: setMute(false),
  TListenDisconnect: setListening(false),
  TListenReconnect: setListening(true),
  TSetDNDOn: setDoNotDisturb(true),
  TSetDNDOff: setDoNotDisturb(false),
  TCallSetForward: setForward,
  TCallCancelForward: cancelForward,
  TAgentLogin: agentLogin,
  TAgentLogout: agentLogout,
  TAgentSetReady: agentReady,
  TAgentSetNotReady: agentNotReady,
  TAttachUserData: attachUserData,
  TUpdateUserData: attachUserData,
  TDeleteUserData: deleteUserData,
  TQueryAddress: queryAddress,
  TQueryCall: queryCall,
};
