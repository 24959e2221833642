import type { CodecRegistry } from '@offhook/codecs';
import type { DtmfMethod } from '@offhook/rtp-media';
import type { AdjustmentOptions } from '@offhook/sdp';
import {
  type Clock,
  isIPv4,
  isIPv6,
  type Logger,
  type RandomBytes,
  type ReliableProvisional,
  type SessionTimerOptions,
  type SipUri,
} from '@offhook/sip-core';
import type { TlsSettings } from '@offhook/sip-core/node';
import { parseServer } from '../connection/line-address';
import { EndpointError } from '../errors/endpoint-error';
import type { VoiceDevice } from '../focus/audio-focus';
import { CodecSet } from '../media/codec-set';
import type { IceOptions } from '../media/ice-options';
import type { MediaProviderFactory } from '../media/media-provider';
import { faultOfMediaSecurity, type MediaSecurityOptions } from '../media/media-security';
import { rtpMediaProvider } from '../media/rtp-media-provider';
import type { Admission } from '../policies/admission';
import type { AutoAnswer } from '../policies/auto-answer';
import type { QualityOptions } from '../quality/quality-options';
import type { RingingOptions } from '../ringing/ringing-options';
import type { SipProviderFactory, SipTransport } from '../sip/sip-provider';
import { resolveTransports, type TransportOptions } from './transport-options';

