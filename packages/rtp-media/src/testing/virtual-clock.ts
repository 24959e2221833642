import type { Clock, Timer } from '../platform/clock';

interface Pending {
  at: number;
  order: number;
  callback: () => void;
}

/** Time that passes only when told to, so that an hour of a call takes a second and every run is the same. */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #epoch: number;
  readonly #pending: Pending[] = [];

  /**
   * @param now first reading of `now()` in ms
   * @param epoch wall-clock time in ms since 1970 at `now() === 0`
   */
  constructor(now = 0, epoch = Date.UTC(2024, 0, 1)) {
    this.#now = now;
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
    // A binary heap: memory networks keep a timer for every packet under way.
    push(this.#pending, timer);
    return {
      cancel() {
        timer.callback = nothing;
      },
    };
  }

  /** How many timers wait, cancelled ones included until their time comes. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Lets `ms` pass: timers run in order of their time, each seeing `now()` at its own time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#pending[0];
      if (!next || next.at > end) break;
      pop(this.#pending);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }

  /** Like {@link advance}, in steps between which promises settle. */
  async run(ms: number, step = 10): Promise<void> {
    const end = this.#now + ms;
    while (this.#now < end) {
      this.advance(Math.min(step, end - this.#now));
      for (let i = 0; i < 10; i++) await Promise.resolve();
    }
  }

  /** Makes the thread busy: `ms` pass without any timer running, as in a long computation. */
  stall(ms: number): void {
    this.#now += ms;
  }
}

/** The same passing of time seen by a crystal that is off: `ppm` millionths fast (positive) or slow. */
export class DriftingClock implements Clock {
  readonly #clock: Clock;
  readonly #factor: number;

  constructor(clock: Clock, ppm: number) {
    this.#clock = clock;
    this.#factor = 1 + ppm / 1e6;
  }

  now(): number {
    return this.#clock.now() * this.#factor;
  }

  date(): number {
    return this.#clock.date();
  }

  setTimer(delay: number, callback: () => void): Timer {
    return this.#clock.setTimer(delay / this.#factor, callback);
  }
}

function nothing(): void {}

function before(a: Pending, b: Pending): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Pending[], item: Pending): void {
  let i = heap.push(item) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!before(item, heap[parent]!)) break;
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = item;
}

function pop(heap: Pending[]): void {
  const last = heap.pop()!;
  const size = heap.length;
  if (size === 0) return;
  let i = 0;
  for (;;) {
    let child = i * 2 + 1;
    if (child >= size) break;
    if (child + 1 < size && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, last)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
}
