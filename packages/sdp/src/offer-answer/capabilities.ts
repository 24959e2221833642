import type { Direction } from './direction';

/** A codec that may be offered and accepted. */
export interface CodecCapability {
  /** Encoding name (RFC 4855), such as `PCMU`; compared without regard to case. */
  name: string;
  /** RTP clock rate in Hz. */
  clockRate: number;
  /** Channels; 1 when absent. */
  channels?: number;
  /** Static payload type (RFC 3551 §6), or the dynamic one to prefer; the next free from 96 up when absent. */
  payloadType?: number;
  /** Our format parameters in an offer. */
  fmtp?: string;
  /**
   * Agrees with the peer's format parameters. When absent any parameters are agreeable and ours are repeated.
   *
   * @param remote the peer's `a=fmtp` value without the payload type
   * @returns our parameters for an answer, or `false` when the two cannot work together
   */
  negotiateFmtp?(remote: string | undefined): { local?: string } | false;
}

/** Telephone events (RFC 4733) that may be offered and accepted. */
export interface TelephoneEventCapability {
  /** Payload type to prefer for the first clock rate; 101 when absent. */
  payloadType?: number;
  /** Events understood, as in `a=fmtp`; `0-15` (the sixteen DTMF digits) when absent. */
  events?: string;
}

/** What one side of an offer/answer exchange brings. */
export interface OfferAnswerOptions {
  /** The `o=` line. The session id must be unique in this host (RFC 4566 §5.2), digits only. */
  origin: { username?: string; sessionId: string; sessionVersion?: number };
  /** Address for media, numeric, IPv6 without brackets. */
  address: string;
  /** Port for RTP. */
  port: number;
  /** Port for RTCP; the next after `port` when absent. Written as `a=rtcp` (RFC 3605) when it is another. */
  rtcpPort?: number;
  /** Codecs, the preferred first. */
  codecs: readonly CodecCapability[];
  /** Telephone events, or `false` to do without; `{}` when absent. */
  telephoneEvent?: TelephoneEventCapability | false;
  /** Packet duration in ms we like to receive (`a=ptime`); no line when absent. */
  ptime?: number;
  /** Longest packet in ms we can take (`a=maxptime`); no line when absent. */
  maxptime?: number;
  /** Whose order decides when we answer: ours (`config`, the default) or the offerer's (`offer`). */
  priority?: 'config' | 'offer';
  /** What we want at first; `sendrecv` when absent. */
  direction?: Direction;
  /** Session name, `s=`; `-` when absent. */
  sessionName?: string;
}