/** How an endpoint is made. All of it may be left out. */
export interface EndpointOptions {
  /**
   * What SIP travels over, several at once if wanted. When absent: UDP and TCP on free ports of every IPv4 address, and connections by TLS and
   * WebSocket to servers that are reached by them.
   */
  transports?: readonly TransportOptions[];
  /** Certificates and trust of all transports over TLS that have none of their own; servers have to prove who they are when absent. */
  tls?: TlsSettings;
  /**
   * Session timers (RFC 4028): calls are refreshed, and end when the peer is gone. Each 30 minutes when absent; false: calls live until
   * somebody hangs up.
   */
  sessionTimer?: SessionTimerOptions | false;
  /** Which ringing and early media is acknowledged (RFC 3262); `early-media` when absent. */
  reliableProvisional?: ReliableProvisional;
  /**
   * Numeric address to tell peers, in Contact and session descriptions, in place of the local one: that of a network address
   * translator. The local address that reaches the peer when absent.
   */
  publicAddress?: string;
  /** Lowest and highest UDP port for media, both included; any when absent. */
  rtpPortRange?: readonly [min: number, max: number];
  /**
   * Code point of Differentiated Services that media packets are marked with (RFC 2474), 0 to 63: 46, expedited forwarding, for
   * voice; not marked when absent. Needs the package `koffi`, and not Windows; where it cannot be done a warning is
   * logged and calls go on.
   */
  dscp?: number;
  /**
   * How digits are sent when a call is not told how: the first of these that the peer takes. Telephone events, INFO with a
   * body `application/dtmf-relay`, tones in the audio, when absent.
   */
  dtmfMethods?: readonly DtmfMethod[];
  /** Whether digits are also heard in the audio (ITU-T Q.24); false when absent. Telephone events and INFO always are. */
  inbandDtmf?: boolean;
  /** Whether pauses are left out where the peer takes comfort noise in their place (RFC 3389); false when absent. */
  dtx?: boolean;
  /**
   * Packets before that each packet of audio repeats where the peer takes that (RFC 2198), for networks that lose packets: at 20 % loss
   * 1 leaves about a fifth of the gaps and 2 a twentieth, for twice and three times the audio's bandwidth and, while packets are lost, a
   * packet or two of delay. 0 when absent.
   */
  redundancy?: 0 | 1 | 2;
  /**
   * How the audio of calls is protected (SRTP): a policy, or a policy and more. `disabled` when absent. Keys in session descriptions are as safe
   * as SIP is: use it over TLS.
   */
  mediaSecurity?: MediaSecurityOptions['policy'] | MediaSecurityOptions;
  /** ICE (RFC 8445) for every call, with these servers or with none (`true`); peers without it get plain RTP. None when absent. */
  ice?: IceOptions | boolean;
  /** RTCP on the port of RTP (RFC 5761) is offered and taken; always so with `ice`. False when absent. */
  rtcpMux?: boolean;
  /**
   * Sees and changes the session descriptions of every call: ours before they are sent (`adjustLocal`), those of the peer before they are
   * read (`adjustRemote`). One that throws, or gives what cannot be, ends the exchange with 500.
   */
  descriptions?: AdjustmentOptions;
  /** How the quality of calls is watched, and where reports are published to; false: not at all. Watched, with no reports, when absent. */
  quality?: QualityOptions | false;
  /** ms without audio, while nobody holds the call, after which it says `inactive`; 30000 when absent. */
  inactivityMs?: number;
  /** Whether a call that says `inactive` is hung up; false when absent. */
  releaseInactive?: boolean;
  /** Codecs by name, the preferred first (`['opus', 'G722', 'PCMU']`); what the registry lists (opus, G722, PCMU, PCMA) when absent. */
  codecs?: readonly string[];
  /** The codecs there are; all of `@offhook/codecs` when absent, Opus included. */
  registry?: CodecRegistry;
  /**
   * Modules of further codecs: package names or relative paths, both seen from the working directory, absolute paths, or URLs. They are loaded
   * when the endpoint starts, and offered after the others unless `codecs` says otherwise. What a module has to export stands at
   * `loadCodecs` of `@offhook/codecs`. The code runs with all rights of the application.
   */
  codecPlugins?: readonly string[];
  /** ms of audio a packet to ask for (`a=ptime`); nothing is asked for when absent. What the peer asks for is sent where the codec can, 20 when it asks for nothing. */
  ptime?: number;
  /** Longest packet to take, in ms (`a=maxptime`), 10 to 120; not told when absent. */
  maxptime?: number;
  /** Whose order of codecs decides when we answer: ours (`config`, the default) or the caller's (`offer`). */
  answerPriority?: 'config' | 'offer';
  /** What goes into `User-Agent`; `Offhook` when absent. */
  userAgent?: string;
  /** Most calls at once; one more is refused with 486. No limit when absent. */
  maxCalls?: number;
  /**
   * What people talk and listen with: it is connected with the call that has the focus, see {@link Endpoint.focus}. None when absent: each call has
   * a source and sinks of its own.
   */
  device?: VoiceDevice;
  /** Whether a call that gets the focus puts the others on hold; false when absent. */
  holdOthers?: boolean;
  /** What people hear before a call is answered; nothing but early media when absent. */
  ringing?: RingingOptions;
  /**
   * Whether incoming calls are answered by themselves when the `call` event has not done anything: all at once (true), those whose caller asks
   * for it (`asked`, see {@link answerWhenAsked}), or as a policy says. False when absent.
   */
  autoAnswer?: boolean | 'asked' | AutoAnswer;
  /** Decides which incoming calls are shown at all, such as {@link rejectWhenBusy}; all when absent. */
  admission?: Admission;
  /** Whether an incoming call is answered with 180 by itself when the `call` event has not done anything; true when absent. */
  autoRing?: boolean;
  /** Whether a server may answer, hold and retrieve calls by NOTIFY `talk` and `hold`; true when absent. */
  remoteControl?: boolean;
  /**
   * What becomes of a REFER in a call when no listener of its `referral` event decides: it is followed (`follow`, the default: it is how servers
   * transfer calls), waits for a decision (`ask`), or is refused (`refuse`).
   */
  referrals?: 'follow' | 'ask' | 'refuse';
  /**
   * Where the INVITE goes that a REFER asks for: to the server of the line the REFER came by, or to the address in Refer-To itself; false, to
   * that address, when absent.
   */
  referToProxy?: boolean;
  /**
   * Whether a call that is to take the place of another one (RFC 3891) is answered by itself, and gets what that one plays and is heard by, when
   * the `call` event has not done anything; true when absent.
   */
  autoReplace?: boolean;
  /**
   * What to offer when the peer of a call we hold sends a re-INVITE without an offer: audio both ways, which ends our hold
   * (`resume`, the default: it is how a call-control server retrieves and transfers calls, RFC 3725), or our hold (`hold`).
   */
  offerWhenHeld?: 'resume' | 'hold';
  /**
   * ms that a request waits for an answer before the next server is tried, if there is one; an INVITE only for its first. 32,000 when absent
   * (RFC 3261 §17, timers B and F).
   */
  requestTimeoutMs?: number;
  /** Where to write what happens; a pino logger fits. Nowhere when absent. */
  logger?: Logger;
  /** Monotonic time and timers; those of the machine when absent. */
  clock?: Clock;
  /** Randomness; that of the machine when absent. */
  random?: RandomBytes;
  /** How SIP is spoken; {@link sipCoreProvider} when absent. */
  sip?: SipProviderFactory;
  /** Where audio comes from; {@link rtpMediaProvider} when absent. */
  media?: MediaProviderFactory;
}

