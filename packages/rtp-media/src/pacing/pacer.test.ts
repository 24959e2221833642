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
    for (const paced of streams.slice(0, 24)) pacer.add(paced);
    clock.advance(100);
    const phases = () => new Set(streams.flatMap(({ calls }) => calls.map(({ at }) => at % 20)));
    expect(phases().size).toBe(1);
    for (const paced of streams.slice(24)) pacer.add(paced);
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

  test('a stream that one before it takes out, in the same wake-up, is not called any more', () => {
    const clock = new VirtualClock();
    const pacer = new Pacer(clock);
    const second = stream(20);
    const first = { intervalMs: 20, due: () => handle.remove() };
    pacer.add(first);
    const handle = pacer.add(second);
    clock.advance(100);
    expect(second.calls).toEqual([]);
    // Taking it out again takes nothing else out.
    const again = pacer.add(second);
    handle.remove();
    expect(pacer.size).toBe(2);
    again.remove();
    expect(pacer.size).toBe(1);
  });

  test('without streams no timer runs', () => {
    const clock = new VirtualClock();
    const pacer = new Pacer(clock);
    pacer.add(stream(20)).remove();
    clock.advance(20);
    expect(clock.pending).toBe(0);
  });

  test('a machine that slept for hours calls each stream once and goes on in step, without a burst', () => {
    const clock = new VirtualClock(3);
    const pacer = new Pacer(clock);
    const streams = [10, 20, 30, 60].map(stream);
    for (const paced of streams) pacer.add(paced);
    clock.advance(600);
    const before = streams.map(({ calls }) => calls.length);
    const hours = 9 * 3_600_000 + 1234.5;
    clock.stall(hours);
    clock.advance(0);
    for (const [i, { calls, intervalMs }] of streams.entries()) {
      expect(calls.length).toBe(before[i]! + 1);
      const [last, late] = calls.slice(-2);
      expect(late!.at - last!.at).toBe((late!.skipped + 1) * intervalMs);
      expect(clock.now() - late!.at).toBeLessThan(intervalMs);
    }
    clock.advance(600);
    for (const { calls, intervalMs } of streams) {
      const after = calls.slice(-Math.floor(500 / intervalMs));
      expect(after.every(({ skipped }) => skipped === 0)).toBe(true);
      expect(after.every(({ at }, i) => i === 0 || at - after[i - 1]!.at === intervalMs)).toBe(true);
    }
  });

  test('10, 20, 30 and 60 ms beside each other: each has all its deadlines, however many and however mixed', () => {
    const clock = new VirtualClock(0.25);
    const pacer = new Pacer(clock);
    const intervals = [10, 20, 30, 60];
    const streams = Array.from({ length: 160 }, (_, i) => stream(intervals[i % 4]!));
    for (const paced of streams) {
      pacer.add(paced);
      clock.advance(0.37);
    }
    const from = clock.now();
    const before = streams.map(({ calls }) => calls.length);
    clock.advance(6000);
    for (const [i, { calls, intervalMs }] of streams.entries()) {
      expect(Math.abs(calls.length - before[i]! - 6000 / intervalMs)).toBeLessThanOrEqual(1);
      expect(calls.every(({ skipped }) => skipped === 0)).toBe(true);
    }
    expect(clock.now() - from).toBe(6000);
  });

  test('is fair: under a thread that is always late, no stream gets less than another', () => {
    const clock = new VirtualClock();
    const pacer = new Pacer(clock);
    // Each call takes a millisecond: 40 streams of 20 ms are twice what the thread can do.
    const streams = Array.from({ length: 40 }, () => {
      const paced = stream(20);
      const due = (at: number, skipped: number) => {
        paced.due(at, skipped);
        clock.stall(1);
      };
      return { ...paced, due };
    });
    for (const paced of streams) pacer.add(paced);
    clock.advance(10_000);
    const counts = streams.map(({ calls }) => calls.length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(Math.max(...counts) - 1);
    for (const { calls } of streams) {
      const all = calls.reduce((sum, { skipped }) => sum + skipped + 1, 0);
      expect(Math.abs(all - clock.now() / 20)).toBeLessThanOrEqual(2);
    }
  });

  test('a stream that others take out while it is due goes quietly', () => {
    const clock = new VirtualClock();
    const pacer = new Pacer(clock);
    const streams = Array.from({ length: 30 }, () => stream([10, 20, 30][Math.floor(Math.random() * 3)]!));
    const handles = streams.map((paced) => pacer.add(paced));
    let removed = 0;
    const remover = pacer.add({
      intervalMs: 10,
      due() {
        handles[removed++]?.remove();
        if (removed === handles.length) remover.remove();
      },
    });
    clock.advance(1000);
    expect(pacer.size).toBe(0);
    expect(clock.pending).toBeLessThanOrEqual(1);
    const counts = streams.map(({ calls }) => calls.length);
    clock.advance(1000);
    expect(streams.map(({ calls }) => calls.length)).toEqual(counts);
    // The later it was taken out, the longer it was called.
    for (const [i, paced] of streams.entries()) {
      expect(paced.calls.length).toBeLessThanOrEqual(((i + 1) * 10) / paced.intervalMs + 1);
    }
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
