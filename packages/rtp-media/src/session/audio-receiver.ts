import type { AudioSink } from '../audio/audio-sink';
import { ResamplingSink } from '../audio/resampling-sink';
import type { DtmfDigit, DtmfPress } from '../dtmf/dtmf-digit';
import { DtmfReceiver } from '../dtmf/dtmf-receiver';
import { readTelephoneEvent, type TelephoneEvent } from '../dtmf/telephone-event';
import type { JitterBufferOptions } from '../playout/jitter-buffer';
import { Playout, type PlayoutCodec } from '../playout/playout';
import type { SignalMeter } from '../quality/signal-meter';
import { RedundantPayload } from '../redundancy/redundant-payload';
import { LossPattern } from '../rtp/loss-pattern';
import { ReceptionStatistics } from '../rtp/reception-statistics';
import { createRtpHeader, type RtpHeader, readRtpHeader } from '../rtp/rtp-header';
import type { Address } from '../transport/rtp-transport';
import type { IgnoredPackets } from './audio-statistics';
import { SourceLock } from './source-lock';

/** What an {@link AudioReceiver} tells its session. */
export interface AudioReceiverEvents {
  /** A digit has begun. */
  dtmfStart(press: DtmfPress): void;
  /** A digit has ended. */
  dtmf(digit: DtmfDigit): void;
  /** The first packet of the peer. */
  firstPacket(): void;
  /** The peer sends from another address than announced: answer there. */
  relearned(remote: Readonly<Address>): void;
  /** Another source took the place of the one received before. */
  newSource(): void;
  /** The peer uses our own synchronisation source (RFC 3550 §8.2). */
  collision(): void;
  sinkFailed(sink: AudioSink, error: unknown): void;
}

/** Meaning of a payload type: 0 nothing, 1 audio, 2 telephone event, 3 redundant audio. */
const AUDIO = 1;
const EVENT = 2;
const REDUNDANT = 3;
/** Audio older than this is not what was lost of a stream that goes on. */
const LONGEST_AGE_MS = 240;
/** A tick overdue by more than this tells that the thread was busy, and arrival times mean nothing. */
const STALL_MS = 10;
/** After a stall at most so much audio is caught up on. */
const LONGEST_CATCH_UP_MS = 1000;

interface AttachedSink {
  sink: AudioSink;
  resampling: ResamplingSink | undefined;
}

/** The receiving chain of one stream: checks, statistics, telephone events, playout, sinks. */
export class AudioReceiver {
  readonly #events: AudioReceiverEvents;
  readonly #playout: Playout;
  readonly #dtmf: DtmfReceiver;
  readonly #header: RtpHeader = createRtpHeader();
  readonly #event: TelephoneEvent = { event: 0, end: false, volume: 0, duration: 0 };
  readonly #meaning = new Uint8Array(128);
  readonly #blocks = new RedundantPayload();
  readonly lock = new SourceLock();
  readonly reception = new ReceptionStatistics(8000);
  readonly losses = new LossPattern();
  /** Measures what is heard, when set. */
  meter: SignalMeter | undefined;
  readonly ignored: IgnoredPackets = { malformed: 0, foreign: 0, unknownPayload: 0, unproven: 0, unwanted: 0 };
  /** Hz of the durations of telephone events, by payload type. */
  readonly #eventClockRates = new Uint32Array(128);
  #receiving = false;
  /** -1 before there is one. */
  #ssrc = -1;
  #candidateSsrc = -1;
  #candidateSequence = 0;
  #ownSsrc = 0;
  #collided = false;
  octetsReceived = 0;
  duplicates = 0;
  /** Lost packets whose audio came again in a later one. */
  recovered = 0;
  /** When the latest packet came, or receiving began; in ms. */
  lastPacketAt = 0;
  #heard = false;
  #nextTickAt = Number.POSITIVE_INFINITY;
  #frame = new Int16Array(0);
  #sinks: AttachedSink[] = [];

