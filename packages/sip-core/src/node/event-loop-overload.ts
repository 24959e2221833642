import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** Settings of an {@link EventLoopOverload}. */
export interface EventLoopOverloadOptions {
  /** Longest that the event loop may lag, as the 90th percentile of a second, in ms; 100 when absent. */
  limit?: number;
}

const RESOLUTION = 10;
const PERIOD = 1_000;

/**
 * Tells whether this process has too much to do, by how late its event loop is: for `limits.overload`.
 *
 * @example
 * ```ts
 * const load = new EventLoopOverload();
 * const stack = new SipStack({ transports, limits: { overload: () => load.overloaded } });
 * ```
 */
export class EventLoopOverload {
  readonly #limit: number;
  readonly #histogram: IntervalHistogram;
  readonly #timer: NodeJS.Timeout;
  #overloaded = false;

  constructor({ limit = 100 }: EventLoopOverloadOptions = {}) {
    this.#limit = limit;
    this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
    this.#histogram.enable();
    this.#timer = setInterval(() => this.#look(), PERIOD);
    this.#timer.unref();
  }

  /** Whether the event loop lagged more than the limit in the last second. */
  get overloaded(): boolean {
    return this.#overloaded;
  }

  /** Looks no more. */
  close(): void {
    clearInterval(this.#timer);
    this.#histogram.disable();
    this.#overloaded = false;
  }

  #look(): void {
    // The histogram counts the interval of the measurement itself.
    const lag = this.#histogram.percentile(90) / 1e6 - RESOLUTION;
    this.#overloaded = lag > this.#limit;
    this.#histogram.reset();
  }
}
