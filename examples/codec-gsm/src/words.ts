/** The arithmetic of GSM 06.10 §5.1: 16-bit words that stay at their limits where they would overflow. */

/** A number of up to 32 bits as the nearest 16-bit word. */
export const saturate = (value: number): number => ((value << 16) >> 16 === value ? value : value > 0 ? 32767 : -32768);

/** Sum of two words. */
export const add = (a: number, b: number): number => saturate(a + b);

/** Difference of two words. */
export const subtract = (a: number, b: number): number => saturate(a - b);

/**
 * Product of two fractions of 15 bits. Only that of −32768 with itself would overflow, and in this codec one of the two is always a
 * coefficient that is never −32768.
 */
export const multiply = (a: number, b: number): number => (a * b) >> 15;

/** {@link multiply}, rounded. */
export const multiplyRounded = (a: number, b: number): number => (a * b + 16384) >> 15;

/** Magnitude of a word. */
export const magnitude = (a: number): number => saturate(a < 0 ? -a : a);

/** By how many bits a positive 32-bit word may be shifted left. */
export const headroom = (value: number): number => Math.clz32(value) - 1;

/** Quotient of two words as a fraction of 15 bits; 0 ≤ `a` ≤ `b`, and `b` is not 0. */
export const divide = (a: number, b: number): number => saturate(((a << 15) / b) | 0);