  constructor(events: AudioReceiverEvents, jitterBuffer: Omit<JitterBufferOptions, 'clockRate'> | undefined) {
    this.#events = events;
    this.#playout = new Playout({ ...jitterBuffer, discarded: (sequence) => this.losses.discarded(sequence) });
    this.#dtmf = new DtmfReceiver(
      (digit) => events.dtmf(digit),
      (press) => events.dtmfStart(press),
    );
  }

  /**
   * Sets what is accepted from now on.
   *
   * @param others payload types of comfort noise and of redundant audio
   */
  configure(
    codecs: ReadonlyMap<number, PlayoutCodec>,
    telephoneEvents: readonly { payloadType: number; clockRate: number }[],
    remote: Readonly<Address>,
    receiving: boolean,
    now: number,
    { comfortNoise = [], redundancy = [] }: { comfortNoise?: readonly number[]; redundancy?: readonly number[] } = {},
  ): void {
    this.#meaning.fill(0);
    for (const payloadType of redundancy) this.#meaning[payloadType] = REDUNDANT;
    for (const payloadType of comfortNoise) this.#meaning[payloadType] = AUDIO;
    for (const payloadType of codecs.keys()) this.#meaning[payloadType] = AUDIO;
    for (const { payloadType, clockRate } of telephoneEvents) {
      this.#meaning[payloadType] = EVENT;
      this.#eventClockRates[payloadType] = clockRate;
    }
    this.#playout.configure(codecs, comfortNoise);
    const before = this.lock.remote;
    this.lock.announce(remote);
    // A peer at a new address is a new source that need not prove itself.
    if (before !== this.lock.remote && !this.lock.locked) this.#ssrc = -1;
    if (receiving && !this.#receiving) {
      this.lastPacketAt = now;
      this.reception.breakJitter();
    }
    if (!receiving && this.#receiving) {
      this.#playout.restart();
      this.#dtmf.reset();
    }
    this.#receiving = receiving;
  }

  /** Our own synchronisation source, to notice a collision. */
  set ownSsrc(ssrc: number) {
    this.#ownSsrc = ssrc;
  }

  /** The synchronisation source received, once there is one. */
  get ssrc(): number | undefined {
    return this.#ssrc < 0 ? undefined : this.#ssrc;
  }

  get receiving(): boolean {
    return this.#receiving;
  }

  get playout(): Playout {
    return this.#playout;
  }

  /** Takes in a datagram from the RTP port. */
  receive(bytes: Uint8Array, from: Readonly<Address>, now: number): void {
    const header = this.#header;
    if (!readRtpHeader(bytes, header)) {
      this.ignored.malformed++;
      return;
    }
    const meaning = this.#meaning[header.payloadType]!;
    if (meaning === 0 && !this.lock.locked) {
      this.ignored.unknownPayload++;
      return;
    }
    const verdict = this.lock.believes(from) ? 'accept' : this.lock.check(from, header.ssrc, header.sequenceNumber);
    if (verdict === 'foreign') {
      this.ignored.foreign++;
      return;
    }
    if (verdict === 'relearned') this.#events.relearned(this.lock.remote);
    if (header.ssrc !== this.#ssrc && !this.#acceptSource(header)) {
      this.ignored.unproven++;
      return;
    }
    const sequence = this.reception.update(header.sequenceNumber);
    if (sequence === 'unproven') {
      this.ignored.unproven++;
      return;
    }
    if (sequence === 'restarted') this.#restart();
    this.losses.received(header.sequenceNumber);
    this.octetsReceived += header.payloadLength;
    this.lastPacketAt = now;
    if (!this.#heard) {
      this.#heard = true;
      this.#events.firstPacket();
    }
    if (!this.#receiving) {
      this.ignored.unwanted++;
      return;
    }
    if (meaning === AUDIO) {
      // Two calls, as a choice between numbers would be a new one, in memory.
      if (now - this.#nextTickAt > STALL_MS) this.#receiveAudio(bytes, header, Number.NaN);
      else this.#receiveAudio(bytes, header, now);
    } else if (meaning === REDUNDANT) {
      this.#receiveRedundant(bytes, header, now);
    } else {
      this.#playout.skip(header.sequenceNumber);
      if (meaning === EVENT) this.#receiveEvent(bytes, header, now);
      else this.ignored.unknownPayload++;
    }
  }

  /** A new synchronisation source is believed at once when it is the first, else at its second packet (RFC 3550 A.1). */
  #acceptSource(header: RtpHeader): boolean {
    if (header.ssrc === this.#ownSsrc && !this.#collided) {
      // Whoever sends our own source back after we changed it is a mirror, and is listened to.
      this.#collided = true;
      this.#events.collision();
      return false;
    }
    if (this.#ssrc < 0) {
      this.#ssrc = header.ssrc;
      this.#restart();
      this.reception.newSource();
      return true;
    }
    const follows =
      header.ssrc === this.#candidateSsrc && header.sequenceNumber === ((this.#candidateSequence + 1) & 0xffff);
    this.#candidateSsrc = header.ssrc;
    this.#candidateSequence = header.sequenceNumber;
    if (!follows) return false;
    this.#ssrc = header.ssrc;
    this.#candidateSsrc = -1;
    this.reception.newSource();
    this.#restart();
    return true;
  }

  #restart(): void {
    this.losses.restart();
    this.#playout.restart();
    this.#dtmf.reset();
    this.#events.newSource();
  }

  #receiveAudio(bytes: Uint8Array, header: RtpHeader, arrival: number): void {
    const { payloadType, sequenceNumber, payloadOffset, payloadLength } = header;
    // Signed, as a larger number would be passed on in memory of its own; timestamps are compared modulo 2^32.
    const timestamp = header.timestamp | 0;
    const codec = this.#playout.codecOf(payloadType);
    if (codec) this.reception.clockRate = codec.clockRate;
    if (!Number.isNaN(arrival)) this.reception.updateJitter(timestamp, arrival);
    else this.reception.breakJitter();
    if (payloadLength === 0) {
      this.#playout.skip(sequenceNumber);
      return;
    }
    const verdict = this.#playout.receive(
      payloadType,
      sequenceNumber,
      timestamp,
      bytes,
      payloadOffset,
      payloadLength,
      arrival,
    );
    if (verdict === 'duplicate') this.duplicates++;
  }

  /** The blocks of packets before, where these were lost; then the one that is new, as if it had come alone (RFC 2198 §4). */
  #receiveRedundant(bytes: Uint8Array, header: RtpHeader, now: number): void {
    const blocks = this.#blocks;
    const { sequenceNumber, timestamp } = header;
    if (!blocks.read(bytes, header.payloadOffset, header.payloadLength)) {
      this.ignored.malformed++;
      this.#playout.skip(sequenceNumber);
      return;
    }
    const primary = blocks.count - 1;
    const arrival = now - this.#nextTickAt > STALL_MS ? Number.NaN : now;
    for (let block = 0; block < primary; block++) {
      const age = blocks.age(block);
      if (blocks.length(block) === 0 || age === 0) continue;
      this.#takeBlock(header, block);
      header.sequenceNumber = (sequenceNumber - primary + block) & 0xffff;
      header.timestamp = (timestamp - age) >>> 0;
      const meaning = this.#meaning[header.payloadType]!;
      if (meaning === EVENT) this.#receiveEvent(bytes, header, now);
      else if (meaning === AUDIO && age * 1000 <= LONGEST_AGE_MS * this.reception.clockRate) {
        this.#recover(bytes, header, arrival);
      }
    }
    this.#takeBlock(header, primary);
    header.sequenceNumber = sequenceNumber;
    header.timestamp = timestamp;
    const meaning = this.#meaning[header.payloadType]!;
    if (meaning === AUDIO) {
      this.#receiveAudio(bytes, header, arrival);
      return;
    }
    this.#playout.skip(sequenceNumber);
    if (meaning === EVENT) this.#receiveEvent(bytes, header, now);
    else this.ignored.unknownPayload++;
  }

  #takeBlock(header: RtpHeader, block: number): void {
    header.payloadType = this.#blocks.payloadType(block);
    header.payloadOffset = this.#blocks.offset(block);
    header.payloadLength = this.#blocks.length(block);
  }

  #recover(bytes: Uint8Array, header: RtpHeader, arrival: number): void {
    const { payloadType, sequenceNumber, payloadOffset, payloadLength } = header;
    const timestamp = header.timestamp | 0;
    const playout = this.#playout;
    if (!playout.recover(payloadType, sequenceNumber, timestamp, bytes, payloadOffset, payloadLength, arrival)) return;
    this.recovered++;
    // RFC 3611 §4.7.1: losses are counted after what protects from them has had its effect.
    this.losses.received(sequenceNumber);
  }

  #receiveEvent(bytes: Uint8Array, header: RtpHeader, now: number): void {
    if (!readTelephoneEvent(bytes, header.payloadOffset, header.payloadLength, this.#event)) {
      this.ignored.malformed++;
      return;
    }
    this.#dtmf.receive(this.#event, header.timestamp, this.#eventClockRates[header.payloadType]!, now);
  }

  /** Adds a sink; one that is there already is not added again. */
  addSink(sink: AudioSink): void {
    if (this.#sinks.some((attached) => attached.sink === sink)) return;
    this.#sinks = [...this.#sinks, { sink, resampling: undefined }];
  }

  removeSink(sink: AudioSink): void {
    const attached = this.#sinks.find((other) => other.sink === sink);
    attached?.resampling?.close();
    this.#sinks = this.#sinks.filter((other) => other.sink !== sink);
  }

  /**
   * Hands one frame, and those of the skipped deadlines, to the sinks.
   *
   * @param at the deadline, in ms of the session's clock
   * @param skipped deadlines before it that passed unused
   * @param frameMs ms of a frame
   */
  tick(at: number, skipped: number, frameMs: number): void {
    this.#nextTickAt = at + frameMs;
    for (let i = Math.min(skipped, Math.floor(LONGEST_CATCH_UP_MS / frameMs)); i > 0; i--) {
      this.#play(at - i * frameMs, frameMs);
    }
    this.#play(at, frameMs);
    // After a stall the packets of an event may still lie in the socket, or its sender stalled with us.
    if (skipped === 0) this.#dtmf.check(at);
  }

  #play(at: number, frameMs: number): void {
    const length = Math.round((this.#playout.sampleRate * frameMs) / 1000);
    if (this.#frame.length !== length) this.#frame = new Int16Array(length);
    this.#playout.pull(this.#frame, at);
    this.meter?.write(this.#frame, this.#playout.sampleRate);
    for (const attached of this.#sinks) this.#write(attached);
  }

  #write(attached: AttachedSink): void {
    const { sink } = attached;
    const rate = this.#playout.sampleRate;
    try {
      if (sink.sampleRate === rate) {
        sink.write(this.#frame);
        return;
      }
      let { resampling } = attached;
      if (!resampling || resampling.sampleRate !== rate || resampling.sinkRate !== sink.sampleRate) {
        resampling?.close();
        resampling = attached.resampling = new ResamplingSink(sink, rate);
      }
      resampling.write(this.#frame);
    } catch (error) {
      this.removeSink(sink);
      this.#events.sinkFailed(sink, error);
    }
  }

  close(): void {
    for (const { resampling } of this.#sinks) resampling?.close();
    this.#sinks = [];
    this.#dtmf.reset();
    this.#playout.close();
  }
}
