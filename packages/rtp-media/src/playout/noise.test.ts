import { describe, expect, test } from 'vitest';
import { seededRandom } from '../testing/seeded-random';
import { Noise } from './noise';

const render = (noise: Noise, samples = 40_000) => {
  const pcm = new Int16Array(samples);
  noise.mixInto(pcm, 0, samples, 1, 1);
  return pcm;
};

/** Correlation of neighbours: above 0 the low tones prevail, below the high ones. */
const colour = (pcm: Int16Array) => {
  let cross = 0;
  let energy = 0;
  for (let i = 1; i < pcm.length; i++) {
    cross += pcm[i]! * pcm[i - 1]!;
    energy += pcm[i]! * pcm[i]!;
  }
  return cross / energy;
};

const rms = (pcm: Int16Array) => Math.sqrt(pcm.reduce((sum, value) => sum + value * value, 0) / pcm.length);

describe('comfort noise (RFC 3389)', () => {
  test.each([30, 45, 60])('a level of -%i dBov is heard as such, with or without colour', (level) => {
    for (const shape of [[], [60], [60, 180, 100, 140, 127, 127, 120, 130]]) {
      const noise = new Noise();
      noise.load(Uint8Array.of(level, ...shape));
      expect(20 * Math.log10(rms(render(noise)) / 32_768)).toBeCloseTo(-level, 0);
    }
  });

  test('reflection coefficients colour it: below 127 the low tones prevail', () => {
    const noise = new Noise();
    noise.load(Uint8Array.of(40));
    expect(Math.abs(colour(render(noise)))).toBeLessThan(0.02);
    noise.load(Uint8Array.of(40, 127 - 64));
    expect(colour(render(noise))).toBeCloseTo((258 * 64) / 32_768, 1);
    noise.load(Uint8Array.of(40, 127 + 64));
    expect(colour(render(noise))).toBeCloseTo((-258 * 64) / 32_768, 1);
  });

  test.each([
    ['below 600 Hz', '2f0ae62ab54fa35b9c5e8a', 0.75, 1],
    ['above 3 kHz', '2de9d4cdbca59f959a8f9e', -1, -0.7],
  ])('what FFmpeg 5.1 says of noise %s sounds so here', (_which, hex, least, most) => {
    const payload = Uint8Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16));
    const noise = new Noise();
    noise.load(payload);
    const made = render(noise);
    expect(colour(made)).toBeGreaterThan(least);
    expect(colour(made)).toBeLessThan(most);
    expect(Math.abs(20 * Math.log10(rms(made) / 32_768) + payload[0]!)).toBeLessThan(2);
  });

  test('any payload makes noise of a bounded level', () => {
    const random = seededRandom(4);
    const noise = new Noise();
    for (let i = 0; i < 200; i++) {
      const length = Math.floor(random() * 30);
      noise.load(Uint8Array.from({ length }, () => Math.floor(random() * 256)));
      const pcm = render(noise, 800);
      expect(rms(pcm)).toBeLessThan(32_768);
    }
    // Whatever was in the filter, it dies away.
    noise.load(Uint8Array.of(127));
    render(noise, 8000);
    expect(rms(render(noise, 800))).toBeLessThan(2);
  });

  test('background that was heard is said again with its level and colour', () => {
    const random = seededRandom(9);
    const noise = new Noise();
    const heard = new Int16Array(16_000);
    let low = 0;
    for (let i = 0; i < heard.length; i++) {
      low = 0.8 * low + (random() - 0.5) * 200;
      heard[i] = Math.round(low);
    }
    for (let i = 0; i < heard.length; i += 160) noise.hear(heard.subarray(i, i + 160), 160);
    noise.loadHeard();
    const made = render(noise);
    expect(rms(made) / rms(heard)).toBeGreaterThan(0.7);
    expect(rms(made) / rms(heard)).toBeLessThan(1.4);
    expect(colour(made)).toBeCloseTo(colour(heard), 1);
    noise.reset();
    noise.loadHeard();
    expect(rms(render(noise))).toBe(0);
  });
});
