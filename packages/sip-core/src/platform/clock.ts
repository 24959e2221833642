/** A pending call-back of a {@link Clock}. */
export interface Timer {
  /** Forgets the call-back; harmless when it has run. */
  cancel(): void;
}

/** Monotonic time and timers, handed in so that protocol logic runs in virtual time. */
export interface Clock {
  /** Monotonic time in ms. */
  now(): number;
  /** Wall-clock time in ms since 1970-01-01 UTC. */
  date(): number;
  /** Calls back once after `delay` ms. */
  setTimer(delay: number, callback: () => void): Timer;
}

const LONGEST_DELAY = 0x7fffffff;

/** The clock of the machine: `performance.now`, `Date.now` and `setTimeout`. A timer longer than 24.8 days waits in steps. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  setTimer(delay, callback) {
    const due = performance.now() + delay;
    let handle: ReturnType<typeof setTimeout>;
    const arm = (remaining: number): void => {
      handle =
        remaining > LONGEST_DELAY
          ? setTimeout(() => arm(due - performance.now()), LONGEST_DELAY)
          : setTimeout(callback, remaining);
    };
    arm(delay);
    return { cancel: () => clearTimeout(handle) };
  },
};
