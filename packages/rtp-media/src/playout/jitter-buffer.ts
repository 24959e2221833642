import { sequenceDistance, timestampDistance } from '../rtp/rtp-header';
import { DelayEstimator } from './delay-estimator';

/** Settings of a {@link JitterBuffer}. */
export interface JitterBufferOptions {
  /** RTP clock rate in Hz. */
  clockRate: number;
  /** Least delay aimed at, in ms; 0 when absent. */
  minDelayMs?: number;
  /** Greatest delay aimed at, in ms; 400 when absent. */
  maxDelayMs?: number;
  /** Share of packets that shall be in time, 0 to 1; 0.98 when absent. */
  quantile?: number;
  /** Is told the sequence number of each packet that came and will not be played. */
  discarded?: (sequence: number) => void;
}

/** What became of a packet that was put in. */
export type InsertVerdict = 'stored' | 'late' | 'duplicate' | 'overflow';

/** What to play next. */
export type PlayoutDecision =
  /** `payload`: decode it, then call {@link JitterBuffer.played}. */
  | 'packet'
  /** Nothing to play although the stream goes on: conceal at most `duration`, then call {@link JitterBuffer.filled}. */
  | 'conceal'
  /** The stream has not begun, or has paused: silence for at most `duration`; then call {@link JitterBuffer.filled}. */
  | 'silence';

/** Packets kept; a power of two. At 10 ms a packet this is more than a second. */
const CAPACITY = 128;
const FORGET = 0.998;
/** Concealing longer than this is pointless: the stream has paused. */
const PAUSE_MS = 1000;
/** Margin beyond the target that is cut at once, by leaving packets out, when the stream starts or resumes. */
const START_EXCESS_MS = 40;
/** The same in the middle of a stream. */
const RUN_EXCESS_MS = 200;

/** What buffers are made for at first: 20 ms of G.711, or most packets of any codec. */
const USUAL_BYTES = 160;
/** Rooms kept for packets to come. */
const MOST_FREE = 16;

/** Room for a payload, and the part of it that is one. */
interface Payload {
  room: Uint8Array;
  bytes: Uint8Array;
}

/** Timestamps that leap by more than this are those of another clock. */
const LEAP_BACK_MS = 1000;
const LEAP_AHEAD_MS = 5000;

const EMPTY = 0;
const STORED = 1;
/** Played, or needing no playing: what comes again under this number is a duplicate. */
const DONE = 2;

/**
 * Turns packets that come when the network pleases into a steady stream: puts them in order, holds each until its time,
 * and says when to conceal. Pure logic: arrival times go in, decisions come out, and the caller pulls by its own clock.
 *
 * Packets are asked for when a frame is made, so what counts is a packet's margin: the time from its arrival, had it come
 * the fastest way, to the making of the frame it begins in. The margin aimed at lets a quantile of the packets arrive in
 * time ({@link DelayEstimator}). It is taken up whenever the stream starts or resumes after a pause; in between,
 * {@link JitterBuffer.marginMs} and {@link JitterBuffer.targetMs} tell the caller whether to leave audio out or put some
 * in. An underrun raises the margin by itself: what comes late is still played.
 */
export class JitterBuffer {
  readonly #clockRate: number;
  readonly #minDelay: number;
  readonly #maxDelay: number;
  readonly #quantile: number;
  readonly #reportDiscard: ((sequence: number) => void) | undefined;
  #estimator: DelayEstimator;

  readonly #sequences = new Uint16Array(CAPACITY);
  /** Timestamps are signed in here: larger numbers would be passed on in memory of their own. */
  readonly #timestamps = new Int32Array(CAPACITY);
  readonly #payloadTypes = new Uint8Array(CAPACITY);
  readonly #states = new Uint8Array(CAPACITY);
  readonly #payloads: (Payload | undefined)[] = new Array<Payload | undefined>(CAPACITY).fill(undefined);
  readonly #free: Payload[] = [];
  #stored = 0;

