import { MediaError } from '../platform/errors';

/** Settings of {@link Limiter}. */
export interface LimiterOptions {
  /** Hz; 8000 when absent. */
  sampleRate?: number;
  /** dBFS that no sample goes beyond; -1 when absent. */
  ceilingDb?: number;
  /** ms that it looks ahead, and delays; 5 when absent. */
  lookAheadMs?: number;
  /** Time constant in ms of the return to full gain; 80 when absent. */
  releaseMs?: number;
}

/**
 * Holds peaks under a ceiling by turning down before they come: what is said is heard `lookAheadMs` later, its
 * wave form kept. Takes samples beyond 16 bits, as a gain before it makes them.
 */
export class Limiter {
  /** Samples that it delays. */
  readonly delay: number;
  readonly #ceiling: number;
  readonly #release: number;
  readonly #samples: Float32Array;
  /** The gain that each sample of the window needs: those that can still be the least, in order (a monotonic queue). */
  readonly #least: Float64Array;
  readonly #leastAt: Float64Array;
  #first = 0;
  #count = 0;
  /** Gains of the window, of which the mean is applied. */
  readonly #gains: Float64Array;
  #sum: number;
  #gain = 1;
  #position = 0;

  constructor(options: LimiterOptions = {}) {
    const { sampleRate = 8000, ceilingDb = -1, lookAheadMs = 5, releaseMs = 80 } = options;
    if (!(ceilingDb <= 0)) throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give a limiter a ceiling of 0 dB or less.');
    if (!(lookAheadMs > 0 && releaseMs > 0))
      throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give limiters more than 0 ms.');
    this.delay = Math.max(1, Math.round((lookAheadMs * sampleRate) / 1000));
    this.#ceiling = 32_767 * 10 ** (ceilingDb / 20);
    this.#release = 1 - Math.exp(-1000 / (releaseMs * sampleRate));
    const size = this.delay + 1;
    this.#samples = new Float32Array(size);
    this.#least = new Float64Array(size);
    this.#leastAt = new Float64Array(size);
    this.#gains = new Float64Array(size).fill(1);
    this.#sum = size;
  }

  /** The gain of the last sample, 1 when nothing was limited. */
  get gain(): number {
    return this.#sum / this.#gains.length;
  }

  /**
   * Limits a frame into `output`, which may be the same array.
   *
   * @param input samples on the scale of 16 bits, as large as they are
   */
  process(input: ArrayLike<number>, output: Int16Array, count = input.length): void {
    const size = this.#samples.length;
    for (let i = 0; i < count; i++) {
      const sample = input[i]!;
      const slot = this.#position % size;
      this.#samples[slot] = sample;
      const least = this.#need(Math.abs(sample));
      this.#gain = Math.min(least, this.#gain + (1 - this.#gain) * this.#release);
      this.#sum += this.#gain - this.#gains[slot]!;
      this.#gains[slot] = this.#gain;
      this.#position++;
      const delayed = this.#samples[this.#position % size]!;
      const limited = (delayed * this.#sum) / size;
      output[i] = Math.round(Math.max(-this.#ceiling, Math.min(this.#ceiling, limited)));
    }
    // Sums of many small steps wander; one look at the truth a frame keeps them.
    this.#sum = this.#gains.reduce((sum, gain) => sum + gain, 0);
  }

  /** The least gain that a sample of the window needs, with one more sample in it. */
  #need(size: number): number {
    const room = this.#least.length;
    const need = size > this.#ceiling ? this.#ceiling / size : 1;
    if (this.#count > 0 && this.#leastAt[this.#first]! <= this.#position - room) {
      this.#first = (this.#first + 1) % room;
      this.#count--;
    }
    while (this.#count > 0 && this.#least[(this.#first + this.#count - 1) % room]! >= need) this.#count--;
    const end = (this.#first + this.#count) % room;
    this.#least[end] = need;
    this.#leastAt[end] = this.#position;
    this.#count++;
    return this.#least[this.#first]!;
  }
}
