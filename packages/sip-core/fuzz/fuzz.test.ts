import { describe, expect, test } from 'vitest';
import { Chance, seedOf } from './chance';
import { failureOf, reduce } from './reduce';
import { bytesOf, type FuzzTarget, textOf } from './target';
import { targets } from './targets';

/** The same inputs every time; others, or more, by `pnpm fuzz`. */
const SEED = 3261;

describe.each(targets)('$name', (target) => {
  test(target.promise, { timeout: 60_000 }, async () => {
    for (let index = 0; index < target.usual; index++) {
      const input = target.make(new Chance(seedOf(SEED, index)));
      try {
        await target.check(input);
      } catch (cause) {
        throw new Error(`pnpm fuzz --target ${target.name} --seed ${SEED} --from ${index} --count 1`, { cause });
      }
    }
  });

  test('makes the same input of the same seed, and others of others', () => {
    const texts = (seed: number) => target.make(new Chance(seed)).map(textOf).join('|');
    expect(texts(seedOf(7, 1))).toBe(texts(seedOf(7, 1)));
    const several = new Set(Array.from({ length: 20 }, (_, index) => texts(seedOf(7, index))));
    expect(several.size).toBeGreaterThan(15);
  });
});

test('an input that fails is made smaller as long as it fails in the same way', async () => {
  const target: FuzzTarget = {
    ...{ name: 'x', promise: '', usual: 0 },
    make: () => [],
    check(input) {
      const text = input.map(textOf).join('');
      if (text.includes('Q') && text.includes('7')) throw new Error('both');
      if (text.includes('Q')) throw new TypeError('one');
    },
  };
  const input = ['abc', 'xxQxx', 'nothing', '1234567890'].map(bytesOf);
  const failure = await failureOf(target, input);
  expect((await reduce(target, input, failure!, 500)).map(textOf)).toEqual(['Q', '7']);
});
