import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { timeLimit } from './time-limit';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = () => new Promise<never>(() => {});
const stopped = new AbortController().signal;

describe('a time limit', () => {
  it('lets through what comes in time, and leaves no timer behind', async () => {
    expect(await timeLimit(1, 'No.', stopped).race(Promise.resolve(7))).toBe(7);
    await expect(timeLimit(1, 'No.', stopped).race(Promise.reject(new Error('x')))).rejects.toThrow('x');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails as a matter of the network when time is up', async () => {
    const limit = timeLimit(2, 'The server did not answer', stopped);
    const result = expect(limit.race(never())).rejects.toMatchObject({
      exitCode: 3,
      message: 'The server did not answer within 2 s.',
    });
    vi.advanceTimersByTime(2000);
    await result;
    expect(limit.signal.aborted).toBe(true);
  });

  it('fails at once when the command is asked to stop, also when that was before', async () => {
    const controller = new AbortController();
    const result = expect(timeLimit(2, '', controller.signal).race(never())).rejects.toMatchObject({
      name: 'AbortError',
    });
    controller.abort();
    await result;
    await expect(timeLimit(2, '', controller.signal).race(never())).rejects.toMatchObject({ name: 'AbortError' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is deaf once lifted', () => {
    const controller = new AbortController();
    const limit = timeLimit(2, '', controller.signal);
    limit.lift();
    vi.advanceTimersByTime(5000);
    controller.abort();
    expect(limit.signal.aborted).toBe(false);
  });
});
