/** Cryptographically strong random bytes. */
export type RandomBytes = (length: number) => Uint8Array;

const LARGEST_REQUEST = 65_536;

/** Random bytes of the Web Crypto API, present in browsers and in Node.js. */
export const systemRandom: RandomBytes = (length) => {
  const bytes = new Uint8Array(length);
  for (let offset = 0; offset < length; offset += LARGEST_REQUEST) {
    globalThis.crypto.getRandomValues(bytes.subarray(offset, Math.min(offset + LARGEST_REQUEST, length)));
  }
  return bytes;
};

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * A random token for tags, branches, Call-IDs and nonces: each character carries 5 bits.
 *
 * @param random Source of randomness.
 * @param length Number of characters; default 16, which is 80 bits (RFC 3261 §19.3 asks a tag for 32).
 */
export function randomToken(random: RandomBytes, length = 16): string {
  const bytes = random(length);
  let token = '';
  for (let index = 0; index < length; index++) token += ALPHABET[bytes[index]! & 31];
  return token;
}
