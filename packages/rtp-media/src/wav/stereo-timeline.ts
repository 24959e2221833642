/**
 * Two mono streams on one time line: each frame stands where it was heard, gaps are silence, and what is older than the
 * latest that may still come is given out interleaved.
 */
export class StereoTimeline {
  readonly #sampleRate: number;
  readonly #tolerance: number;
  /** Interleaved samples from `#base` on. */
  #samples: Int16Array;
  /** Position of the first sample kept, in samples since the start. */
  #base = 0;
  /** Where each stream goes on. */
  readonly #ends: [number, number] = [0, 0];

  /**
   * @param sampleRate Hz
   * @param toleranceMs how far a stream may be from its time before silence fills the gap
   */
  constructor(sampleRate: number, toleranceMs: number) {
    this.#sampleRate = sampleRate;
    this.#tolerance = Math.round((toleranceMs * sampleRate) / 1000);
    this.#samples = new Int16Array(sampleRate * 2);
  }

  /** Position of the first sample that was not taken yet. */
  get taken(): number {
    return this.#base;
  }

  /**
   * Puts a frame where its time is.
   *
   * @param side 0 left, 1 right
   * @param elapsedMs time since the start at the end of the frame
   * @returns how many samples of it came too late, or too far ahead, to have a place
   */
  put(side: 0 | 1, frame: Int16Array, elapsedMs: number): number {
    const due = Math.round((elapsedMs * this.#sampleRate) / 1000) - frame.length;
    let at = this.#ends[side];
    if (due - at > this.#tolerance) at = due;
    // A stream that runs ahead of the clock is not let further than twice the tolerance.
    const ahead = at - due > 2 * this.#tolerance + frame.length;
    if (ahead) return frame.length;
    const late = Math.max(0, this.#base - at);
    at += late;
    const count = frame.length - late;
    if (count <= 0) return frame.length;
    this.#makeRoom(at + count);
    let slot = (at - this.#base) * 2 + side;
    for (let i = late; i < frame.length; i++, slot += 2) this.#samples[slot] = frame[i]!;
    this.#ends[side] = at + count;
    return late;
  }

  /**
   * Takes out everything before a time, at most `most` samples a channel, and returns it interleaved; an array of its own.
   *
   * @param elapsedMs time since the start
   */
  take(elapsedMs: number, most: number): Int16Array {
    const end = Math.min(this.#base + most, Math.round((elapsedMs * this.#sampleRate) / 1000));
    const count = end - this.#base;
    if (count <= 0) return new Int16Array(0);
    const out = new Int16Array(count * 2);
    const kept = Math.min(out.length, this.#samples.length);
    out.set(this.#samples.subarray(0, kept));
    this.#samples.copyWithin(0, kept);
    this.#samples.fill(0, this.#samples.length - kept);
    this.#base = end;
    return out;
  }

  /** Time since the start where the longer stream ends, in ms. */
  get endMs(): number {
    return (Math.max(this.#ends[0], this.#ends[1]) * 1000) / this.#sampleRate;
  }

  #makeRoom(end: number): void {
    const needed = (end - this.#base) * 2;
    if (needed <= this.#samples.length) return;
    const larger = new Int16Array(needed * 2);
    larger.set(this.#samples);
    this.#samples = larger;
  }
}
