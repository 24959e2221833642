import { isAddress, isPort } from '../description/network';
import { SdpError } from '../errors';
import type { SecurityOptions } from '../security/media-security';
import type { TransportOptions } from '../transport/transport-options';
import type { AdjustmentOptions } from './adjustment';
import type { Bandwidth } from './bandwidth';
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
  /** Payload type to prefer: for the clock rate 8,000 if a codec has it, else for that of the first codec; 101 when absent. */
  payloadType?: number;
  /** Events understood, as in `a=fmtp`; `0-15` (the sixteen DTMF digits) when absent. */
  events?: string;
}

/** What one side of an offer/answer exchange brings. */
export interface OfferAnswerOptions extends TransportOptions, AdjustmentOptions {
  /**
   * The `o=` line, which stays the same for the whole session but for its version (RFC 3264 §8). The session id must be
   * unique in this host (RFC 4566 §5.2), digits only; the address is that of {@link OfferAnswerOptions.address} when absent.
   */
  origin: { username?: string; sessionId: string; sessionVersion?: number; address?: string };
  /** Address for media, IPv6 without brackets. */
  address: string;
  /** Port for RTP, from 1. */
  port: number;
  /** Port for RTCP; the next after `port` when absent. Written as `a=rtcp` (RFC 3605) when it is another. */
  rtcpPort?: number;
  /** Codecs, the preferred first. */
  codecs: readonly CodecCapability[];
  /** Telephone events, or `false` to do without; `{}` when absent. */
  telephoneEvent?: TelephoneEventCapability | false;
  /** Comfort noise (RFC 3389) is offered and taken, at the clock rates of the codecs; false when absent. */
  comfortNoise?: boolean;
  /**
   * Packets before that each packet of audio repeats (RFC 2198), 1 or 2: offered for every codec, and taken where the peer offers it. 0, neither,
   * when absent.
   */
  redundancy?: number;
  /** Packet duration in ms we like to receive (`a=ptime`); no line when absent. */
  ptime?: number;
  /** What we want to receive at most (`b=`); no lines when absent. */
  bandwidth?: Bandwidth;
  /** Longest packet in ms we can take (`a=maxptime`); no line when absent. */
  maxptime?: number;
  /** Whose order decides when we answer: ours (`config`, the default) or the offerer's (`offer`). */
  priority?: 'config' | 'offer';
  /** What we want at first; `sendrecv` when absent. */
  direction?: Direction;
  /** Session name, `s=`; `-` when absent. */
  sessionName?: string;
  /** Protection by SRTP, with keys in the description (RFC 4568) or by DTLS (RFC 5763); `disabled` when absent. */
  security?: SecurityOptions;
}

/** Where we expect media. */
export interface LocalPlace {
  readonly address: string;
  readonly port: number;
  readonly rtcpPort: number | undefined;
}

const token = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/;

/** @throws SdpError `ERR_SDP_VALUE` */
export function checkPlace({ address, port, rtcpPort }: LocalPlace): LocalPlace {
  if (!isAddress(address)) throw value(`the address "${address}" is none; give a numeric one, IPv6 without brackets`);
  for (const each of [port, rtcpPort]) {
    if (each !== undefined && !(isPort(each) && each > 0)) throw value(`the port ${each} is not from 1 to 65535`);
  }
  return { address, port, rtcpPort };
}

/** @throws SdpError `ERR_SDP_VALUE` */
export function checkOrigin({ sessionId, sessionVersion = 1, username = '-' }: OfferAnswerOptions['origin']): void {
  if (!/^\d+$/.test(sessionId)) throw value(`the session id "${sessionId}" must be digits`);
  if (!(Number.isSafeInteger(sessionVersion) && sessionVersion >= 0)) {
    throw value(`the session version ${sessionVersion} must be a whole number`);
  }
  if (!/^\S+$/.test(username)) throw value(`the user name "${username}" of the o= line must be without spaces`);
}

/** @throws SdpError `ERR_SDP_VALUE` */
export function checkRedundancy(generations: number): number {
  if (generations === 0 || generations === 1 || generations === 2) return generations;
  throw value(`the redundancy ${generations} is not 0, 1 or 2`);
}

/** @throws SdpError `ERR_SDP_VALUE` */
export function checkCodecs(codecs: readonly CodecCapability[]): readonly CodecCapability[] {
  if (codecs.length === 0) throw value('there is no codec; name at least one');
  for (const { name, clockRate, payloadType } of codecs) {
    if (!token.test(name)) throw value(`"${name}" is no encoding name`);
    if (!(Number.isInteger(clockRate) && clockRate > 0)) throw value(`the clock rate of ${name} must be in Hz`);
    if (payloadType !== undefined && !(Number.isInteger(payloadType) && payloadType >= 0 && payloadType <= 127)) {
      throw value(`the payload type of ${name} must be from 0 to 127`);
    }
  }
  return [...codecs];
}

const value = (what: string) => new SdpError('ERR_SDP_VALUE', 500, `This cannot be described: ${what}.`);
