import type { Address, DatagramHandler, RtpTransport } from '../transport/rtp-transport';
import type { SrtpFailure } from './srtp-failure';
import { SrtpKey, type SrtpKeyParameters } from './srtp-key';
import { SrtpProtector } from './srtp-protector';
import { SrtpUnprotector } from './srtp-unprotector';

/** Keys of both directions of a stream. */
export interface SrtpProtection {
  /** What we send with. */
  readonly local: SrtpKeyParameters;
  /** What the peer sends with; several are told apart by their MKI. */
  readonly remote: SrtpKeyParameters | readonly SrtpKeyParameters[];
}

/** What became of packets, and why some were dropped. */
export interface SrtpCounters {
  /** SRTP and SRTCP packets sent. */
  protected: number;
  /** SRTP and SRTCP packets that arrived and were authentic. */
  unprotected: number;
  /** Arrived with a wrong tag. */
  authenticationFailures: number;
  /** Arrived a second time, or too late to tell. */
  replays: number;
  /** Arrived and were no SRTP or SRTCP. */
  malformed: number;
  /** Arrived with the name of a key (MKI) that was not agreed. */
  unknownKeys: number;
  /** Not sent or not taken as a key has protected all the packets it may; new keys are due. */
  expired: number;
  /** Arrived from more sources than are kept. */
  tooManySources: number;
  /** Ours, given to be sent a second time, with sequence numbers used before. */
  repeatedSends: number;
  /** Not sent or not taken as there were no keys yet. */
  withoutKeys: number;
}

/** Settings of {@link secureTransport}. */
export interface SecureTransportOptions {
  /** How many RTP packets back one may come late, at least 64; 1024 when absent. */
  replayWindow?: number;
}

/** A transport whose packets are SRTP outside and RTP inside. */
export interface SecureRtpTransport extends RtpTransport {
  /** Whether packets are protected, go in clear, or do not go yet. */
  readonly state: 'protected' | 'clear' | 'waiting';
  /** A copy of the counters, which run as long as the transport. */
  readonly counters: SrtpCounters;
  /**
   * Sets the keys after an offer and its answer. Keys that stay keep their state; packets of the peer under the keys
   * before are taken until 64 have come under new ones.
   *
   * @param protection `clear` for RTP without protection
   * @throws MediaError `ERR_SRTP_KEY`; what was set before stands then
   */
  setProtection(protection: SrtpProtection | 'clear'): void;
}

/**
 * Wraps a transport in SRTP (RFC 3711). Nothing goes or comes until there are keys, or word that there will be none.
 *
 * @param protection when absent, {@link SecureRtpTransport.setProtection} gives it later
 * @throws MediaError `ERR_SRTP_KEY`
 */
export function secureTransport(
  inner: RtpTransport,
  protection?: SrtpProtection | 'clear',
  options: SecureTransportOptions = {},
): SecureRtpTransport {
  const secure = new WrappedTransport(inner, options);
  if (protection) secure.setProtection(protection);
  return secure;
}

interface Receiver {
  readonly key: SrtpKey;
  readonly context: SrtpUnprotector;
}

interface Sender {
  readonly key: SrtpKey;
  readonly context: SrtpProtector;
}

/** Packets under new keys after which the old ones are forgotten: late packets of before have come by then. */
const OVERLAP = 64;

/** How many of our keys are remembered: peers may change theirs, and with them ours, as often as they like. */
const MAX_SENDERS = 16;

const COUNTER_OF: Record<SrtpFailure, keyof SrtpCounters> = {
  malformed: 'malformed',
  authentication: 'authenticationFailures',
  replay: 'replays',
  'unknown-key': 'unknownKeys',
  expired: 'expired',
  'too-many-sources': 'tooManySources',
};