  /** Whether any packet was ever put in. */
  #begun = false;
  /** Whether audio is being played, as opposed to waiting for a first packet or through a pause. */
  #playing = false;
  /** Whether anything of this stream was played. */
  #heard = false;
  #nextSequence = 0;
  #highestSequence = 0;
  /** Of the audio packet with the highest number: number, timestamp, arrival. */
  #newestSequence = 0;
  #newestTimestamp = 0;
  #newestArrival = Number.NaN;
  /** Timestamp of the sample to play next. */
  #position = 0;
  /** Timestamp units concealed since `#position`. */
  #filled = 0;
  /** Whether the gap before the next packet is a loss that is being concealed. */
  #bridging = false;
  /** Of the units filled, what counts as concealed once it is known that packets were lost or late. */
  #provisional = 0;
  #concealed = 0;
  #concealmentEvents = 0;
  #discarded = 0;
  #late = 0;
  #reordered = 0;

  #referenceTimestamp = 0;
  #referenceUnwrapped = 0;

  #payload: Uint8Array = new Uint8Array(0);
  #payloadType = 0;
  #packetTimestamp = 0;
  #duration = 0;
  #followingSlot = -1;
  #margin = 0;

  constructor(options: JitterBufferOptions) {
    this.#clockRate = options.clockRate;
    this.#minDelay = options.minDelayMs ?? 0;
    this.#maxDelay = options.maxDelayMs ?? 400;
    this.#quantile = options.quantile ?? 0.98;
    this.#reportDiscard = options.discarded;
    this.#estimator = this.#newEstimator();
  }

