import { KEY_BYTES, type SrtpSuite } from './srtp-suites';

/** What {@link SdesKey} is made of. */
export interface SdesKeyParameters {
  readonly suite: SrtpSuite;
  /** Master key, then master salt (RFC 4568 §6.1), as many bytes as the suite takes. */
  readonly keyAndSalt: Uint8Array;
  readonly mki?: Uint8Array | undefined;
  readonly lifetime?: number | undefined;
  readonly unencryptedSrtp?: boolean;
  readonly unencryptedSrtcp?: boolean;
}

/**
 * A master key of `a=crypto` (RFC 4568) and how packets are protected with it. Printing, inspecting and `JSON.stringify` show
 * the suite, never the key.
 */
export class SdesKey {
  readonly suite: SrtpSuite;
  /** Packets it may protect; undefined when the description did not say. */
  readonly lifetime: number | undefined;
  /** RTP is authenticated, not encrypted (RFC 4568 §6.3.2). */
  readonly unencryptedSrtp: boolean;
  /** RTCP is authenticated, not encrypted (RFC 4568 §6.3.2). */
  readonly unencryptedSrtcp: boolean;
  readonly #keyAndSalt: Uint8Array;
  readonly #mki: Uint8Array | undefined;

  constructor({ suite, keyAndSalt, mki, lifetime, ...flags }: SdesKeyParameters) {
    this.suite = suite;
    this.lifetime = lifetime;
    this.unencryptedSrtp = flags.unencryptedSrtp ?? false;
    this.unencryptedSrtcp = flags.unencryptedSrtcp ?? false;
    this.#keyAndSalt = keyAndSalt;
    this.#mki = mki;
  }

  /** A copy of the master key (RFC 3711 §3.2.1), of the length the suite has. */
  get masterKey(): Uint8Array {
    return this.#keyAndSalt.slice(0, KEY_BYTES[this.suite].key);
  }

  /** A copy of the master salt (RFC 3711 §3.2.1), 14 or 12 bytes. */
  get masterSalt(): Uint8Array {
    return this.#keyAndSalt.slice(KEY_BYTES[this.suite].key);
  }

  /** Names the key in each packet (RFC 3711 §3.1); undefined when packets carry no name. */
  get mki(): Uint8Array | undefined {
    return this.#mki?.slice();
  }

  /** The same key under other flags. */
  with(flags: { unencryptedSrtp?: boolean; unencryptedSrtcp?: boolean }): SdesKey {
    const { suite, lifetime } = this;
    return new SdesKey({ suite, lifetime, keyAndSalt: this.#keyAndSalt, mki: this.#mki, ...flags });
  }

  /** Whether suite, key, salt and MKI are the same. */
  isSameKeyAs(other: SdesKey): boolean {
    const [a, b] = [this, other].map((key) => `${key.suite} ${key.#keyAndSalt} ${key.#mki}`);
    return a === b;
  }

  /** The `inline` value, which anybody who reads it can use. @internal */
  toInline(): string {
    return btoa(String.fromCharCode(...this.#keyAndSalt));
  }

  /** Its suite, not its key. */
  toString(): string {
    return `SdesKey(${this.suite})`;
  }

  /** What may be shown of it: its suite, not its key. */
  toJSON(): { suite: SrtpSuite } {
    return { suite: this.suite };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
