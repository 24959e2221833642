import type { Address } from '../transport/rtp-transport';
import type { TransportAgreement } from '../transport/transport-agreement';

/** The direction of media as agreed (RFC 3264 §5.1), seen from us. */
export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** A codec that both sides agreed to, and the payload type it travels under. */
export interface AgreedCodec {
  /** Encoding name, for example `PCMU`; compared without regard to case. */
  name: string;
  /** RTP clock rate in Hz. */
  clockRate: number;
  /** Channels of audio; 1 when absent. */
  channels?: number;
  /** RTP payload type, 0 to 127. */
  payloadType: number;
  /** The peer's format parameters (`a=fmtp` of its description), handed to the codec. */
  remoteFmtp?: string;
  /** Our format parameters, handed to the codec. */
  localFmtp?: string;
}

/** Telephone events as agreed (RFC 4733); the two payload types may differ. */
export interface AgreedTelephoneEvent {
  /** Payload type the peer expects; absent when it takes none. */
  sendPayloadType?: number;
  /** Payload type we expect. */
  receivePayloadType?: number;
  /** Clock rate in Hz of event durations. */
  clockRate: number;
  /** Events the peer takes, as in its format parameters (RFC 4733 §2.4.1): `0-15,16`; `0-15` when absent. */
  events?: string;
}

/** Redundant audio as agreed (RFC 2198). */
export interface AgreedRedundancy {
  /** Payload types under which the peer may send it. */
  receivePayloadTypes: readonly number[];
  /** How we send `sendCodec`; it goes out alone when absent. */
  send?: {
    /** Payload type the peer expects. */
    payloadType: number;
    /** Packets before that are sent again with each: 1 or 2. */
    generations: number;
  };
}

/** What an offer and its answer decided about the audio stream. */
export interface AudioSessionParameters {
  /** Where the peer receives RTP. */
  remoteRtp: Address;
  /** Where the peer receives RTCP; the port after `remoteRtp`, or the same one with `rtcpMux`, when absent. */
  remoteRtcp?: Address;
  /** RTP and RTCP share a port (RFC 5761); false when absent. */
  rtcpMux?: boolean;
  /** What we send. */
  sendCodec: AgreedCodec;
  /** All we may receive, `sendCodec`'s counterpart included. */
  receiveCodecs: readonly AgreedCodec[];
  telephoneEvent?: AgreedTelephoneEvent;
  /** Further payload types under which telephone events may come, each with the clock rate of its durations in Hz. */
  receiveTelephoneEvents?: readonly { payloadType: number; clockRate: number }[];
  /** Payload types under which the peer may send comfort noise (RFC 3389); none when absent. */
  comfortNoise?: readonly number[];
  /**
   * Payload type under which the peer takes comfort noise (RFC 3389) at the clock rate of `sendCodec`; none when absent. It
   * is used when the session has `dtx`.
   */
  sendComfortNoise?: number;
  /** Redundant audio (RFC 2198), whose blocks are of the codecs and telephone events agreed to; none when absent. */
  redundancy?: AgreedRedundancy;
  /** Duration in ms of the packets we send; 20 when absent. The nearest is used that the codec can do and the peer takes. */
  ptime?: number;
  /** Longest packet in ms that the peer can take (`a=maxptime`); any when absent. It is exceeded only by a codec that has no shorter one. */
  maxptime?: number;
  /** Shortest packet in ms that the peer wants (`minptime` of RFC 7587 §6.1); any when absent. */
  minptime?: number;
  direction: MediaDirection;
  /** The way of packets and their protection, for transports that know of them; in clear and without ICE when absent. */
  transport?: TransportAgreement;
  /**
   * Extended reports the peer takes: the tokens of its `a=rtcp-xr` (RFC 3611 §5.1), of which `voip-metrics` and
   * `rcvr-rtt` are acted on, or true for both; none when absent.
   */
  rtcpXr?: boolean | readonly string[];
  /** Whether RTCP packets that begin with no report are taken (RFC 5506, `a=rtcp-rsize`); false when absent. */
  reducedSize?: boolean;
}

/** Whether the direction lets us send. */
export function sends(direction: MediaDirection): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

/** Whether the direction lets us receive. */
export function receives(direction: MediaDirection): boolean {
  return direction === 'sendrecv' || direction === 'recvonly';
}
