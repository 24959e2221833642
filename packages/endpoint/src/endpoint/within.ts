import type { Clock } from '@offhook/sip-core';

/** Waits for a promise, but no longer than `timeout` ms. */
export async function within(clock: Clock, timeout: number, promise: Promise<unknown>): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = clock.setTimer(timeout, resolve);
    const done = (): void => {
      timer.cancel();
      resolve();
    };
    promise.then(done, done);
  });
}
