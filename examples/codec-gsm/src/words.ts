/** The arithmetic of GSM 06.10 §5.1: 16-bit words that stay at their limits where they would overflow. */

/** A number as the nearest 16-bit word. */
export const saturate = (value: number): number => Math.min(32767, Math.max(-32768, value));

/** Sum of two words. */
export const add = (a: number, b: number): number => saturate(a + b);

/** Difference of two words. */
export const subtract = (a: number, b: number): number => saturate(a - b);

/** Product of two fractions of 15 bits. */
export const multiply = (a: number, b: number): number => saturate((a * b) >> 15);

/** Product of two fractions of 15 bits, rounded. */
export const multiplyRounded = (a: number, b: number): number => saturate((a * b + 16384) >> 15);

/** Magnitude of a word. */
export const magnitude = (a: number): number => saturate(a < 0 ? -a : a);

/** By how many bits a positive 32-bit word may be shifted left. */
export const headroom = (value: number): number => Math.clz32(value) - 1;

/** Quotient of two words as a fraction of 15 bits; 0 ≤ `a` ≤ `b`, and `b` is not 0. */
export const divide = (a: number, b: number): number => saturate(((a << 15) / b) | 0);
