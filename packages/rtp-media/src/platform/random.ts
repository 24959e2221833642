/** Gives `length` cryptographically strong random bytes. */
export type RandomBytes = (length: number) => Uint8Array;

/** Random bytes from the host's Web Crypto. */
export const systemRandom: RandomBytes = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length));

/** A random unsigned integer of 32 bits, as RFC 3550 §5.1 asks for an SSRC and a first timestamp. */
export function randomUint32(random: RandomBytes): number {
  const bytes = random(4);
  return ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0;
}

/** A random number from 0 (included) to 1 (excluded). */
export function randomFraction(random: RandomBytes): number {
  return randomUint32(random) / 0x1_0000_0000;
}
