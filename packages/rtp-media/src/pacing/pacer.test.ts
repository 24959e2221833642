import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock';
import { Pacer } from './pacer';

function stream(intervalMs: number) {
  const calls: { at: number; skipped: number }[] = [];
  return { intervalMs, calls, due: (at: number, skipped: number) => void calls.push({ at, skipped }) };
}

describe('pacer', () => {
  test('calls at absolute deadlines: an hour has its 180,000 frames of 20 ms, none late', () => {
    const clock = new VirtualClock(123.4);
    const pacer = new Pacer(clock);
    let count = 0;
    let worst = 0;
    pacer.add({
      intervalMs: 20,
      due(at, skipped) {
        count++;
        worst = Math.max(worst, clock.now() - at, skipped);
      },
    });
    clock.advance(3_600_000);
    expect(count).toBe(180_000);
    expect(worst).toBe(0);
  });

  test('a late wake-up calls once, says what it slept through, and goes on in step', () => {
    const clock = new VirtualClock(5);
    const pacer = new Pacer(clock);
    const paced = stream(20);
    pacer.add(paced);
    clock.advance(40);
    clock.stall(95);
    clock.advance(45);
    expect(paced.calls).toEqual([
      { at: 20, skipped: 0 },
      { at: 40, skipped: 0 },
      { at: 140, skipped: 4 },
      { at: 160, skipped: 0 },
      { at: 180, skipped: 0 },
    ]);
  });

  test('streams of one interval share wake-ups until there are many', () => {
    const clock = new VirtualClock();
    const pacer = new Pacer(clock);
    const streams = Array.from({ length: 200 }, () => stream(20));
    for (const paced of streams.slice(0, 8)) pacer.add(paced);
    clock.advance(100);
    const phases = () => new Set(streams.flatMap(({ calls }) => calls.map(({ at }) => at % 20)));
    expect(phases().size).toBe(1);
    for (const paced of streams.slice(8)) pacer.add(paced);
    clock.advance(100);
    expect([...phases()].sort((a, b) => a - b)).toEqual([0, 5, 10, 15]);
    const loads = new Map<number, number>();
    for (const { calls } of streams) loads.set(calls.at(-1)!.at % 20, (loads.get(calls.at(-1)!.at % 20) ?? 0) + 1);
    expect([...loads.values()]).toEqual(Array(4).fill(50));
  });

  test('streams of different intervals keep their own', () => {
    const clock = new VirtualClock();
    const pacer = new Pacer(clock);
    const [ten, twenty, thirty] = [stream(10), stream(20), stream(30)];
    for (const paced of [ten, twenty, thirty]) pacer.add(paced);
    clock.advance(600);
    expect([ten, twenty, thirty].map(({ calls }) => calls.length)).toEqual([60, 30, 20]);
  });

  test('a stream may take itself or another out, or add one, while it is called', () => {
    const clock = new VirtualClock();
    const pacer = new Pacer(clock);
    const later = stream(20);
    let own = 0;
    const handle = pacer.add({
      intervalMs: 20,
      due() {
        own++;
        handle.remove();
        pacer.add(later);
      },
    });
    clock.advance(200);
    expect(own).toBe(1);
    expect(later.calls.length).toBeGreaterThanOrEqual(8);
    expect(pacer.size).toBe(1);
  });

  test('without streams no timer runs', () => {
    const clock = new VirtualClock();
    const pacer = new Pacer(clock);
    pacer.add(stream(20)).remove();
    clock.advance(20);
    expect(clock.pending).toBe(0);
  });

  test('whatever the stalls, deadlines called and skipped add up, and none comes twice', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 0, max: 200, noNaN: true }), fc.integer({ min: 1, max: 100 }))),
        (steps) => {
          const clock = new VirtualClock();
          const pacer = new Pacer(clock);
          const paced = stream(20);
          pacer.add(paced);
          for (const [stall, run] of steps) {
            clock.stall(stall);
            clock.advance(run);
          }
          let deadline = 0;
          for (const { at, skipped } of paced.calls) {
            expect(at).toBeCloseTo(deadline + 20 * (skipped + 1), 6);
            deadline = at;
          }
          expect(clock.now() - deadline).toBeLessThan(21);
        },
      ),
    );
  });
});
