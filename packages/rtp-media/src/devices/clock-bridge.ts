import { StretchQueue } from '../playout/stretch-queue';

/** Settings of a {@link ClockBridge}. */
export interface ClockBridgeOptions {
  /** Hz of both sides, each by its own crystal. */
  sampleRate: number;
  /** ms that wait when a piece is taken, at the least of each second; 20 when absent. */
  targetMs?: number;
  /** ms that may wait at most; more is dropped. 300 when absent. */
  limitMs?: number;
}

/** Seconds over which the least that waited is looked for. */
const WINDOW_S = 1;
/** Share of a sample that is left in the next where audio stops: 5 ms or so until it is not heard, at common rates. */
const FADE = 0.96;
/** How alike the two sides of a joint have to be. */
const LIKENESS = 0.7;

/**
 * Carries audio from one clock to another: what a sound card gives in its own time is taken at the pace of a call, or the
 * other way round. Crystals differ by some hundred millionths; what that adds up to is left out, or said twice, where nobody
 * hears it.
 */
export class ClockBridge {
  readonly #queue: StretchQueue;
  readonly #rate: number;
  readonly #target: number;
  readonly #limit: number;
  #least = Number.POSITIVE_INFINITY;
  #seen = 0;
  #primed = false;
  /** The sample heard last, and how far the audio after a gap has come up, in samples. */
  #last = 0;
  #risen = 0;
  /** Samples that were wanted and not there, that were too many, left out and said twice. */
  readonly counters = { missed: 0, dropped: 0, leftOut: 0, repeated: 0 };

  constructor({ sampleRate, targetMs = 20, limitMs = 300 }: ClockBridgeOptions) {
    this.#queue = new StretchQueue(sampleRate);
    this.#rate = sampleRate;
    this.#target = Math.round((targetMs * sampleRate) / 1000);
    this.#limit = Math.round((limitMs * sampleRate) / 1000);
  }

  /** ms that wait. */
  get queuedMs(): number {
    return (this.#queue.length * 1000) / this.#rate;
  }

  /** Puts in audio of the clock that gives: mono samples, as many as there are. */
  push(pcm: Int16Array): void {
    this.#queue.push(pcm, pcm.length);
    const over = this.#queue.length - this.#limit;
    if (over > 0) this.counters.dropped += this.#queue.leaveOut(this.#queue.length - this.#target);
  }

  /** Fills a frame; what is not there is silence. @returns samples that were there */
  pull(frame: Int16Array): number {
    if (!this.#primed) {
      if (this.#queue.length < this.#target + frame.length) {
        this.#fadeOut(frame, 0);
        return 0;
      }
      this.#primed = true;
      this.#risen = 0;
    }
    const count = this.#queue.shift(frame, frame.length);
    if (count < frame.length) {
      this.#last = count > 0 ? frame[count - 1]! : this.#last;
      this.#fadeOut(frame, count);
      this.counters.missed += frame.length - count;
      this.#primed = false;
    }
    this.#fadeIn(frame, count);
    if (count === frame.length) this.#last = frame[count - 1]!;
    this.#watch(frame.length);
    return count;
  }

  /** From the level where the audio stopped down to silence: no click. */
  #fadeOut(frame: Int16Array, from: number): void {
    for (let i = from; i < frame.length; i++) {
      this.#last *= FADE;
      frame[i] = this.#last;
    }
    if (Math.abs(this.#last) < 1) this.#last = 0;
  }

  #fadeIn(frame: Int16Array, count: number): void {
    const length = Math.round(this.#rate / 200);
    for (let i = 0; i < count && this.#risen < length; i++) frame[i] = (frame[i]! * this.#risen++) / length;
  }

  #watch(taken: number): void {
    this.#least = Math.min(this.#least, this.#queue.length);
    this.#seen += taken;
    if (this.#seen < WINDOW_S * this.#rate) return;
    const { shortest } = this.#queue;
    if (this.#primed && this.#least > this.#target + shortest) {
      this.counters.leftOut += this.#queue.accelerate(this.#least - this.#target, LIKENESS);
    } else if (this.#primed && this.#least < this.#target - shortest) {
      this.counters.repeated += this.#queue.decelerate(LIKENESS);
    }
    this.#seen = 0;
    this.#least = Number.POSITIVE_INFINITY;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#queue.drop();
    this.#primed = false;
    this.#seen = 0;
    this.#least = Number.POSITIVE_INFINITY;
  }
}
