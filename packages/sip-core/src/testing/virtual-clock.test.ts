import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Timer } from '../platform/clock';
import { VirtualClock } from './virtual-clock';

describe('VirtualClock', () => {
  it('runs timers in order of their time, and of their making when that is the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ delay: fc.nat(50), cancelled: fc.boolean() }), { maxLength: 200 }),
        async (plan) => {
          const clock = new VirtualClock();
          const ran: string[] = [];
          const timers: Timer[] = [];
          for (const [index, { delay }] of plan.entries()) {
            timers.push(clock.setTimer(delay, () => ran.push(`${clock.now()} ${index}`)));
          }
          for (const [index, { cancelled }] of plan.entries()) if (cancelled) timers[index]!.cancel();
          expect(clock.pending).toBe(plan.filter(({ cancelled }) => !cancelled).length);
          await clock.advance(50);
          const due = [...plan.entries()].filter(([, { cancelled }]) => !cancelled);
          due.sort(([a, one], [b, two]) => one.delay - two.delay || a - b);
          expect(ran).toEqual(due.map(([index, { delay }]) => `${delay} ${index}`));
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('takes a hundred thousand timers, cancelled and started anew, as easily as one', async () => {
    const clock = new VirtualClock();
    let ran = 0;
    for (let index = 0; index < 100_000; index++) {
      clock.setTimer(1_000 + (index % 7), () => ran++).cancel();
      clock.setTimer(index % 1_000, () => ran++);
    }
    expect(clock.pending).toBe(100_000);
    await clock.advance(2_000);
    expect(ran).toBe(100_000);
    expect(clock.pending).toBe(0);
  });
});
