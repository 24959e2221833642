import type { Clock, Timer } from '../platform/clock';

/**
 * Any number of call-backs in time on one timer of a {@link Clock}: a heap by due time. Ten thousand registrations that each wait for
 * their refresh cost the process one timer.
 */
export class RefreshSchedule implements Pick<Clock, 'now' | 'setTimer'> {
  readonly #clock: Clock;
  readonly #heap: Entry[] = [];
  #order = 0;
  #timer: Timer | undefined;
  /** When the timer fires. */
  #armedFor = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Monotonic time in ms. */
  now(): number {
    return this.#clock.now();
  }

  /** Call-backs that wait. */
  get size(): number {
    return this.#heap.length;
  }

  /** Calls back once after `delay` ms. What is due at the same time comes in the order it was asked for. */
  setTimer(delay: number, callback: () => void): Timer {
    const entry = new Entry(this, this.#clock.now() + Math.max(0, delay), this.#order++, callback);
    this.#place(entry, this.#heap.length);
    this.#rise(entry);
    this.#arm();
    return entry;
  }

  /** Forgets all that waits. */
  close(): void {
    for (const entry of this.#heap) entry.index = -1;
    this.#heap.length = 0;
    this.#arm();
  }

  /** @internal */
  remove(entry: Entry): void {
    this.#take(entry);
    this.#arm();
  }

  #take(entry: Entry): void {
    const { index } = entry;
    if (index < 0) return;
    entry.index = -1;
    const last = this.#heap.pop()!;
    if (last === entry) return;
    this.#place(last, index);
    this.#rise(last);
    this.#sink(last);
  }

  #arm(): void {
    const due = this.#heap[0]?.due ?? Number.POSITIVE_INFINITY;
    // A timer that fires too early finds nothing due and is set anew: cheaper than setting it at every change.
    if (due >= this.#armedFor && due !== Number.POSITIVE_INFINITY) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#armedFor = due;
    if (due === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#clock.setTimer(Math.max(0, due - this.#clock.now()), () => this.#fire());
  }

  #fire(): void {
    this.#timer = undefined;
    // Nothing is armed while call-backs run: they set and cancel freely, and it is armed once when they are done.
    this.#armedFor = Number.NEGATIVE_INFINITY;
    const now = this.#clock.now();
    try {
      for (let first = this.#heap[0]; first && first.due <= now; first = this.#heap[0]) {
        this.#take(first);
        first.callback();
      }
    } finally {
      this.#armedFor = Number.POSITIVE_INFINITY;
      this.#arm();
    }
  }

  #place(entry: Entry, index: number): void {
    entry.index = index;
    this.#heap[index] = entry;
  }

  #rise(entry: Entry): void {
    let { index } = entry;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#heap[above]!;
      if (!entry.before(parent)) break;
      this.#place(parent, index);
      index = above;
    }
    this.#place(entry, index);
  }

  #sink(entry: Entry): void {
    let { index } = entry;
    for (;;) {
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      const least = right?.before(left!) ? right : left;
      if (!least?.before(entry)) break;
      const below = least.index;
      this.#place(least, index);
      index = below;
    }
    this.#place(entry, index);
  }
}

class Entry implements Timer {
  /** Place in the heap; -1 when it is not in it. */
  index = -1;

  constructor(
    private readonly schedule: RefreshSchedule,
    readonly due: number,
    readonly order: number,
    readonly callback: () => void,
  ) {}

  before(other: Entry): boolean {
    return this.due < other.due || (this.due === other.due && this.order < other.order);
  }

  cancel(): void {
    if (this.index >= 0) this.schedule.remove(this);
  }
}
