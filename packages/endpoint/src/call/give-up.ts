import type { Clock } from '@offhook/sip-core';

/** When a call is given up by itself. */
export interface GiveUp {
  clock: Clock;
  /** The application's signal. */
  signal?: AbortSignal | undefined;
  /** ms to wait for an answer. */
  timeout?: number | undefined;
  /** Settles when there is nothing to wait for any more. */
  answered: Promise<unknown>;
  aborted(reason: unknown): void;
  timedOut(timeout: number): void;
}

/**
 * Watches over the signal and the time limit of a call.
 *
 * @returns a function that stops watching
 */
export function watch({ clock, signal, timeout, answered, aborted, timedOut }: GiveUp): () => void {
  const abort = (): void => aborted(signal!.reason);
  if (signal?.aborted) queueMicrotask(abort);
  else signal?.addEventListener('abort', abort, { once: true });
  const timer = timeout === undefined ? undefined : clock.setTimer(timeout, () => timedOut(timeout));
  const stopTimer = (): void => timer?.cancel();
  if (timer) answered.then(stopTimer, stopTimer);
  return () => {
    signal?.removeEventListener('abort', abort);
    stopTimer();
  };
}
