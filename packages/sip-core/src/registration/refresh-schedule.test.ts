import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock';
import { RefreshSchedule } from './refresh-schedule';

describe('a schedule', () => {
  test('ten thousand call-backs, one timer of the clock', async () => {
    const clock = new VirtualClock();
    const schedule = new RefreshSchedule(clock);
    const called: number[] = [];
    for (let line = 0; line < 10_000; line++) {
      const delay = (line * 7_919) % 10_007;
      schedule.setTimer(delay, () => called.push(delay));
    }
    expect([schedule.size, clock.pending]).toEqual([10_000, 1]);
    await clock.advance(10_007);
    expect(called).toHaveLength(10_000);
    expect(called).toEqual([...called].sort((a, b) => a - b));
    expect([schedule.size, clock.pending]).toEqual([0, 0]);
  });

  test('calls back what was not cancelled, when it is due, in the order it was asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ delay: fc.nat(50), cancelled: fc.boolean() }), { maxLength: 40 }),
        async (wanted) => {
          const clock = new VirtualClock();
          const schedule = new RefreshSchedule(clock);
          const called: [number, number][] = [];
          const timers = wanted.map(({ delay }, index) =>
            schedule.setTimer(delay, () => called.push([clock.now(), index])),
          );
          wanted.forEach(({ cancelled }, index) => {
            if (cancelled) timers[index]!.cancel();
          });
          await clock.advance(60);
          const expected = wanted
            .map(({ delay, cancelled }, index) => ({ delay, cancelled, index }))
            .filter(({ cancelled }) => !cancelled)
            .sort((a, b) => a.delay - b.delay || a.index - b.index)
            .map(({ delay, index }) => [delay, index]);
          expect(called).toEqual(expected);
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('a call-back may set and cancel others, and one that throws stops nobody', async () => {
    const clock = new VirtualClock();
    const schedule = new RefreshSchedule(clock);
    const called: string[] = [];
    const victim = schedule.setTimer(20, () => called.push('cancelled'));
    schedule.setTimer(10, () => {
      victim.cancel();
      schedule.setTimer(5, () => called.push('later'));
      called.push('first');
    });
    schedule.setTimer(12, () => {
      throw new Error('broken');
    });
    await expect(clock.advance(13)).rejects.toThrow('broken');
    await clock.advance(20);
    expect(called).toEqual(['first', 'later']);
  });

  test('closed, it leaves no timer', () => {
    const clock = new VirtualClock();
    const schedule = new RefreshSchedule(clock);
    const timer = schedule.setTimer(10, () => {});
    schedule.close();
    timer.cancel();
    expect(clock.pending).toBe(0);
  });
});
