import type { Clock, Timer } from './clock';

/** One that waits, linked to those before and after it. */
class Waiting implements Timer {
  before: Waiting | undefined = undefined;
  after: Waiting | undefined = undefined;

  constructor(
    private readonly queue: FixedDelay,
    readonly due: number,
    /** `undefined` once it has run, or was cancelled. */
    public callback: (() => void) | undefined,
  ) {}

  cancel(): void {
    if (this.callback !== undefined) this.queue.remove(this);
  }
}

/**
 * Timers that all wait equally long, as the transactions of RFC 3261 do for 64*T1: they run in the order they were set, so one
 * timer of the clock serves them all. A server has a hundred thousand of them.
 */
export class FixedDelay {
  #first: Waiting | undefined;
  #last: Waiting | undefined;
  #timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    /** In ms. */
    readonly delay: number,
  ) {}

  /** Calls back once after the delay. */
  set(callback: () => void): Timer {
    const waiting = new Waiting(this, this.clock.now() + this.delay, callback);
    waiting.before = this.#last;
    if (this.#last === undefined) this.#first = waiting;
    else this.#last.after = waiting;
    this.#last = waiting;
    this.#timer ??= this.clock.setTimer(this.delay, () => this.#run());
    return waiting;
  }

  /** @internal */
  remove(waiting: Waiting): void {
    const { before, after } = waiting;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    waiting.callback = waiting.before = waiting.after = undefined;
    if (this.#first !== undefined) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** The clock may come a little early: what is due within this millisecond runs. */
  #run(): void {
    this.#timer = undefined;
    const now = this.clock.now() + 1;
    for (let next = this.#first; next !== undefined && next.due < now; next = this.#first) {
      const { callback } = next;
      this.remove(next);
      try {
        callback!();
      } catch (error) {
        this.#arm();
        throw error;
      }
    }
    this.#arm();
  }

  #arm(): void {
    if (this.#first === undefined || this.#timer !== undefined) return;
    this.#timer = this.clock.setTimer(Math.max(0, this.#first.due - this.clock.now()), () => this.#run());
  }
}

/** A clock whose timers of one delay, the one there are most of, share one of its own. */
export function withFixedDelay(clock: Clock, delay: number): Clock {
  const fixed = new FixedDelay(clock, delay);
  return {
    now: () => clock.now(),
    date: () => clock.date(),
    setTimer: (each, callback) => (each === delay ? fixed.set(callback) : clock.setTimer(each, callback)),
  };
}
