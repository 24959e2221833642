import type { DtlsAgreement } from '../dtls/dtls-transport';
import type { IceState } from '../ice/ice-agent';
import type { IceCandidateType } from '../ice/ice-candidate';
import type { RemoteIceDescription } from '../ice/ice-transport';
import type { SrtpCounters, SrtpProtection } from '../srtp/secure-transport';
import type { SrtpSuite } from '../srtp/srtp-suites';

/**
 * What an offer and its answer decided about the way packets take and how they are protected. Without `srtp` and `dtls` they
 * go in clear, without `ice` to the address announced.
 */
export interface TransportAgreement {
  /** RTP and RTCP share a port (RFC 5761); false when absent. */
  rtcpMux?: boolean;
  /** The peer's ICE (RFC 8839). */
  ice?: RemoteIceDescription;
  /** Keys that came in `a=crypto` (RFC 4568). */
  srtp?: SrtpProtection;
  /** Keys come of a DTLS handshake (RFC 5764). */
  dtls?: DtlsAgreement;
}

/** What a transport has to say of itself. */
export interface TransportStatistics {
  iceState?: IceState;
  /** Kind of the pair media goes over. */
  localCandidateType?: IceCandidateType;
  remoteCandidateType?: IceCandidateType;
  /** Round trip of the latest check, in ms. */
  checkRoundTripMs?: number;
  /** How packets go now; `waiting` for keys. */
  protection: 'clear' | 'sdes' | 'dtls' | 'waiting';
  suite?: SrtpSuite;
  srtp?: SrtpCounters;
}
