import type { MeasureSpread } from './quality-monitor';

/** Least, greatest and mean of values. */
export class Spread {
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #sum = 0;
  #count = 0;

  add(value: number): void {
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    this.#sum += value;
    this.#count++;
  }

  /** Undefined before there was a value. */
  get value(): MeasureSpread | undefined {
    return this.#count === 0 ? undefined : { min: this.#min, max: this.#max, mean: this.#sum / this.#count };
  }
}
