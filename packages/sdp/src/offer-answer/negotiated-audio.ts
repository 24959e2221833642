import type { NegotiatedSecurity } from '../security/media-security';
import type { NegotiatedDtls } from '../transport/dtls';
import type { NegotiatedIce } from '../transport/ice';
import type { Bandwidth } from './bandwidth';
import type { NegotiatedComfortNoise } from './comfort-noise';
import type { Direction } from './direction';
import type { NegotiatedRedundancy } from './redundant-audio';

/** Where media goes. */
export interface MediaAddress {
  /** As the peer wrote it: numeric, IPv6 without brackets, or a host name. */
  address: string;
  port: number;
}

/** A codec both sides agreed to. */
export interface NegotiatedCodec {
  /** Encoding name as we spell it. */
  name: string;
  /** RTP clock rate in Hz. */
  clockRate: number;
  channels: number;
  /** Payload type the peer expects (RFC 3264 §5.1: each side names what it receives). */
  sendPayloadType: number;
  /** Payload type we expect. */
  receivePayloadType: number;
  /** The peer's format parameters. */
  remoteFmtp?: string;
  /** Our format parameters. */
  localFmtp?: string;
}

/** Telephone events both sides agreed to, at one clock rate. */
export interface NegotiatedTelephoneEvent {
  sendPayloadType: number;
  receivePayloadType: number;
  /** Clock rate in Hz. */
  clockRate: number;
  /** Events the peer understands, as in `a=fmtp`; `0-15` when it did not say (RFC 4733 §2.4.1). */
  events: string;
}

/** What an offer and its answer decided about the audio stream. */
export interface NegotiatedAudio {
  /** Where to send RTP. The address of a black hole (`0.0.0.0`) may stand here; {@link direction} then has no sending. */
  remote: MediaAddress;
  /** Where to send RTCP: the address of RTP with {@link rtcpMux}, else `a=rtcp` (RFC 3605), else the port after RTP's. Nothing at all is sent into a black hole. */
  remoteRtcp: MediaAddress;
  /** What we may do now. */
  direction: Direction;
  /** The peer has put us on hold: it asked for no more audio (`sendonly`, `inactive`) or gave an address to send nothing to. */
  remoteHold: boolean;
  /** What we send: the first codec agreed to. */
  codec: NegotiatedCodec;
  /** All codecs agreed to; any of them may come. */
  codecs: readonly NegotiatedCodec[];
  /** The one to send with {@link codec}: of its clock rate, else of 8,000 Hz; absent when the peer takes none. */
  telephoneEvent?: NegotiatedTelephoneEvent;
  /** All telephone events agreed to, one for each clock rate; any of them may come. */
  telephoneEvents: readonly NegotiatedTelephoneEvent[];
  /** Packet duration in ms the peer likes to receive; undefined when it did not say. */
  ptime?: number;
  /** Longest packet in ms the peer can take; undefined when it did not say. */
  maxptime?: number;
  /** Shortest packet in ms the peer wants of {@link codec} (RFC 7587 §6.1); undefined when it did not say. */
  minptime?: number;
  /** Keys for SRTP that the descriptions have; absent when there are none. */
  security?: NegotiatedSecurity;
  /** DTLS-SRTP, whose handshake gives the keys; without it and `security` audio goes in clear. */
  dtls?: NegotiatedDtls;
  /** ICE; without it media goes to {@link remote}. */
  ice?: NegotiatedIce;
  /** The peer does ICE, but something between us changed its address: media goes to {@link remote} (RFC 8839 §4.2.5). */
  iceMismatch: boolean;
  /** RTCP goes to the port of RTP (RFC 5761). */
  rtcpMux: boolean;
  /** RTCP packets that begin with no report may be sent (RFC 5506). */
  reducedSize: boolean;
  /** A profile with feedback was agreed to (RFC 4585). */
  feedback: boolean;
  /** Extended reports the peer takes (RFC 3611 §5.1); none when absent. */
  rtcpXr?: readonly string[];
  /** What the peer wants to receive at most; absent when it did not say. */
  bandwidth?: Bandwidth;
  /** Comfort noise agreed to, one for each clock rate. */
  comfortNoise: readonly NegotiatedComfortNoise[];
  /** Redundant audio agreed to (RFC 2198), for each codec that has it. */
  redundancy: readonly NegotiatedRedundancy[];
  /** Name of the section (RFC 5888). */
  mid?: string;
}