/** @internal The options with their defaults, checked. */
export interface ResolvedOptions extends EndpointOptions {
  transports: readonly SipTransport[];
  codecSet: CodecSet;
  userAgent: string;
  maxCalls: number;
  autoRing: boolean;
  remoteControl: boolean;
  referrals: 'follow' | 'ask' | 'refuse';
  referToProxy: boolean;
  autoReplace: boolean;
  quality: QualityOptions | false;
  collector: SipUri | undefined;
  autoAnswer: boolean | 'asked' | AutoAnswer;
  dtmfMethods: readonly DtmfMethod[];
  offerWhenHeld: 'resume' | 'hold';
  media: MediaProviderFactory;
  mediaSecurity: MediaSecurityOptions;
  ice: IceOptions | false;
}

/**
 * Checks options and fills in the defaults.
 *
 * @throws EndpointError `ERR_OPTION` with the name of the option and what it may be, `ERR_CODEC_UNKNOWN`
 */
export function resolveOptions(options: EndpointOptions): ResolvedOptions {
  const { publicAddress, ptime, maxptime, maxCalls = Number.POSITIVE_INFINITY } = options;
  if (publicAddress !== undefined && !isNumeric(publicAddress)) {
    throw wrong('publicAddress', `give a numeric address, not "${publicAddress}"`);
  }
  if (ptime !== undefined && !(ptime > 0 && ptime <= 120)) throw wrong('ptime', `give 10 to 120 ms, not ${ptime}`);
  if (maxptime !== undefined && !(maxptime >= 10 && maxptime <= 120)) {
    throw wrong('maxptime', `give 10 to 120 ms, not ${maxptime}`);
  }
  const { inactivityMs } = options;
  if (inactivityMs !== undefined && !(inactivityMs > 0)) throw wrong('inactivityMs', `give ms, not ${inactivityMs}`);
  if (!(maxCalls >= 0)) throw wrong('maxCalls', `give a number of calls, not ${maxCalls}`);
  const { dscp, redundancy = 0 } = options;
  if (![0, 1, 2].includes(redundancy)) throw wrong('redundancy', `give 0, 1 or 2 packets, not ${redundancy}`);
  if (dscp !== undefined && !(Number.isInteger(dscp) && dscp >= 0 && dscp <= 63)) {
    throw wrong('dscp', `give a code point from 0 to 63, not ${dscp}`);
  }
  return {
    ...options,
    transports: resolveTransports(options.transports, options.tls),
    codecSet: new CodecSet(options),
    userAgent: options.userAgent ?? 'Offhook',
    maxCalls,
    autoRing: options.autoRing ?? true,
    remoteControl: options.remoteControl ?? true,
    referrals: options.referrals ?? 'follow',
    referToProxy: options.referToProxy ?? false,
    autoReplace: options.autoReplace ?? true,
    autoAnswer: options.autoAnswer ?? false,
    quality: options.quality ?? {},
    collector: options.quality ? parseServer(options.quality.collector, 'quality.collector') : undefined,
    dtmfMethods: resolveDtmfMethods(options.dtmfMethods),
    offerWhenHeld: options.offerWhenHeld ?? 'resume',
    media: options.media ?? rtpMediaProvider(),
    mediaSecurity: resolveMediaSecurity(options.mediaSecurity),
    ice: options.ice === true ? {} : (options.ice ?? false),
  };
}

function resolveMediaSecurity(given: EndpointOptions['mediaSecurity'] = 'disabled'): MediaSecurityOptions {
  const security = typeof given === 'string' ? { policy: given } : given;
  const fault = faultOfMediaSecurity(security);
  if (fault) throw wrong('mediaSecurity', fault);
  return security;
}

const DTMF_METHODS: readonly DtmfMethod[] = ['rfc4733', 'info', 'info-dtmf', 'inband'];

function resolveDtmfMethods(methods: readonly DtmfMethod[] = ['rfc4733', 'info', 'inband']): readonly DtmfMethod[] {
  if (methods.length > 0 && methods.every((method) => DTMF_METHODS.includes(method))) return [...methods];
  throw wrong('dtmfMethods', `give at least one of ${DTMF_METHODS.join(', ')}`);
}

const isNumeric = (host: string): boolean => isIPv4(host) || isIPv6(host);

const wrong = (option: string, what: string): EndpointError =>
  new EndpointError('ERR_OPTION', `The option \`${option}\` cannot be used: ${what}.`);
