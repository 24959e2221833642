// message/
export type { HeadersInit, HeaderValue } from './message/headers';
export { Headers } from './message/headers';
export { isIPv4, isIPv6 } from './message/host';
export type { CSeq } from './message/message';
export { SipMessage } from './message/message';
export { NameAddr } from './message/name-addr';
export { Params, type ParamsStyle } from './message/params';
export { type ParseOptions, parseMessage } from './message/parse';
export { reasonPhrase } from './message/reason-phrases';
export { SipRequest, type SipRequestInit } from './message/request';
export { SipResponse, type SipResponseInit } from './message/response';
export { serializeMessage } from './message/serialize';
export { OtherUri, parseUri, SipUri, type SipUriParts, type Uri } from './message/uri';
export { errorResponse, validateRequest, validateResponse } from './message/validate';
export { Via, type ViaParts } from './message/via';

// platform/
export { type Clock, systemClock, type Timer } from './platform/clock';
export {
  SipError,
  type SipErrorOptions,
  SipInjectionError,
  SipResponseError,
  SipStateError,
  SipSyntaxError,
  type SipSyntaxErrorOptions,
  SipTimeoutError,
  SipTransportError,
} from './platform/errors';
export { type Logger, silentLogger } from './platform/logger';
export { type RandomBytes, randomToken, systemRandom } from './platform/random';
export { type ListenerErrorHandler, TypedEmitter } from './platform/typed-emitter';
