import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readWav } from '../wav/wav-format';
import { StretchQueue } from './stretch-queue';

const wav = readWav(readFileSync(new URL('../../../../apps/quickstart/assets/speech.wav', import.meta.url)));

const tone = (hz: number, rate: number, seconds = 2) =>
  Int16Array.from({ length: rate * seconds }, (_, i) => Math.round(10_000 * Math.sin((2 * Math.PI * hz * i) / rate)));

/**
 * Changes the length of `pcm` at every third packet of 20 ms, where the sound allows it.
 *
 * @returns what came out, and for each 20 ms of it the sample of `pcm` that it begins with
 */
function stretch(pcm: Int16Array, rate: number, direction: 1 | -1, likeness = 0.9) {
  const queue = new StretchQueue(rate);
  const packet = rate / 50;
  const out: number[] = [];
  const from: number[] = [];
  const frame = new Int16Array(packet);
  for (let i = 0; i + packet <= pcm.length; i += packet) {
    queue.push(pcm.subarray(i, i + packet), packet);
    if ((i / packet) % 3 === 2) {
      if (direction > 0) queue.decelerate(likeness);
      else queue.accelerate(packet, likeness);
    }
    while (queue.length >= packet) {
      from.push(i + packet - queue.length);
      queue.shift(frame, packet);
      out.push(...frame);
    }
  }
  return { changed: Int16Array.from(out), from };
}

/** Pitch in Hz: the mean distance between rising zero crossings of a tone. */
function frequency(pcm: Int16Array, rate: number): number {
  let first = -1;
  let last = 0;
  let periods = -1;
  for (let i = 1; i < pcm.length; i++) {
    if (pcm[i - 1]! >= 0 || pcm[i]! < 0) continue;
    last = i - pcm[i]! / (pcm[i]! - pcm[i - 1]!);
    if (first < 0) first = last;
    periods++;
  }
  return (periods * rate) / (last - first);
}

/** Pitch period in samples, between them, of the 30 ms that begin at `start`; undefined when there is none. */
function pitch(pcm: Int16Array, rate: number, start: number): number | undefined {
  const window = Math.round(rate * 0.03);
  const longest = Math.round(rate / 70);
  if (start < 0 || start + window + longest + 1 >= pcm.length) return undefined;
  const score = (lag: number) => {
    let cross = 0;
    let energy = 1e6;
    let other = 1e6;
    for (let i = start; i < start + window; i++) {
      cross += pcm[i]! * pcm[i + lag]!;
      energy += pcm[i]! ** 2;
      other += pcm[i + lag]! ** 2;
    }
    return cross / Math.sqrt(energy * other);
  };
  let best = 0.85;
  let period: number | undefined;
  for (let lag = Math.round(rate / 300); lag <= longest; lag++) {
    const likeness = score(lag);
    if (likeness <= best + (period === undefined ? 0 : 0.01)) continue;
    best = likeness;
    period = lag;
  }
  if (period === undefined) return undefined;
  // The top of the parabola through the three scores.
  const [before, top, after] = [score(period - 1), score(period), score(period + 1)];
  return period + (before - after) / (2 * (before - 2 * top + after));
}

const steepest = (pcm: Int16Array) =>
  pcm.reduce((most, value, i) => (i === 0 ? 0 : Math.max(most, Math.abs(value - pcm[i - 1]!))), 0);

describe('changing length without changing pitch', () => {
  for (const rate of [8000, 16_000, 44_100, 48_000]) {
    test.each([90, 137, 220, 411, 1000])(`a tone of %i Hz at ${rate} Hz stays what it is, without a click`, (hz) => {
      const pcm = tone(hz, rate);
      for (const direction of [1, -1] as const) {
        const { changed } = stretch(pcm, rate, direction);
        const share = changed.length / pcm.length;
        if (direction > 0) expect(share).toBeGreaterThan(1.04);
        else expect(share).toBeLessThan(0.96);
        expect(Math.abs(frequency(changed, rate) / hz - 1)).toBeLessThan(0.01);
        expect(steepest(changed)).toBeLessThan(steepest(pcm) * 1.3 + 50);
      }
    });
  }

  test.each([1, -1] as const)('speech keeps its pitch and has no clicks (direction %i)', (direction) => {
    const { samples, sampleRate } = wav;
    const { changed, from } = stretch(samples, sampleRate, direction, 0.8);
    expect(Math.abs(changed.length / samples.length - 1)).toBeGreaterThan(0.03);
    const ratios: number[] = [];
    for (const [i, start] of from.entries()) {
      const before = pitch(samples, sampleRate, start);
      const after = pitch(changed, sampleRate, (i * sampleRate) / 50);
      // An octave is the measure's mistake.
      if (before && after && Math.abs(Math.log2(after / before)) < 0.5) ratios.push(after / before);
    }
    expect(ratios.length).toBeGreaterThan(50);
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    const median = ratios.sort((a, b) => a - b)[ratios.length >> 1]!;
    expect(Math.abs(mean - 1)).toBeLessThan(0.01);
    expect(Math.abs(median - 1)).toBeLessThan(0.005);
    expect(steepest(changed)).toBeLessThanOrEqual(steepest(samples) * 1.05);
  });

  test('an onset is neither left out nor said twice', () => {
    const queue = new StretchQueue(8000);
    const onset = new Int16Array(160);
    onset.set(tone(150, 8000).subarray(0, 40), 120);
    queue.push(new Int16Array(160), 160);
    queue.shift(new Int16Array(160), 160);
    queue.push(onset.subarray(100), 60);
    expect(queue.accelerate(160, 0.9)).toBe(0);
    expect(queue.length).toBe(60);
  });

  test('silence is as long as it is wanted', () => {
    const queue = new StretchQueue(8000);
    queue.pushSilence(320);
    expect(queue.leaveOut(133)).toBe(133);
    expect(queue.repeat(51)).toBe(51);
    expect(queue.length).toBe(320 - 133 + 51);
    expect(queue.leaveOut(10_000)).toBe(238 - queue.overlap);
    queue.drop();
    expect(queue.length).toBe(0);
    expect([queue.leaveOut(1), queue.repeat(1), queue.accelerate(100, 0), queue.decelerate(0)]).toEqual([0, 0, 0, 0]);
  });

  test('whatever is done, every sample is accounted for', () => {
    const step = fc.tuple(
      fc.constantFrom('push', 'shift', 'accelerate', 'decelerate', 'leaveOut', 'repeat'),
      fc.nat(400),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const queue = new StretchQueue(8000);
        const speech = wav.samples.subarray(20_000);
        const frame = new Int16Array(400);
        let length = 0;
        for (const [what, count] of steps) {
          if (what === 'push') {
            queue.push(speech.subarray(length), count);
            length += count;
          } else if (what === 'shift') length -= queue.shift(frame, count);
          else if (what === 'accelerate') length -= queue.accelerate(count, 0.3);
          else if (what === 'decelerate') length += queue.decelerate(0.3);
          else if (what === 'leaveOut') length -= queue.leaveOut(count);
          else length += queue.repeat(count);
          expect(queue.length).toBe(length);
        }
      }),
      { numRuns: 200 },
    );
  });
});