class WrappedTransport implements SecureRtpTransport {
  readonly #inner: RtpTransport;
  readonly #options: SecureTransportOptions;
  readonly #counters: SrtpCounters = {
    protected: 0,
    unprotected: 0,
    authenticationFailures: 0,
    replays: 0,
    malformed: 0,
    unknownKeys: 0,
    expired: 0,
    tooManySources: 0,
    repeatedSends: 0,
    withoutKeys: 0,
  };
  /** The latest ones: a key that comes back goes on where it was, or its key stream would be used twice. */
  readonly #senders: Sender[] = [];
  #sender: SrtpProtector | undefined;
  #receivers: Receiver[] = [];
  #retired: Receiver[] = [];
  #untilRetired = 0;
  #clear = false;
  #onRtp: DatagramHandler = () => {};
  #onRtcp: DatagramHandler = () => {};

  constructor(inner: RtpTransport, options: SecureTransportOptions) {
    this.#inner = inner;
    this.#options = options;
    inner.onRtp((bytes, from) => this.#receive(bytes, from, false));
    inner.onRtcp((bytes, from) => this.#receive(bytes, from, true));
  }

  get localAddress(): string {
    return this.#inner.localAddress;
  }

  get moveTo(): RtpTransport['moveTo'] {
    return this.#inner.moveTo?.bind(this.#inner);
  }

  get localPort(): number {
    return this.#inner.localPort;
  }

  get localRtcpPort(): number {
    return this.#inner.localRtcpPort;
  }

  get state(): 'protected' | 'clear' | 'waiting' {
    if (this.#clear) return 'clear';
    return this.#sender ? 'protected' : 'waiting';
  }

  get counters(): SrtpCounters {
    return { ...this.#counters };
  }

  setProtection(protection: SrtpProtection | 'clear'): void {
    if (protection === 'clear') {
      this.#clear = true;
      this.#sender = undefined;
      this.#retire(this.#receivers);
      this.#receivers = [];
      return;
    }
    const { local, remote } = protection;
    const remotes = 'suite' in remote ? [remote] : remote;
    const sender = this.#senderOf(local);
    const receivers = remotes.map((key) => this.#receiverOf(key));
    this.#clear = false;
    this.#sender = sender;
    this.#retire(this.#receivers.filter((receiver) => !receivers.includes(receiver)));
    this.#receivers = receivers;
  }

  #retire(leaving: Receiver[]): void {
    if (leaving.length === 0) return;
    this.#retired = leaving;
    this.#untilRetired = OVERLAP;
  }

  #senderOf(parameters: SrtpKeyParameters): SrtpProtector {
    const key = new SrtpKey(parameters);
    const known = this.#senders.find((sender) => sender.key.equals(key));
    if (known) return known.context;
    const context = new SrtpProtector(key);
    this.#senders.push({ key, context });
    if (this.#senders.length > MAX_SENDERS) this.#senders.shift();
    return context;
  }

  #receiverOf(parameters: SrtpKeyParameters): Receiver {
    const key = new SrtpKey(parameters);
    const known = [...this.#receivers, ...this.#retired].find((receiver) => receiver.key.equals(key));
    if (known) return known;
    const before = this.#receivers[0]?.context.indices;
    const { replayWindow } = this.#options;
    const context = new SrtpUnprotector(key, {
      ...(replayWindow !== undefined && { replayWindow }),
      ...(before && { before }),
    });
    return { key, context };
  }

  setRemote(rtp: Readonly<Address>, rtcp: Readonly<Address>): void {
    this.#inner.setRemote(rtp, rtcp);
  }

  sendRtp(bytes: Uint8Array): void {
    if (this.#clear) this.#inner.sendRtp(bytes);
    else if (!this.#sender) this.#counters.withoutKeys++;
    else this.#forward(this.#sender.protectRtp(bytes), false);
  }

  sendRtcp(bytes: Uint8Array): void {
    if (this.#clear) this.#inner.sendRtcp(bytes);
    else if (!this.#sender) this.#counters.withoutKeys++;
    else this.#forward(this.#sender.protectRtcp(bytes), true);
  }

  #forward(packet: Uint8Array | SrtpFailure, isRtcp: boolean): void {
    if (typeof packet === 'string') {
      this.#counters[packet === 'replay' ? 'repeatedSends' : COUNTER_OF[packet]]++;
      return;
    }
    this.#counters.protected++;
    if (isRtcp) this.#inner.sendRtcp(packet);
    else this.#inner.sendRtp(packet);
  }

  #receive(bytes: Uint8Array, from: Readonly<Address>, isRtcp: boolean): void {
    const packet = this.#clear ? bytes : this.#unprotect(bytes, isRtcp);
    if (!packet) return;
    if (isRtcp) this.#onRtcp(packet, from);
    else this.#onRtp(packet, from);
  }

  #unprotect(bytes: Uint8Array, isRtcp: boolean): Uint8Array | undefined {
    if (this.#receivers.length === 0) {
      this.#counters.withoutKeys++;
      return undefined;
    }
    let plain = openWith(this.#receivers, bytes, isRtcp);
    if (typeof plain !== 'string') {
      if (this.#untilRetired > 0 && --this.#untilRetired === 0) this.#retired = [];
    } else if (this.#retired.length > 0 && (plain === 'authentication' || plain === 'unknown-key')) {
      const late = openWith(this.#retired, bytes, isRtcp);
      if (typeof late !== 'string') plain = late;
    }
    if (typeof plain === 'string') {
      this.#counters[COUNTER_OF[plain]]++;
      return undefined;
    }
    this.#counters.unprotected++;
    return plain;
  }

  onRtp(handler: DatagramHandler): void {
    this.#onRtp = handler;
  }

  onRtcp(handler: DatagramHandler): void {
    this.#onRtcp = handler;
  }

  onError(handler: (error: Error) => void): void {
    this.#inner.onError?.(handler);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

/** The first key that opens the packet, else the failure of the one that it names. */
function openWith(receivers: readonly Receiver[], bytes: Uint8Array, isRtcp: boolean): Uint8Array | SrtpFailure {
  let failure: SrtpFailure = 'unknown-key';
  for (const { context } of receivers) {
    const plain = isRtcp ? context.unprotectRtcp(bytes) : context.unprotectRtp(bytes);
    if (typeof plain !== 'string') return plain;
    if (failure === 'unknown-key') failure = plain;
  }
  return failure;
}
