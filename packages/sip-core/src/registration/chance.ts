import type { RandomBytes } from '../platform/random';

/** A number from 0 to 1, fine enough to tell thousands of lines apart. */
export function fraction(random: RandomBytes): number {
  const bytes = random(3);
  return ((bytes[0]! << 16) | (bytes[1]! << 8) | bytes[2]!) / 0xffffff;
}

/** A number from `least` to `most`. */
export const between = (least: number, most: number, random: RandomBytes): number =>
  least + (most - least) * fraction(random);
