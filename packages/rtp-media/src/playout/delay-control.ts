import type { StretchQueue } from './stretch-queue';

/** Packets watched, for the least margin among them, before the delay is brought up or down. */
const WATCHED_TO_LENGTHEN = 10;
const WATCHED_TO_SHORTEN = 100;
/** Margin over the target below which the delay is brought up, and that must be left when it is brought down. */
const LEAST_SPARE_MS = 1;
const SPARE_MS = 3;
/** By how much, a packet, a margin that was least counts less. */
const RECOVERY_MS = 0.5;
/** Beyond this a margin that is off is put right wherever it may be. */
const URGENT_MS = 40;
/**
 * In speech, sound is left out or put in only where it repeats itself so nearly; the longer the wait for such a place, in
 * ms, the less is asked for.
 */
const LIKENESS_AT_FIRST = 0.95;
const LIKENESS_AT_LAST = 0.6;
const PATIENCE_MS = 1500;
/** A margin this near to its target is about to be too small. */
const SINKING_MS = 1;
const NO_MATTER = -1;
/** In speech, so much is played between one attempt and the next; half of it when packets are short. */
const REST_MS = 40;
const SHORT_PACKET_MS = 20;

/**
 * Brings the delay to its target by changing the length of what is queued, where it is least heard.
 *
 * A packet is needed when the frame it begins in is made, so only whole frames change its margin; what is left over from
 * frame to frame is delay without use.
 */
export class DelayControl {
  /** Least margin, and least audio left over from the frame before, among the packets watched. */
  #leastMargin = Number.POSITIVE_INFINITY;
  #leastLeftover = Number.POSITIVE_INFINITY;
  /** Least margin lately: it rises again slowly. */
  #recentMargin = Number.POSITIVE_INFINITY;
  #watched = 0;
  /** Samples still to put in, or, negative, to leave out. */
  #change = 0;
  #waitedMs = 0;
  #restMs = 0;
  #wasSilent = false;
  #droppedMs = 0;
  #insertedMs = 0;

  /** Begins anew, because the delay has changed by itself. */
  watchAgain(): void {
    this.#leastMargin = Number.POSITIVE_INFINITY;
    this.#recentMargin = Number.POSITIVE_INFINITY;
    this.#leastLeftover = Number.POSITIVE_INFINITY;
    this.#watched = 0;
    this.#change = 0;
    this.#waitedMs = 0;
  }

  /**
   * Looks at a packet, whose samples are at the end of the queue, and changes the queue when it is time.
   *
   * @param margin ms the packet was there before it was needed
   * @param target margin aimed at, in ms
   * @param silent whether nobody speaks in it
   * @param samples in the packet
   * @param leftover samples left over from the frame before
   * @param frameSamples samples of a frame
   */
  packet(
    queue: StretchQueue,
    margin: number,
    target: number,
    silent: boolean,
    samples: number,
    leftover: number,
    frameSamples: number,
  ): void {
    const ms = (samples * 1000) / queue.sampleRate;
    const wasSilent = this.#wasSilent;
    this.#wasSilent = silent;
    this.#restMs -= ms;
    this.#leastMargin = Math.min(this.#leastMargin, margin);
    this.#recentMargin = Math.min(margin, this.#recentMargin + RECOVERY_MS);
    this.#leastLeftover = Math.min(this.#leastLeftover, leftover);
    if (++this.#watched < WATCHED_TO_LENGTHEN) return;
    const frameMs = (frameSamples * 1000) / queue.sampleRate;
    const spare = this.#leastMargin - target;
    // What was too much may have become too little before it could be left out.
    if (this.#change === 0 || (this.#change < 0 && spare < LEAST_SPARE_MS)) {
      this.#change = 0;
      this.#decide(spare, frameSamples, frameMs);
    }
    if (this.#change === 0) return;
    const high = this.#recentMargin - target > frameMs + URGENT_MS;
    // The margin goes down little by little: a clock drifts, and soon packets will be missing.
    const sinking = Math.abs(spare) < SINKING_MS;
    const urgent = spare < -URGENT_MS / 2 || high;
    this.#waitedMs = urgent ? PATIENCE_MS : Math.min(PATIENCE_MS, this.#waitedMs + ms);
    if (silent && wasSilent) this.#changeSilence(queue);
    else if (this.#restMs <= 0) this.#changeSpeech(queue, ms, sinking, high);
  }

  #decide(spare: number, frameSamples: number, frameMs: number): void {
    if (spare < LEAST_SPARE_MS) {
      this.#change = frameSamples - this.#leastLeftover;
    } else if (this.#watched >= WATCHED_TO_SHORTEN) {
      const frames = Math.max(0, Math.floor((spare - SPARE_MS) / frameMs));
      this.#change = -(frames * frameSamples + this.#leastLeftover);
      if (this.#change === 0) this.watchAgain();
    }
  }

  /** Silence may be as long as it is wanted to be. */
  #changeSilence(queue: StretchQueue): void {
    if (this.#change < 0) this.#changed(-queue.leaveOut(-this.#change), queue.sampleRate);
    else this.#changed(queue.repeat(this.#change), queue.sampleRate);
  }

  /** Of speech, whole periods are left out or said twice. */
  #changeSpeech(queue: StretchQueue, packetMs: number, sinking: boolean, high: boolean): void {
    const hurry = this.#waitedMs / PATIENCE_MS;
    const wanted = LIKENESS_AT_FIRST + (LIKENESS_AT_LAST - LIKENESS_AT_FIRST) * hurry * hurry;
    // The best joint there is does less harm than a gap: noise and music are never alike enough.
    const pressing = this.#change > 0 ? sinking || hurry === 1 : high;
    const likeness = pressing ? NO_MATTER : wanted;
    if (hurry === 1 && this.#change < 0 && -this.#change < queue.shortest) {
      // Too little to be left out of speech; it will be with the next change, or in silence.
      this.watchAgain();
      return;
    }
    // Leaving out more than wanted would cost a frame of margin.
    const samples = this.#change < 0 ? -queue.accelerate(-this.#change, likeness) : queue.decelerate(likeness);
    this.#changed(samples, queue.sampleRate);
    // After an attempt in vain, too: looking for a joint is work, and sound does not change that fast.
    this.#restMs = packetMs < SHORT_PACKET_MS ? REST_MS / 2 : REST_MS;
  }

  #changed(samples: number, sampleRate: number): void {
    if (samples < 0) this.#droppedMs -= (samples * 1000) / sampleRate;
    else this.#insertedMs += (samples * 1000) / sampleRate;
    const left = this.#change - samples;
    // Enough, or more: look again at what came of it.
    if (left === 0 || left > 0 !== this.#change > 0) this.watchAgain();
    else this.#change = left;
  }

  /** ms of audio left out. */
  get droppedMs(): number {
    return this.#droppedMs;
  }

  /** ms of audio put in. */
  get insertedMs(): number {
    return this.#insertedMs;
  }
}
