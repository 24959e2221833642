import { describe, expect, test } from 'vitest';
import { seededRandom } from '../testing/seeded-random';
import { voice } from '../testing/voice';
import { correlate, correlateSegments } from './correlate';
import { levelDbfs, signalToNoise, toneLevelDbfs } from './level';

const sine = (amplitude: number, frequency: number, length = 8000) =>
  Int16Array.from({ length }, (_, i) => Math.round(amplitude * Math.sin((2 * Math.PI * frequency * i) / 8000)));

/** `pcm` later by `lag` samples, or earlier when negative. */
function shifted(pcm: Int16Array, lag: number, gain = 1): Int16Array {
  const out = new Int16Array(pcm.length + Math.max(0, lag));
  for (let i = 0; i < out.length; i++) out[i] = Math.round((pcm[i - lag] ?? 0) * gain);
  return out;
}

describe('correlation', () => {
  const said = voice(3);

  test.each([0, 1, 37, 4001, -250])('finds a lag of %i samples, whatever the gain', (lag) => {
    const found = correlate(said, shifted(said, lag, 0.3));
    expect(found.lag).toBe(lag);
    expect(found.correlation).toBeGreaterThan(0.99);
  });

  test('unrelated voices do not correlate, inverted ones not positively', () => {
    expect(correlate(said, voice(3, 8000, 99)).correlation).toBeLessThan(0.4);
    expect(correlate(said, shifted(said, 0, -1)).correlation).toBeLessThan(0.9);
  });

  test('looks no further than it is told', () => {
    expect(correlate(said, shifted(said, 500), { maxLag: 100 }).correlation).toBeLessThan(0.9);
    expect(Math.abs(correlate(said, shifted(said, 500), { maxLag: 100 }).lag)).toBeLessThanOrEqual(100);
  });

  test('nothing and silence correlate with nothing', () => {
    expect(correlate(new Int16Array(0), said)).toEqual({ correlation: 0, lag: 0 });
    expect(correlate(new Int16Array(100), said).correlation).toBe(0);
  });

  test('agrees with its definition', () => {
    const random = seededRandom(4);
    const noise = () => Int16Array.from({ length: 50 }, () => Math.round((random() - 0.5) * 2000));
    const [a, b] = [noise(), noise()];
    let best = 0;
    for (let lag = -25; lag <= 25; lag++) {
      let [cross, energyA, energyB] = [0, 0, 0];
      for (let i = Math.max(0, -lag); i < Math.min(50, 50 - lag); i++) {
        cross += a[i]! * b[i + lag]!;
        energyA += a[i]! ** 2;
        energyB += b[i + lag]! ** 2;
      }
      best = Math.max(best, cross / Math.sqrt(energyA * energyB));
    }
    expect(correlate(a, b).correlation).toBeCloseTo(best, 9);
  });

  test('piece by piece it follows a delay that changes', () => {
    const recorded = new Int16Array(said.length + 400);
    recorded.set(said.subarray(0, 12_000), 100);
    recorded.set(said.subarray(12_000), 12_000 + 400);
    const { correlation, segments } = correlateSegments(said, recorded, { segment: 2000 });
    expect(correlation).toBeGreaterThan(0.99);
    expect(segments[0]!.lag).toBe(100);
    expect(segments.at(-1)!.lag).toBe(400);
    expect(correlate(said, recorded).correlation).toBeLessThan(0.9);
  });
});

describe('levels', () => {
  test('a full sine is 0 dBFS, a tenth of it -20', () => {
    expect(levelDbfs(sine(32_767, 1000))).toBeCloseTo(0, 2);
    expect(levelDbfs(sine(3276.7, 1000))).toBeCloseTo(-20, 2);
    expect(levelDbfs(new Int16Array(10))).toBe(Number.NEGATIVE_INFINITY);
  });

  test('one frequency is told from another', () => {
    const tone = sine(3276.7, 1000);
    expect(toneLevelDbfs(tone, 8000, 1000)).toBeCloseTo(-20, 1);
    expect(toneLevelDbfs(tone, 8000, 1500)).toBeLessThan(-60);
  });

  test('noise of a tenth of the amplitude is 20 dB below', () => {
    const [signal, noise] = [sine(10_000, 500), sine(1000, 1700)];
    const both = signal.map((value, i) => value + noise[i]!);
    expect(signalToNoise(signal, both)).toBeCloseTo(20, 1);
    expect(
      signalToNoise(
        signal,
        both.map((value) => value / 2),
      ),
    ).toBeCloseTo(20, 1);
    expect(signalToNoise(new Int16Array(10), both)).toBe(Number.NEGATIVE_INFINITY);
  });
});
