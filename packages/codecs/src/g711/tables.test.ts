import { describe, expect, test } from 'vitest';
import { linearFromALaw } from './a-law';
import { linearFromMuLaw } from './mu-law';
import { compandingTables } from './tables';

/** Decision values of ITU-T G.711 table 1a: 32 steps of 2, then six segments of 16 steps, each twice as wide as before. */
const decisionsOfALaw = (() => {
  const values = Array.from({ length: 33 }, (_, n) => 2 * n);
  for (let segment = 2; segment <= 7; segment++) {
    for (let step = 0; step < 16; step++) values.push(values.at(-1)! + 2 ** segment);
  }
  return values;
})();

/** Decision values of table 2a: 0 and 1, 15 steps of 2, then seven segments of 16 steps. */
const decisionsOfMuLaw = (() => {
  const values = [0, 1];
  for (let step = 0; step < 15; step++) values.push(values.at(-1)! + 2);
  for (let segment = 2; segment <= 8; segment++) {
    for (let step = 0; step < 16; step++) values.push(values.at(-1)! + 2 ** segment);
  }
  return values;
})();

const laws = [
  { law: 'A-law', linearFromCode: linearFromALaw, decisions: decisionsOfALaw, scale: 8, virtual: 4096, differing: 126 },
  {
    law: 'µ-law',
    linearFromCode: linearFromMuLaw,
    decisions: decisionsOfMuLaw,
    scale: 4,
    virtual: 8159,
    differing: 128,
  },
];

describe.each(laws)(
  '$law beside the tables of ITU-T G.711',
  ({ linearFromCode, decisions, scale, virtual, differing }) => {
    const { linear, code } = compandingTables(linearFromCode);
    /** Codes of the positive half, by the size of what they stand for. */
    const positive = [...linear.keys()].filter((each) => each & 0x80).sort((a, b) => linear[a]! - linear[b]!);
    const values = Array.from({ length: 16384 }, (_, index) => (index - 8192) * 4);
    const codeOf = (value: number) => code[(value >> 2) + 8192]!;

    test('there are 128 steps up to the virtual decision value', () => {
      expect(decisions).toHaveLength(129);
      expect(decisions.at(-1)).toBe(virtual);
    });

    test('each output value is the middle of its step, and negative codes mirror positive ones', () => {
      positive.forEach((each, step) => {
        const middle = ((decisions[step]! + decisions[step + 1]!) / 2) * scale;
        // The first step of µ-law goes from -1 to 1, so its middle is zero (table 2a, note 3).
        expect(linear[each]).toBe(decisions[1] === 1 && step === 0 ? 0 : middle);
        expect(linear[each ^ 0x80]).toBe(-linear[each]! || 0);
      });
    });

    test('a larger sample never has a smaller output', () => {
      for (let i = 1; i < values.length; i++) {
        expect(linear[codeOf(values[i]!)]!).toBeGreaterThanOrEqual(linear[codeOf(values[i - 1]!)]!);
      }
    });

    test('the code is that of the Recommendation, but where a nearer output exists', () => {
      let found = 0;
      for (const value of values) {
        const magnitude = Math.abs(value) / scale;
        const step = Math.min(
          127,
          decisions.findLastIndex((decision) => decision <= magnitude),
        );
        const recommended = positive[step]! ^ (value < 0 ? 0x80 : 0);
        if (codeOf(value) === recommended) continue;
        found++;
        expect(Math.abs(linear[codeOf(value)]! - value)).toBeLessThanOrEqual(Math.abs(linear[recommended]! - value));
      }
      expect(found).toBe(differing);
    });
  },
);
