/** A running timer; cancelling a timer that already fired does nothing. */
export interface Timer {
  /** Stops it. */
  cancel(): void;
}

/** Monotonic time and timers, handed in so that media logic runs in virtual time. */
export interface Clock {
  /** Monotonic time in ms; never goes back and has no fixed origin. */
  now(): number;
  /** Wall-clock time in ms since 1970-01-01 UTC. */
  date(): number;
  /** Calls back once, `delay` ms from now. */
  setTimer(delay: number, callback: () => void): Timer;
}

/** The real clock on the timers every JavaScript host has: about 1 ms coarse, good for protocol timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  setTimer(delay, callback) {
    const handle = setTimeout(callback, Math.max(0, delay));
    return { cancel: () => clearTimeout(handle) };
  },
};
