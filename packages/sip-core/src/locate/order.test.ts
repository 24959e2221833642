import { describe, expect, test } from 'vitest';
import { seededRandomBytes } from '../testing/seeded-random';
import type { SrvRecord } from './dns';
import { orderNaptr, orderSrv } from './order';

const server = (target: string, weight: number, priority = 0): SrvRecord => ({
  ttl: 60,
  priority,
  weight,
  port: 5060,
  target,
});

/** How often each comes first. */
function firsts(records: readonly SrvRecord[], times: number): Record<string, number> {
  const random = seededRandomBytes(11);
  const counts: Record<string, number> = {};
  for (let time = 0; time < times; time++) {
    const { target } = orderSrv(records, random)[0]!;
    counts[target] = (counts[target] ?? 0) + 1;
  }
  return counts;
}

describe('the order of SRV records (RFC 2782)', () => {
  test('lower priorities come first, whatever their weights', () => {
    const random = seededRandomBytes(1);
    for (let time = 0; time < 100; time++) {
      const order = orderSrv([server('backup', 60_000, 20), server('a', 1, 10), server('b', 0, 10)], random);
      expect(order[2]!.target).toBe('backup');
    }
  });

  test('weights decide how often a server comes first: chi-square against 60, 30 and 10 percent', () => {
    const times = 20_000;
    const counts = firsts([server('a', 60), server('b', 30), server('c', 10)], times);
    // The draw is among 101 numbers (0 included), so the first of the list gets one more.
    const expected = { a: (61 / 101) * times, b: (30 / 101) * times, c: (10 / 101) * times };
    const chiSquare = Object.entries(expected).reduce(
      (sum, [target, count]) => sum + ((counts[target] ?? 0) - count) ** 2 / count,
      0,
    );
    // 2 degrees of freedom: 13.8 is passed by chance once in a thousand runs.
    expect(chiSquare).toBeLessThan(13.8);
  });

  test('the second place is drawn by weight as well', () => {
    const random = seededRandomBytes(5);
    let bSecond = 0;
    for (let time = 0; time < 4_000; time++) {
      const order = orderSrv([server('a', 1_000), server('b', 30), server('c', 10)], random).map(
        ({ target }) => target,
      );
      if (order[0] === 'a' && order[1] === 'b') bSecond++;
    }
    expect(bSecond / 4_000).toBeGreaterThan(0.65);
    expect(bSecond / 4_000).toBeLessThan(0.8);
  });

  test('weight 0 beside others has a small chance, and none is lost', () => {
    const counts = firsts([server('heavy', 99), server('light', 0)], 20_000);
    expect(counts.light).toBeGreaterThan(100);
    expect(counts.light).toBeLessThan(320);
    expect(orderSrv([server('a', 0), server('b', 5), server('c', 0)], seededRandomBytes(2)).length).toBe(3);
  });

  test('where all weigh nothing, each comes first as often', () => {
    const counts = firsts([server('a', 0), server('b', 0), server('c', 0), server('d', 0)], 8_000);
    for (const target of 'abcd') expect(Math.abs(counts[target]! - 2_000)).toBeLessThan(200);
  });
});

test('NAPTR records go by order, then by preference (RFC 3403 §4.1)', () => {
  const rule = (order: number, preference: number) => ({
    ...{ ttl: 60, flags: 's', services: 'SIP+D2U', regexp: '', replacement: 'x' },
    order,
    preference,
  });
  const groups = orderNaptr([rule(90, 5), rule(50, 20), rule(50, 10)]);
  expect(groups.map((group) => group.map(({ preference }) => preference))).toEqual([[10, 20], [5]]);
});