  #newEstimator(): DelayEstimator {
    return new DelayEstimator({ quantile: this.#quantile, forget: FORGET, longestMs: this.#maxDelay + 100 });
  }

  /**
   * Puts a packet in; the payload is copied.
   *
   * @param packet the datagram that holds the payload
   * @param offset where the payload begins, in bytes
   * @param length bytes of payload
   * @param arrival monotonic time in ms; NaN when it is not known, because the thread was too busy to look
   */
  insert(
    sequence: number,
    timestamp: number,
    payloadType: number,
    packet: Uint8Array,
    offset: number,
    length: number,
    arrival: number,
  ): InsertVerdict {
    const isFirst = !this.#begun;
    let isTimely = true;
    if (!isFirst) isTimely = this.#watchClock(sequence, timestamp, arrival);
    else {
      this.#referenceTimestamp = timestamp | 0;
      this.#referenceUnwrapped = 0;
    }
    const verdict = this.#place(sequence);
    if (verdict === 'duplicate') return verdict;
    if (isFirst || sequenceDistance(this.#newestSequence, sequence) > 0) {
      this.#newestSequence = sequence;
      this.#newestTimestamp = timestamp | 0;
      this.#newestArrival = arrival;
    }
    if (isTimely && !Number.isNaN(arrival)) {
      this.#estimator.update(arrival, this.#mediaTime(timestamp), this.#playing || !this.#heard);
    }
    if (verdict === 'late') {
      this.#late++;
      this.#discarded++;
      this.#reportDiscard?.(sequence);
      return verdict;
    }
    const slot = sequence % CAPACITY;
    const payload = this.#takeRoom(length);
    const { bytes } = payload;
    for (let i = 0; i < length; i++) bytes[i] = packet[offset + i]!;
    this.#sequences[slot] = sequence;
    this.#timestamps[slot] = timestamp;
    this.#payloadTypes[slot] = payloadType;
    this.#payloads[slot] = payload;
    this.#states[slot] = STORED;
    this.#stored++;
    return verdict;
  }

  /**
   * Puts in a packet that did not come, as a later one has it again (RFC 2198): only where it is missing, in time, and between
   * its neighbours. That it is later than it would have been is learnt from like any other delay.
   *
   * @returns whether it was put in
   */
  recover(
    sequence: number,
    timestamp: number,
    payloadType: number,
    packet: Uint8Array,
    offset: number,
    length: number,
    arrival: number,
  ): boolean {
    if (this.#begun && !this.#isMissing(sequence, timestamp)) return false;
    return this.insert(sequence, timestamp, payloadType, packet, offset, length, arrival) === 'stored';
  }

  /** Whether the packet of a number has not come, and would still be played if it did. */
  isAwaited(sequence: number): boolean {
    if (!this.#begun || sequenceDistance(this.#nextSequence, sequence) < 0) return false;
    const slot = sequence % CAPACITY;
    return this.#states[slot] === EMPTY || this.#sequences[slot] !== sequence;
  }

  /**
   * Learns when a lost packet could have been told by the one after it (forward error correction), so that there is time to wait for
   * that while packets are lost.
   *
   * @param timestamp of the lost packet
   * @param arrival of the one after it
   */
  correctable(timestamp: number, arrival: number): void {
    if (!Number.isNaN(arrival))
      this.#estimator.update(arrival, this.#mediaTime(timestamp), this.#playing || !this.#heard);
  }

  #isMissing(sequence: number, timestamp: number): boolean {
    const slot = sequence % CAPACITY;
    if (this.#states[slot] !== EMPTY && this.#sequences[slot] === sequence) return false;
    const ahead = sequenceDistance(this.#nextSequence, sequence);
    if (ahead >= CAPACITY || (ahead < 0 && this.#heard)) return false;
    if (this.#playing && timestampDistance(this.#position, timestamp) < 0) return false;
    const behindNewest = sequenceDistance(this.#newestSequence, sequence);
    if (behindNewest < 0 && timestampDistance(this.#newestTimestamp, timestamp) >= 0) return false;
    for (let other = 0; other < CAPACITY; other++) {
      if (this.#states[other] !== STORED) continue;
      const later = sequenceDistance(this.#sequences[other]!, sequence) > 0;
      const distance = timestampDistance(this.#timestamps[other]!, timestamp);
      if (later ? distance <= 0 : distance >= 0) return false;
    }
    return true;
  }

  /**
   * Tells of a packet that carries no audio but a sequence number of the stream (a telephone event), so that its number
   * is not taken for a loss.
   */
  skip(sequence: number): void {
    if (!this.#begun) return;
    const verdict = this.#place(sequence);
    if (verdict === 'duplicate' || verdict === 'late') return;
    const slot = sequence % CAPACITY;
    this.#sequences[slot] = sequence;
    this.#states[slot] = DONE;
  }

  /**
   * A sender whose timestamps leap back while its numbers go on, or leap ahead by more than time has passed, has begun
   * another time line: nothing learnt about the old one holds.
   *
   * @returns whether the time of the packet says anything about delay: that of an old number far from all others does not
   */
  #watchClock(sequence: number, timestamp: number, arrival: number): boolean {
    const media = (timestampDistance(this.#newestTimestamp, timestamp) * 1000) / this.#clockRate;
    if (media >= -LEAP_BACK_MS && !(media - (arrival - this.#newestArrival) > LEAP_AHEAD_MS)) return true;
    const ahead = sequenceDistance(this.#newestSequence, sequence);
    if (ahead <= 0) return false;
    this.#estimator = this.#newEstimator();
    // So far ahead there is no room for it: the buffer is emptied below.
    if (ahead >= CAPACITY) return true;
    this.#discardStored();
    this.#playing = false;
    this.#heard = true;
    this.#provisional = 0;
    this.#nextSequence = sequence;
    return true;
  }

  /** Finds the place of a sequence number, and makes room when it is far ahead. */
  #place(sequence: number): InsertVerdict {
    if (!this.#begun) {
      this.#begun = true;
      this.#nextSequence = sequence;
      this.#highestSequence = sequence;
      return 'stored';
    }
    const slot = sequence % CAPACITY;
    if (this.#states[slot] !== EMPTY && this.#sequences[slot] === sequence) return 'duplicate';
    const ahead = sequenceDistance(this.#nextSequence, sequence);
    if (ahead < 0) {
      // Before the first sound nothing is late: the packet that came first was not the first sent.
      if (this.#heard || sequenceDistance(sequence, this.#highestSequence) >= CAPACITY) return 'late';
      this.#nextSequence = sequence;
      return 'stored';
    }
    let verdict: InsertVerdict = 'stored';
    if (ahead >= CAPACITY) {
      this.#discardStored();
      this.#playing = false;
      this.#nextSequence = sequence;
      verdict = 'overflow';
    }
    if (sequenceDistance(this.#highestSequence, sequence) > 0) this.#highestSequence = sequence;
    else if (verdict === 'stored') this.#reordered++;
    return verdict;
  }

  /** Forgets everything: a new source, a new clock. Counters stay. */
  reset(): void {
    this.#clearSlots();
    this.#estimator = this.#newEstimator();
    this.#begun = false;
    this.#playing = false;
    this.#heard = false;
    this.#position = 0;
    this.#filled = 0;
    this.#bridging = false;
    this.#provisional = 0;
  }

  #discardStored(): void {
    this.#discarded += this.#stored;
    if (this.#reportDiscard) {
      for (let slot = 0; slot < CAPACITY; slot++) {
        if (this.#states[slot] === STORED) this.#reportDiscard(this.#sequences[slot]!);
      }
    }
    this.#clearSlots();
  }

  #clearSlots(): void {
    for (let slot = 0; slot < CAPACITY; slot++) if (this.#states[slot] === STORED) this.#release(slot);
    this.#states.fill(EMPTY);
  }

  /**
   * Decides what to play at a moment. Each decision must be carried out and reported, with `played` or `filled`, before
   * the next is asked for.
   *
   * @param at when the frame is made, in ms of the clock that arrival times are from
   */
  next(at: number): PlayoutDecision {
    this.#followingSlot = -1;
    for (;;) {
      const slot = this.#earliest();
      if (slot < 0) return this.#starve();
      const timestamp = this.#timestamps[slot]!;
      const margin = at - this.#mediaTime(timestamp) - this.#estimator.base;
      const target = this.targetMs;
      const resuming = !this.#playing;
      // What is far too old to catch up on is left out, as long as there is something newer.
      if (this.#stored > 1 && margin > target + (resuming ? START_EXCESS_MS : RUN_EXCESS_MS)) {
        this.#discard(slot);
        continue;
      }
      const gap = timestampDistance(this.#position, timestamp);
      const pause = gap > 0 && !this.#bridging && this.#sequences[slot] === this.#nextSequence;
      if (resuming || pause) {
        if (margin < target) {
          this.#duration = Number.POSITIVE_INFINITY;
          return resuming ? 'silence' : 'conceal';
        }
        // A pause the sender made (silence suppression, a telephone event) is no loss.
        this.#provisional = 0;
      } else if (gap > this.#filled && gap - this.#filled <= this.#clockRate) {
        this.#nextSequence = this.#sequences[slot]!;
        this.#bridging = true;
        this.#duration = gap - this.#filled;
        this.#followingSlot = slot;
        return 'conceal';
      }
      this.#margin = margin;
      this.#take(slot);
      return 'packet';
    }
  }

  #starve(): PlayoutDecision {
    this.#duration = Number.POSITIVE_INFINITY;
    if (!this.#playing) return 'silence';
    if (this.#filled * 1000 < PAUSE_MS * this.#clockRate) return 'conceal';
    this.#playing = false;
    this.#provisional = 0;
    return 'silence';
  }

  /** The slot of the first packet not played, or -1. */
  #earliest(): number {
    if (this.#stored === 0) return -1;
    let sequence = this.#nextSequence;
    for (let i = 0; i < CAPACITY; i++) {
      const slot = sequence % CAPACITY;
      if (this.#sequences[slot] === sequence) {
        if (this.#states[slot] === STORED) return slot;
        if (this.#states[slot] === DONE && sequence === this.#nextSequence) {
          this.#nextSequence = (sequence + 1) & 0xffff;
        }
      }
      sequence = (sequence + 1) & 0xffff;
    }
    return -1;
  }

  #discard(slot: number): void {
    this.#discarded++;
    this.#reportDiscard?.(this.#sequences[slot]!);
    this.#nextSequence = (this.#sequences[slot]! + 1) & 0xffff;
    this.#states[slot] = DONE;
    this.#release(slot);
    this.#playing = false;
  }

  #take(slot: number): void {
    this.#payload = this.#payloads[slot]!.bytes;
    this.#payloadType = this.#payloadTypes[slot]!;
    this.#packetTimestamp = this.#timestamps[slot]!;
    this.#nextSequence = (this.#sequences[slot]! + 1) & 0xffff;
    this.#states[slot] = DONE;
    this.#release(slot);
  }

  /** The payload to decode after `next` said `packet`; valid until `insert` is called. */
  get payload(): Uint8Array {
    return this.#payload;
  }

  /**
   * The packet that ends the gap, after `next` said `conceal` for a gap of known length; undefined when it is not there. The
   * gap is {@link duration} long, and the payload valid until `insert` is called.
   */
  get following(): Uint8Array | undefined {
    return this.#followingSlot < 0 ? undefined : this.#payloads[this.#followingSlot]?.bytes;
  }

  /** Payload type of {@link following}. */
  get followingType(): number {
    return this.#followingSlot < 0 ? 0 : this.#payloadTypes[this.#followingSlot]!;
  }

  /** Payload type of {@link payload}. */
  get payloadType(): number {
    return this.#payloadType;
  }

  /** How much to conceal or keep silent at most, in timestamp units; may be infinite. */
  get duration(): number {
    return this.#duration;
  }

  /** Reports that the packet was decoded to `duration` timestamp units of audio. */
  played(duration: number): void {
    if (this.#provisional > 0) this.#concealmentEvents++;
    this.#concealed += this.#provisional;
    this.#provisional = 0;
    this.#position = (this.#packetTimestamp + duration) | 0;
    this.#filled = 0;
    this.#bridging = false;
    this.#playing = true;
    this.#heard = true;
  }

  /**
   * Reports that `duration` timestamp units were concealed or silent.
   *
   * @param asAgreed the sender said that it would be silent: nothing is concealed
   */
  filled(duration: number, asAgreed = false): void {
    if (!this.#playing) return;
    this.#filled += duration;
    if (!asAgreed) this.#provisional += duration;
  }

  /**
   * Delay in ms that the sample played at `at` has over one on the fastest path; NaN while nothing plays. While
   * concealing it is that of the audio concealed.
   *
   * @param ahead timestamp units decoded but not yet played
   */
  delayMs(at: number, ahead: number): number {
    if (!this.#playing) return Number.NaN;
    const units = ahead - this.#filled;
    return at - this.#mediaTime(this.#position) + (units * 1000) / this.#clockRate - this.#estimator.base;
  }

  /**
   * Timestamp of what is asked for next, in units made up since the latest packet included, as a signed number; without meaning while
   * nothing plays.
   */
  get position(): number {
    return (this.#position + Math.round(this.#filled)) | 0;
  }

  /** Whether audio is being played, as opposed to waiting for a first packet or through a pause. */
  get playing(): boolean {
    return this.#playing;
  }

  /** Margin in ms of the packet that `next` gave out last. */
  get marginMs(): number {
    return this.#margin;
  }

  /** Margin in ms aimed at. */
  get targetMs(): number {
    return Math.min(this.#maxDelay, Math.max(this.#minDelay, this.#estimator.delay));
  }

  /** Packets waiting. */
  get size(): number {
    return this.#stored;
  }

  /** ms of audio made up for packets that were lost or late. */
  get concealedMs(): number {
    return (this.#concealed * 1000) / this.#clockRate;
  }

  /** Gaps that were concealed, however long. */
  get concealmentEvents(): number {
    return this.#concealmentEvents;
  }

  /** Packets that came but were not played. */
  get discarded(): number {
    return this.#discarded;
  }

  /** Packets that came after their time; {@link discarded} counts them too. */
  get late(): number {
    return this.#late;
  }

  /** Packets that came after one sent later, and yet in time. */
  get reordered(): number {
    return this.#reordered;
  }

  /** Media time in ms of a timestamp, across the wrap. */
  #mediaTime(timestamp: number): number {
    const distance = timestampDistance(this.#referenceTimestamp, timestamp);
    const unwrapped = this.#referenceUnwrapped + distance;
    // Keep the reference near, or distances would leave the range of 31 bits after days.
    if (distance > 0x1000_0000 || distance < -0x1000_0000) {
      this.#referenceTimestamp = timestamp;
      this.#referenceUnwrapped = unwrapped;
    }
    return (unwrapped * 1000) / this.#clockRate;
  }

  #takeRoom(length: number): Payload {
    let payload = this.#free.pop();
    if (!payload || payload.room.length < length) {
      const room = new Uint8Array(Math.max(USUAL_BYTES, length));
      payload = { room, bytes: room };
    }
    if (payload.bytes.length !== length) payload.bytes = payload.room.subarray(0, length);
    return payload;
  }

  #release(slot: number): void {
    const payload = this.#payloads[slot];
    if (payload && this.#free.length < MOST_FREE) this.#free.push(payload);
    this.#payloads[slot] = undefined;
    this.#stored--;
  }
}
