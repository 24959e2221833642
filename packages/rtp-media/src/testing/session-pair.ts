import { type CodecRegistry, defaultRegistry } from '@offhook/codecs';
import type { AudioSink } from '../audio/audio-sink';
import { Pacer } from '../pacing/pacer';
import type { Clock } from '../platform/clock';
import { createRtpHeader, type RtpHeader, readRtpHeader } from '../rtp/rtp-header';
import { AudioSession, type AudioSessionOptions } from '../session/audio-session';
import type { AudioSessionParameters } from '../session/audio-session-parameters';
import { MemoryRtpNetwork, type MemoryRtpTransport } from './memory-rtp-network';
import { seededRandomBytes } from './seeded-random';
import { DriftingClock, VirtualClock } from './virtual-clock';

export const PCMU = { name: 'PCMU', clockRate: 8000, payloadType: 0 };
export const PCMA = { name: 'PCMA', clockRate: 8000, payloadType: 8 };
export const EVENTS = { sendPayloadType: 101, receivePayloadType: 101, clockRate: 8000 };

/** A sink that keeps all it gets. */
export class Recording implements AudioSink {
  readonly sampleRate: number;
  readonly #frames: Int16Array[] = [];

  constructor(sampleRate = 8000) {
    this.sampleRate = sampleRate;
  }

  write(frame: Int16Array): void {
    this.#frames.push(frame.slice());
  }

  get samples(): Int16Array {
    const all = new Int16Array(this.#frames.reduce((sum, frame) => sum + frame.length, 0));
    let at = 0;
    for (const frame of this.#frames) {
      all.set(frame, at);
      at += frame.length;
    }
    return all;
  }
}

export interface SentPacket extends RtpHeader {
  at: number;
  payload: Uint8Array;
}

/** Two sessions, A and B, over a network in memory, in virtual time. */
export class Pair {
  readonly clock = new VirtualClock(1000);
  readonly network: MemoryRtpNetwork;
  readonly transportA: MemoryRtpTransport;
  readonly transportB: MemoryRtpTransport;
  readonly a: AudioSession;
  readonly b: AudioSession;
  /** RTP that A sent. */
  readonly sentByA: SentPacket[] = [];
  readonly sentByB: SentPacket[] = [];
  /** RTCP that either sent. */
  readonly rtcp: { at: number; from: string; bytes: Uint8Array }[] = [];

  /**
   * @param ppm millionths by which B's clock is fast
   * @param a,b further options of either session
   */
  constructor({
    seed = 1,
    ppm = 0,
    codecs = defaultRegistry(),
    a = {},
    b = {},
  }: {
    seed?: number;
    ppm?: number;
    codecs?: CodecRegistry;
    a?: Partial<AudioSessionOptions>;
    b?: Partial<AudioSessionOptions>;
  } = {}) {
    this.network = new MemoryRtpNetwork(this.clock, seed);
    this.transportA = this.network.transport('192.0.2.1');
    this.transportB = this.network.transport('192.0.2.2');
    this.network.onDatagram = (bytes, from, to) => this.#note(bytes, from.host, to.port % 2 === 1);
    const session = (
      transport: MemoryRtpTransport,
      clock: Clock,
      seedOfOne: number,
      options: Partial<AudioSessionOptions>,
    ) =>
      new AudioSession({
        transport,
        codecs,
        clock,
        pacer: new Pacer(clock),
        random: seededRandomBytes(seedOfOne),
        cname: transport.localAddress,
        ...options,
      });
    this.a = session(this.transportA, this.clock, seed * 2, a);
    this.b = session(this.transportB, new DriftingClock(this.clock, ppm), seed * 2 + 1, b);
  }

  #note(bytes: Uint8Array, from: string, isRtcp: boolean): void {
    const at = this.clock.now();
    if (isRtcp) {
      this.rtcp.push({ at, from, bytes });
      return;
    }
    const header = createRtpHeader();
    if (!readRtpHeader(bytes, header)) return;
    const payload = bytes.subarray(header.payloadOffset, header.payloadOffset + header.payloadLength);
    if (from === this.transportA.localAddress) this.sentByA.push({ ...header, at, payload });
    else if (from === this.transportB.localAddress) this.sentByB.push({ ...header, at, payload });
  }

  /** What both agreed to, seen from A; changed where given. */
  configureA(changes: Partial<AudioSessionParameters> = {}): void {
    this.a.configure({ ...this.#agreed(this.transportB), ...changes });
  }

  configureB(changes: Partial<AudioSessionParameters> = {}): void {
    this.b.configure({ ...this.#agreed(this.transportA), ...changes });
  }

  configure(changes: Partial<AudioSessionParameters> = {}): void {
    this.configureA(changes);
    this.configureB(changes);
  }

  #agreed(remote: MemoryRtpTransport): AudioSessionParameters {
    return {
      remoteRtp: remote.rtpAddress,
      sendCodec: PCMU,
      receiveCodecs: [PCMU, PCMA],
      telephoneEvent: EVENTS,
      direction: 'sendrecv',
    };
  }
}
