import type { RandomBytes } from '../platform/random';
import type { NaptrRecord, SrvRecord } from './dns';

/** Groups of equal rank, the lowest rank first. */
function byRank<T>(items: readonly T[], rank: (item: T) => number): T[][] {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(rank(item));
    if (group) group.push(item);
    else groups.set(rank(item), [item]);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/** NAPTR records by order, and by preference where the order is the same (RFC 3403 §4.1). */
export const orderNaptr = <T extends NaptrRecord>(records: readonly T[]): T[][] =>
  byRank(records, ({ order }) => order).map((group) => group.sort((a, b) => a.preference - b.preference));

/**
 * SRV records in the order they are to be tried (RFC 2782, "Weight"): by priority, and by chance where that is the same, each with
 * the likelihood of its weight.
 */
export function orderSrv<T extends SrvRecord>(records: readonly T[], random: RandomBytes): T[] {
  return byRank(records, ({ priority }) => priority).flatMap((group) => shuffleByWeight(group, random));
}

function shuffleByWeight<T extends SrvRecord>(group: readonly T[], random: RandomBytes): T[] {
  // Those of weight 0 stand first: they are drawn only when the number drawn is 0.
  const left = [...group].sort((a, b) => Number(a.weight > 0) - Number(b.weight > 0));
  let sum = left.reduce((total, { weight }) => total + weight, 0);
  const drawn: T[] = [];
  while (left.length > 1) {
    const wanted = sum === 0 ? 0 : Math.floor(chance(random) * (sum + 1));
    // Where all weigh nothing, each is as likely as any other.
    let index = sum === 0 ? Math.floor(chance(random) * left.length) : 0;
    if (sum > 0) {
      let running = left[0]!.weight;
      while (running < wanted) running += left[++index]!.weight;
    }
    const [next] = left.splice(index, 1);
    sum -= next!.weight;
    drawn.push(next!);
  }
  return [...drawn, ...left];
}

/** A number from 0 to below 1. */
export function chance(random: RandomBytes): number {
  const [a, b, c, d] = random(4) as unknown as [number, number, number, number];
  return (a * 0x1_00_00_00 + b * 0x1_00_00 + c * 0x1_00 + d) / 0x1_0000_0000;
}
