/** Cryptographically strong random bytes. */
export type RandomBytes = (length: number) => Uint8Array;

const LARGEST_REQUEST = 65_536;
/** Tags and branches want a few bytes each; asking the system for many at once is far cheaper. */
const POOL = new Uint8Array(4_096);
let unused = 0;

/** Random bytes of the Web Crypto API, present in browsers and in Node.js. */
export const systemRandom: RandomBytes = (length) => {
  if (length > POOL.length) return freshRandom(length);
  if (length > unused) {
    globalThis.crypto.getRandomValues(POOL);
    unused = POOL.length;
  }
  const bytes = POOL.slice(unused - length, unused);
  // What has been given out is not kept: no later reader of this memory learns a nonce or a tag.
  POOL.fill(0, unused - length, unused);
  unused -= length;
  return bytes;
};

function freshRandom(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let offset = 0; offset < length; offset += LARGEST_REQUEST) {
    globalThis.crypto.getRandomValues(bytes.subarray(offset, Math.min(offset + LARGEST_REQUEST, length)));
  }
  return bytes;
}

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
