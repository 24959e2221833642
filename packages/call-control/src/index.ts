// registrar/

// call/
export type { Call, CallIdentity } from './call/call';
export type { Party } from './call/party';
// dn/
export type { Dn, DnConfiguration, DnType } from './dn/dn';
export type { DnDirectory } from './dn/dn-directory';
export type { DnOptions } from './dn/dn-options';
// ladder/
export { Ladder, type LadderEntry } from './ladder/ladder';
// leg/
export type { MediaDirection } from './leg/descriptions';
export type { Leg, LegEvents, Solicited } from './leg/leg';
export type { Binding } from './registrar/bindings';
export { type RegisterContext, Registrar, type RegistrarOptions } from './registrar/registrar';
export { type WayTo, wayTo } from './registrar/way-to';
// server/
export type { MediaServers } from './server/call-control';
export { SipServer, type SipServerEvents, type SipServerOptions } from './server/sip-server';
// services/
export {
  type ConferenceParty,
  ConferenceService,
  type ConferenceServiceEvents,
  type ConferenceServiceOptions,
} from './services/conference-service';
export {
  EchoCall,
  type EchoCallEvents,
  EchoService,
  type EchoServiceEvents,
  type EchoServiceOptions,
} from './services/echo-service';
export {
  MediaService,
  type MediaServiceEvents,
  type MediaServiceOptions,
  type Refusal,
  type ServedCall,
} from './services/media-service';
export { MusicService, type MusicServiceOptions } from './services/music-service';
export {
  TreatmentService,
  type TreatmentServiceEvents,
  type TreatmentServiceOptions,
} from './services/treatment-service';
// tlib/
export { type AgentState, CallState, CallType, DnRole, type PartyState } from './tlib/enumerations';
export { TErrorCode, TLibError } from './tlib/errors';
export {
  type AddressInfo,
  type CallInfo,
  EventNumber,
  type TEvent,
  type TEventName,
  type UnnumberedEvent,
  type UserData,
} from './tlib/events';
export type {
  OfCall,
  OfDn,
  OfTwoCalls,
  ToSomebody,
  TRequest,
  TRequestName,
  TRequestParameters,
} from './tlib/requests';
export type { TClient, TClientEvents } from './tlib/t-client';
