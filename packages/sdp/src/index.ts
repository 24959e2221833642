export { attributeValues, hasAttribute } from './description/attributes';
export {
  type MediaDescription,
  parseSessionDescription,
  type SessionDescription,
  serializeSessionDescription,
} from './description/session-description';
export { SdpError, type SdpErrorCode } from './errors';
export type { AdjustDescription, AdjustmentOptions, DescriptionKind } from './offer-answer/adjustment';
export type { Bandwidth } from './offer-answer/bandwidth';
export type { CodecCapability, OfferAnswerOptions, TelephoneEventCapability } from './offer-answer/capabilities';
export type { NegotiatedComfortNoise } from './offer-answer/comfort-noise';
export { type Direction, intersection, mirrored, receives, sends } from './offer-answer/direction';
export type {
  MediaAddress,
  NegotiatedAudio,
  NegotiatedCodec,
  NegotiatedTelephoneEvent,
} from './offer-answer/negotiated-audio';
export { OfferAnswer, type SignalingState } from './offer-answer/offer-answer';
export type { NegotiatedRedundancy } from './offer-answer/redundant-audio';
export type { Keying, NegotiatedSecurity, SecurityOptions, SecurityPolicy } from './security/media-security';
export { SdesKey, type SdesKeyParameters } from './security/sdes-key';
export type { SrtpSuite } from './security/srtp-suites';
export { withoutKeys } from './security/without-keys';
export type { CertificateFingerprint, LocalDtls, NegotiatedDtls, Setup } from './transport/dtls';
export type { LocalIce, NegotiatedIce } from './transport/ice';
export type { TransportOptions } from './transport/transport-options';
export {
  parseTrickleFragment,
  serializeTrickleFragment,
  TRICKLE_FRAGMENT_TYPE,
  type TrickleFragment,
  type TrickleSection,
} from './transport/trickle-fragment';
