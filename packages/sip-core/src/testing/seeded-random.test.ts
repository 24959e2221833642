import { describe, expect, it } from 'vitest';
import { seededRandom, seededRandomBytes } from './seeded-random';

describe('seeded chance', () => {
  it('is the same in every run with the same seed, and another with another', () => {
    const draw = (seed: number) => [...seededRandomBytes(seed)(16)];
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('is evenly spread over neighbouring seeds from the first number on, so that many seeds are many cases', () => {
    for (let place = 0; place < 3; place++) {
      const numbers = Array.from({ length: 1_000 }, (_, seed) => {
        const random = seededRandom(seed);
        for (let skipped = 0; skipped < place; skipped++) random();
        return random();
      });
      for (let tenth = 0; tenth < 10; tenth++) {
        const share = numbers.filter((number) => Math.floor(number * 10) === tenth).length;
        expect(share, `number ${place}, tenth ${tenth}`).toBeGreaterThan(50);
        expect(share, `number ${place}, tenth ${tenth}`).toBeLessThan(150);
      }
    }
  });
});
