import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from './clock';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a timer runs once, unless it is cancelled', () => {
  const kept = vi.fn();
  const cancelled = vi.fn();
  systemClock.setTimer(500, kept);
  systemClock.setTimer(500, cancelled).cancel();
  vi.advanceTimersByTime(5000);
  expect(kept).toHaveBeenCalledOnce();
  expect(cancelled).not.toHaveBeenCalled();
});

test('a timer longer than setTimeout can count still waits (2^31 ms and more)', () => {
  const month = 31 * 86_400_000;
  const callback = vi.fn();
  const cancelled = vi.fn();
  systemClock.setTimer(month, callback);
  const timer = systemClock.setTimer(month, cancelled);
  vi.advanceTimersByTime(month - 1);
  expect(callback).not.toHaveBeenCalled();
  timer.cancel();
  vi.advanceTimersByTime(1);
  expect(callback).toHaveBeenCalledOnce();
  expect(cancelled).not.toHaveBeenCalled();
});

test('now() is monotonic ms, date() is ms since 1970', () => {
  const before = systemClock.now();
  vi.advanceTimersByTime(20);
  expect(systemClock.now() - before).toBeCloseTo(20);
  expect(systemClock.date()).toBe(Date.now());
});
