import { CommandError } from './command-error';
import { exitCodes } from './exit-codes';

/** A signal that aborts when the command is asked to stop, or after a time, until it is lifted. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** The signal does not abort any more. */
  lift(): void;
  /** Settles as `promise` does, or rejects with the signal's reason when it aborts before; then lifts the limit. */
  race<T>(promise: Promise<T>): Promise<T>;
}

/**
 * Limits how long a command waits for others.
 *
 * @param seconds how long
 * @param what what has not happened then: a sentence without its full stop
 * @param interruption aborted when the command is asked to stop
 */
export function timeLimit(seconds: number, what: string, interruption: AbortSignal): TimeLimit {
  const controller = new AbortController();
  const { signal } = controller;
  const stop = () => controller.abort(interruption.reason);
  const timer = setTimeout(() => {
    controller.abort(new CommandError('ERR_TIMEOUT', `${what} within ${seconds} s.`, exitCodes.network));
  }, seconds * 1000);
  if (interruption.aborted) stop();
  else interruption.addEventListener('abort', stop);
  const lift = () => {
    clearTimeout(timer);
    interruption.removeEventListener('abort', stop);
  };
  return {
    signal,
    lift,
    race(promise) {
      const aborted = new Promise<never>((_, reject) => {
        if (signal.aborted) reject(signal.reason);
        else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      return Promise.race([promise, aborted]).finally(lift);
    },
  };
}
