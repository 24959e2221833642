import { hmac } from '@noble/hashes/hmac';
import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils';
import type { Clock } from '../platform/clock';
import { type RandomBytes, randomToken } from '../platform/random';

/** Nonces whose counts are remembered at most. */
const MAX_COUNTED = 10_000;

interface Counted {
  readonly issued: number;
  /** Highest nonce count taken. */
  count: number;
}

/**
 * Issues nonces and takes each of their counts once (RFC 7616 §3.3, §3.4.6). A nonce carries its own time and a keyed hash, so
 * that challenges cost no memory, however many strangers ask for them; only nonces that good credentials came with are kept.
 */
export class NonceBook {
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #lifetime: number;
  readonly #secret: Uint8Array;
  readonly #counted = new Map<string, Counted>();
  /** Nonces issued up to then, in ms of the clock, are not taken for new: their counts may have been forgotten. */
  #forgotten = Number.NEGATIVE_INFINITY;

  /** @param lifetime how long a nonce can be used, in ms */
  constructor(clock: Clock, random: RandomBytes, lifetime: number) {
    this.#clock = clock;
    this.#random = random;
    this.#lifetime = lifetime;
    this.#secret = random(32);
  }

  issue(): string {
    const content = `${Math.floor(this.#clock.now()).toString(36)}.${randomToken(this.#random, 16)}`;
    return `${content}.${this.#sign(content)}`;
  }

  /**
   * Uses a nonce. To be called for right credentials only.
   *
   * @returns false when it is not ours or too old, or its count is not higher than all before
   */
  take(nonce: string, count: number): boolean {
    const issued = this.#issued(nonce);
    const now = this.#clock.now();
    if (issued === undefined || issued + this.#lifetime < now) return false;
    const known = this.#counted.get(nonce);
    if (known) {
      if (count <= known.count) return false;
      known.count = count;
      return true;
    }
    if (count < 1 || issued <= this.#forgotten) return false;
    this.#makeRoom(now);
    this.#counted.set(nonce, { issued, count });
    return true;
  }

  #issued(nonce: string): number | undefined {
    const end = nonce.lastIndexOf('.');
    if (end < 0 || !sameText(this.#sign(nonce.slice(0, end)), nonce.slice(end + 1))) return undefined;
    return Number.parseInt(nonce, 36);
  }

  #sign(content: string): string {
    return bytesToHex(hmac(sha256, this.#secret, utf8ToBytes(content)).subarray(0, 16));
  }

  #makeRoom(now: number): void {
    for (const [nonce, { issued }] of this.#counted) {
      if (issued + this.#lifetime >= now && this.#counted.size < MAX_COUNTED) return;
      this.#counted.delete(nonce);
      this.#forgotten = Math.max(this.#forgotten, issued);
    }
  }
}

/** Compares in a time that does not tell where two texts differ. */
export function sameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
