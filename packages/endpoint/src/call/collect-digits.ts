import type { Clock, Timer } from '@offhook/sip-core';
import type { Call } from './call';

/** Which digits to wait for. */
export interface CollectOptions {
  /** Digits after which it is enough; as many as come until another bound when absent. */
  max?: number;
  /** Digit that ends the input, and is no part of it, such as `#`; none when absent. */
  terminator?: string;
  /** ms to wait for the first digit; 10000 when absent. */
  firstTimeout?: number;
  /** ms to wait for each further one; 3000 when absent. */
  interDigitTimeout?: number;
  /** Ends the waiting. */
  signal?: AbortSignal;
}

/** What was pressed. */
export interface CollectedDigits {
  readonly digits: string;
  /** Why the waiting ended: enough digits, the terminator, a time-out, the end of the call, or the signal. */
  readonly reason: 'max' | 'terminator' | 'timeout' | 'ended' | 'aborted';
}

/** @internal */
export function collectDigits(call: Call, clock: Clock, options: CollectOptions): Promise<CollectedDigits> {
  const {
    max = Number.POSITIVE_INFINITY,
    terminator,
    firstTimeout = 10_000,
    interDigitTimeout = 3000,
    signal,
  } = options;
  return new Promise((resolve) => {
    let digits = '';
    let timer: Timer;
    const off = [
      call.on('dtmf', ({ digit }) => {
        timer.cancel();
        if (digit === terminator) return finish('terminator');
        digits += digit;
        if (digits.length >= max) return finish('max');
        timer = clock.setTimer(interDigitTimeout, () => finish('timeout'));
      }),
      call.on('ended', () => finish('ended')),
    ];
    const aborted = (): void => finish('aborted');
    const finish = (reason: CollectedDigits['reason']): void => {
      timer.cancel();
      for (const each of off) each();
      signal?.removeEventListener('abort', aborted);
      resolve({ digits, reason });
    };
    timer = clock.setTimer(firstTimeout, () => finish('timeout'));
    signal?.addEventListener('abort', aborted);
    if (call.state === 'disconnected') finish('ended');
    else if (signal?.aborted) finish('aborted');
  });
}
