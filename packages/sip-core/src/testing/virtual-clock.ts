import type { Clock, Timer } from '../platform/clock';

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
  /** Whether it waits no more: it has run, or was cancelled. */
  done: boolean;
}

/** Time that passes only when told to: 32 seconds of retransmissions take a millisecond, and every run is the same. */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #epoch: number;
  /** A heap: what is due first stands first. What was cancelled is left in it until its turn, or until it is too much. */
  #timers: Pending[] = [];
  #waiting = 0;

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
    const timer: Pending = { at: this.#now + Math.max(0, delay), order: this.#order++, callback, done: false };
    this.#waiting++;
    push(this.#timers, timer);
    return { cancel: () => this.#cancel(timer) };
  }

  #cancel(timer: Pending): void {
    if (timer.done) return;
    timer.done = true;
    this.#waiting--;
    if (this.#timers.length < 64 || this.#timers.length < 4 * this.#waiting) return;
    // Sorted, it is a heap again.
    this.#timers = this.#timers.filter(({ done }) => !done).sort((a, b) => (before(a, b) ? -1 : 1));
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#waiting;
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
      pop(this.#timers);
      next.done = true;
      this.#waiting--;
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
    // Nothing waits for time any more; there may be a long row of promises to its end.
    for (let rest = 0; rest < 20 && !settled; rest++) await settle();
    if (!settled) throw new Error(`Nothing has happened after ${limit} ms of virtual time.`);
    return promise;
  }

  #next(end: number): Pending | undefined {
    let first = this.#timers[0];
    while (first?.done) {
      pop(this.#timers);
      first = this.#timers[0];
    }
    return first && first.at <= end ? first : undefined;
  }
}

const before = (a: Pending, b: Pending): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Pending[], timer: Pending): void {
  let index = heap.length;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!before(timer, heap[parent]!)) break;
    heap[index] = heap[parent]!;
    index = parent;
  }
  heap[index] = timer;
}

/** Takes out what stands first. */
function pop(heap: Pending[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, last)) break;
    heap[index] = heap[child]!;
    index = child;
  }
  heap[index] = last;
}

/** Lets everything that waits for a promise go on, however many promises in a row. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
