import { describe, expect, test } from 'vitest';
import { Chance, seedOf } from './chance';
import { type FuzzTarget, textOf } from './target';

/** The same inputs every time; others, or more, by `pnpm fuzz`. */
const SEED = 3261;

/** The tests of targets: a fixed number of inputs each. */
export function fuzzTests(targets: readonly FuzzTarget[]): void {
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
}
