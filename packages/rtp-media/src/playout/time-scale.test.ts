import { describe, expect, test } from 'vitest';
import { bestLag, lengthen, overlapSamples, shorten } from './time-scale';

const sine = (period: number, length = 400) =>
  Int16Array.from({ length }, (_, i) => Math.round(10_000 * Math.sin((2 * Math.PI * i) / period)));

/** The largest step between neighbours: a click shows as a step that the sine itself does not have. */
const steepest = (pcm: Int16Array, length: number) =>
  pcm.subarray(1, length).reduce((most, value, i) => Math.max(most, Math.abs(value - pcm[i]!)), 0);

describe('leaving audio out and putting it in', () => {
  test.each([30, 50, 79])('the best lag of a voice is its period (%i samples)', (period) => {
    expect(bestLag(sine(period), 160, 8000) % period).toBe(0);
  });

  test('shorter and longer by a period, the wave goes on', () => {
    const pcm = sine(50);
    expect(shorten(pcm, 160, 50, 8000)).toBe(110);
    expect([...pcm.subarray(0, 110)]).toEqual([...sine(50).subarray(0, 110)]);
    const more = sine(50);
    expect(lengthen(more, 160, 50, 8000)).toBe(210);
    expect([...more.subarray(0, 210)]).toEqual([...sine(50).subarray(0, 210)]);
  });

  test('at any other length there is a bend but no click', () => {
    const natural = steepest(sine(50), 160);
    for (let amount = 1; amount < 140; amount += 9) {
      const less = sine(50);
      expect(steepest(less, shorten(less, 160, amount, 8000))).toBeLessThan(natural * 2);
      const more = sine(50);
      expect(steepest(more, lengthen(more, 160, amount, 8000))).toBeLessThan(natural * 2);
    }
  });

  test('what is too short, or has no room, is left as it is', () => {
    const pcm = sine(50);
    expect(shorten(pcm, 160, 160 - overlapSamples(8000) + 1, 8000)).toBe(160);
    expect(shorten(pcm, 160, 0, 8000)).toBe(160);
    expect(lengthen(pcm, 160, 150, 8000)).toBe(160);
    expect(lengthen(pcm.subarray(0, 170), 160, 50, 8000)).toBe(160);
    expect(pcm).toEqual(sine(50));
  });
});
