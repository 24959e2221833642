import { Pacer } from '../pacing/pacer';
import type { Clock } from '../platform/clock';

// Node.js file: setImmediate and blocking Atomics.wait.

/** A timer of the host is taken to be up to this late; the rest is waited for precisely. */
const COARSE_MS = 1;
/** Below this the thread is busy: the time left is spent reading sockets, not sleeping. */
const BUSY_MS = 2;
/** What waking from a precise wait takes. */
const WAKE_MS = 0.03;
/** After a wake-up this late, sockets are read before the timer's work is done. */
const STALL_MS = 5;

const cell = new Int32Array(new SharedArrayBuffer(4));
/** Hosts such as Electron forbid their main thread to wait. */
let mayWait = true;

function rest(ms: number): void {
  if (!mayWait) return;
  try {
    Atomics.wait(cell, 0, 0, ms);
  } catch {
    mayWait = false;
  }
}

/**
 * A clock whose timers fire within about 0.2 ms of their deadline where the host's own are 1 ms coarse. The last
 * millisecond before a deadline is slept away in the thread (`Atomics.wait`), which costs next to no CPU and holds up
 * other work by 1 ms at most; a thread too busy for that gets the host's timers.
 *
 * Meant for the pacer: one timer at a time, not thousands.
 */
export const preciseClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  setTimer(delay, callback) {
    const deadline = performance.now() + delay;
    let immediate: NodeJS.Immediate | undefined;
    const wake = (): void => {
      const left = deadline - performance.now();
      if (left < -STALL_MS) {
        immediate = setImmediate(callback);
        return;
      }
      if (left > 2 * WAKE_MS && delay > BUSY_MS) rest(left - WAKE_MS);
      callback();
    };
    if (delay <= 0) {
      immediate = setImmediate(callback);
      return { cancel: () => clearImmediate(immediate) };
    }
    const coarse = delay > BUSY_MS ? Math.floor(delay) - COARSE_MS : Math.max(1, Math.round(delay - COARSE_MS / 2));
    const timeout = setTimeout(wake, coarse);
    return {
      cancel() {
        clearTimeout(timeout);
        clearImmediate(immediate);
      },
    };
  },
};

let pacer: Pacer | undefined;

/** The pacer of this thread, on the {@link preciseClock}: what every session uses that is given no other. */
export function sharedPacer(): Pacer {
  pacer ??= new Pacer(preciseClock);
  return pacer;
}
