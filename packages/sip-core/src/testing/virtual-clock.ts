import type { Clock, Timer } from '../platform/clock';

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Time that passes only when told to: 32 seconds of retransmissions take a millisecond, and every run is the same. */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #epoch: number;
  readonly #timers = new Set<Pending>();

  /** @param epoch wall-clock time in ms since 1970 at the beginning */
  constructor(epoch = Date.UTC(2024, 0, 1)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#epoch + this.#now;
  }

  setTimer(delay: number, callback: () => void): Timer {
    const timer: Pending = { at: this.#now + Math.max(0, delay), order: this.#order++, callback };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /**
   * Lets `ms` pass. Timers run in order of their time; promises settle after each of them.
   *
   * @param ms 0 runs what is due now
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const next = this.#next(end);
      if (!next) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settle();
    }
    this.#now = end;
  }

  /** Lets time pass, at most `limit` ms, until the promise has settled; then answers what it settled to. */
  async until<T>(promise: Promise<T>, limit = 120_000): Promise<T> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    promise.then(mark, mark);
    await settle();
    const end = this.#now + limit;
    while (!settled && this.#now < end) {
      const next = this.#next(end);
      if (!next) break;
      await this.advance(Math.max(0, next.at - this.#now));
    }
    if (!settled) throw new Error(`Nothing has happened after ${limit} ms of virtual time.`);
    return promise;
  }

  #next(end: number): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of this.#timers) {
      if (timer.at > end) continue;
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
    }
    return first;
  }
}

/** Lets everything that waits for a promise go on, however many promises in a row. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
