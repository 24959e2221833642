import { hmac } from '@noble/hashes/hmac';
import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils';
import type { Clock } from '../platform/clock';
import { type RandomBytes, randomToken } from '../platform/random';

/** Nonces whose counts are remembered at most. */
const MAX_COUNTED = 10_000;
/** How far behind the highest count of a nonce a request may come: requests of one line overtake each other. */
const WINDOW = 128;

interface Counted {
  readonly issued: number;
  /** Highest nonce count taken. */
  highest: number;
  /** Counts taken: bit 0 is the highest, bit 1 the one below it. */
  taken: bigint;
}

/** Settings of a {@link NonceBook}. */
export interface NonceBookOptions {
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** How long a nonce can be used, in ms. */
  readonly lifetime: number;
  /** Shared by processes that take each other's nonces; of this book alone when absent. */
  readonly secret?: Uint8Array | undefined;
}

/**
 * Issues nonces and takes each of their counts once (RFC 7616 §3.3, §3.4.6). A nonce carries its own time and a keyed hash, so
 * that challenges cost no memory, however many strangers ask for them; only nonces that good credentials came with are kept.
 */
export class NonceBook {
  readonly #options: NonceBookOptions;
  /** Has taken in the secret already; copied for each nonce. */
  readonly #keyed: ReturnType<typeof hmac.create>;
  readonly #counted = new Map<string, Counted>();
  /** Nonces issued up to then, in ms of the clock, are not taken for new: their counts may have been forgotten. */
  #forgotten = Number.NEGATIVE_INFINITY;

  constructor(options: NonceBookOptions) {
    this.#options = options;
    this.#keyed = hmac.create(sha256, options.secret ?? options.random(32));
  }

  issue(): string {
    const content = `${Math.floor(this.#now()).toString(36)}.${randomToken(this.#options.random, 16)}`;
    return `${content}.${this.#sign(content)}`;
  }

  /** Age of a nonce of ours in ms; undefined when it is not ours. */
  age(nonce: string): number | undefined {
    const end = nonce.lastIndexOf('.');
    if (end < 0 || !sameText(this.#sign(nonce.slice(0, end)), nonce.slice(end + 1))) return undefined;
    return this.#now() - Number.parseInt(nonce, 36);
  }

  /**
   * Uses a nonce. To be called for right credentials only.
   *
   * @returns `old` when it is not ours, or too old to know; `replayed` when its count was taken before, or is too far behind
   */
  take(nonce: string, count: number): 'taken' | 'old' | 'replayed' {
    const age = this.age(nonce);
    if (age === undefined || age > this.#options.lifetime) return 'old';
    if (count < 1) return 'replayed';
    const known = this.#counted.get(nonce);
    if (known) return mark(known, count) ? 'taken' : 'replayed';
    const now = this.#now();
    const issued = now - age;
    if (issued <= this.#forgotten) return 'old';
    this.#makeRoom(now);
    this.#counted.set(nonce, { issued, highest: count, taken: 1n });
    return 'taken';
  }

  /** Number of nonces whose counts are remembered. */
  get size(): number {
    return this.#counted.size;
  }

  /** Processes that share a secret share the time of the world only. */
  #now(): number {
    const { clock, secret } = this.#options;
    return secret ? clock.date() : clock.now();
  }

  #sign(content: string): string {
    return bytesToHex(this.#keyed.clone().update(utf8ToBytes(content)).digest().subarray(0, 16));
  }

  #makeRoom(now: number): void {
    for (const [nonce, { issued }] of this.#counted) {
      if (issued + this.#options.lifetime >= now && this.#counted.size < MAX_COUNTED) return;
      this.#counted.delete(nonce);
      this.#forgotten = Math.max(this.#forgotten, issued);
    }
  }
}

/** Marks a count as taken; false when it was before, or nobody remembers. */
function mark(counted: Counted, count: number): boolean {
  const ahead = count - counted.highest;
  if (ahead > 0) {
    const kept = ahead < WINDOW ? BigInt.asUintN(WINDOW, counted.taken << BigInt(ahead)) : 0n;
    counted.taken = kept | 1n;
    counted.highest = count;
    return true;
  }
  const bit = 1n << BigInt(-ahead);
  if (-ahead >= WINDOW || (counted.taken & bit) !== 0n) return false;
  counted.taken |= bit;
  return true;
}

/** Compares in a time that does not tell where two texts differ. */
export function sameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
