import type { RandomBytes } from './random';

/**
 * When to renew what lasts a number of seconds, in ms: early enough for retransmissions, and scattered so that many of us do not come
 * at once.
 */
export function renewalDelay(seconds: number, random: RandomBytes): number {
  const early = Math.min(seconds * 0.5, Math.max(5, seconds * (0.1 + 0.1 * chance(random))));
  return Math.max(0.5, seconds - early) * 1_000;
}

/** A number from 0 to 1. */
export const chance = (random: RandomBytes): number => random(1)[0]! / 255;
