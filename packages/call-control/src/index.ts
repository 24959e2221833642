// registrar/
export type { Binding } from './registrar/bindings';
export { type RegisterContext, Registrar, type RegistrarOptions } from './registrar/registrar';
export { type WayTo, wayTo } from './registrar/way-to';
// server/
export { SipServer, type SipServerEvents, type SipServerOptions } from './server/sip-server';
export { TwoPartyCall, type TwoPartyCallEvents } from './server/two-party-call';
// services/
export {
  EchoCall,
  type EchoCallEvents,
  EchoService,
  type EchoServiceEvents,
  type EchoServiceOptions,
} from './services/echo-service';
