import type { Clock } from '../platform/clock';
import { sourceGroup } from './source-group';

/** Two token buckets: what a source may begin, and what it may be answered beyond that. */
interface Buckets {
  begun: number;
  answers: number;
  /** When they were filled last, in ms. */
  at: number;
}

/**
 * How often each source may begin something. A token bucket for each, filled at a steady rate up to a burst; the table is bounded,
 * and forgets first who has not been heard of longest.
 */
export class SourceRates {
  readonly #clock: Clock;
  readonly #rate: number;
  readonly #burst: number;
  readonly #half: number;
  /** Two generations: what is used moves to the young one, and the old one is thrown away as a whole. */
  #young = new Map<string, Buckets>();
  #old = new Map<string, Buckets>();

  /**
   * @param rate a second, for each source
   * @param burst most at once
   * @param maxSources sources known at a time
   */
  constructor(clock: Clock, rate: number, burst: number, maxSources: number) {
    this.#clock = clock;
    this.#rate = rate;
    this.#burst = Math.max(1, burst);
    this.#half = Math.max(1, Math.floor(maxSources / 2));
  }

  /** Sources known now. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Whether the source may begin something now; counts it. */
  begin(host: string): boolean {
    const buckets = this.#of(host);
    if (buckets.begun < 1) return false;
    buckets.begun--;
    return true;
  }

  /** Whether the source may be answered though nothing is done for it: a refusal, a repeat; counts it. */
  answer(host: string): boolean {
    const buckets = this.#of(host);
    if (buckets.answers < 1) return false;
    buckets.answers--;
    return true;
  }

  #of(host: string): Buckets {
    const source = sourceGroup(host);
    const now = this.#clock.now();
    let buckets = this.#young.get(source);
    if (!buckets) {
      buckets = this.#old.get(source) ?? { begun: this.#burst, answers: this.#burst, at: now };
      this.#old.delete(source);
      if (this.#young.size >= this.#half) {
        this.#old = this.#young;
        this.#young = new Map();
      }
      this.#young.set(source, buckets);
    }
    const gained = ((now - buckets.at) * this.#rate) / 1_000;
    buckets.begun = Math.min(this.#burst, buckets.begun + gained);
    buckets.answers = Math.min(this.#burst, buckets.answers + gained);
    buckets.at = now;
    return buckets;
  }
}
