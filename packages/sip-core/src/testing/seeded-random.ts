import type { RandomBytes } from '../platform/random';

/** Numbers from 0 (included) to 1 (excluded) that are the same in every run with the same seed. */
export function seededRandom(seed: number): () => number {
  // Spread over all bits (Knuth's multiplier), as small states give small first numbers. 0 would stay 0.
  let state = Math.imul(seed, 0x9e37_79b1) || 1;
  return () => {
    // Xorshift, 32 bits (Marsaglia 2003).
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}

/** Random bytes that are the same in every run with the same seed. */
export function seededRandomBytes(seed: number): RandomBytes {
  const random = seededRandom(seed);
  return (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256));
}
