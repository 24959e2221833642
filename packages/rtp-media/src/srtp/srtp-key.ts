import { MediaError } from '../platform/errors';
import { isSrtpSuite, SRTP_SUITES, type SrtpSuite } from './srtp-suites';

/** What one direction of a stream is protected with. {@link SrtpKey} is one that does not show its key to logs. */
export interface SrtpKeyParameters {
  readonly suite: SrtpSuite;
  /** 16 or 32 bytes, as the suite says. */
  readonly masterKey: Uint8Array;
  /** 14 bytes for counter mode, 12 for GCM. */
  readonly masterSalt: Uint8Array;
  /** Identifies this master key in each packet (RFC 3711 §3.1), 1 to 128 bytes; absent when packets carry none. */
  readonly mki?: Uint8Array | undefined;
  /** Packets the master key may protect, RTP and RTCP each; 2^48 and 2^31 (RFC 3711 §9.2), and never more, when absent. */
  readonly lifetime?: number | undefined;
  /** RTP is authenticated but not encrypted (RFC 4568 §6.3.2); false when absent. */
  readonly unencryptedSrtp?: boolean | undefined;
  /** RTCP is authenticated but not encrypted (RFC 4568 §6.3.2); false when absent. */
  readonly unencryptedSrtcp?: boolean | undefined;
}

/** Most RTP packets under one master key (RFC 3711 §9.2). */
export const MAX_SRTP_PACKETS = 2 ** 48;
/** Most RTCP packets under one master key (RFC 3711 §9.2). */
export const MAX_SRTCP_PACKETS = 2 ** 31;

/** A master key with its salt. Printing, inspecting and `JSON.stringify` show the suite, never the key. */
export class SrtpKey implements SrtpKeyParameters {
  readonly suite: SrtpSuite;
  readonly lifetime: number | undefined;
  readonly unencryptedSrtp: boolean;
  readonly unencryptedSrtcp: boolean;
  readonly #masterKey: Uint8Array;
  readonly #masterSalt: Uint8Array;
  readonly #mki: Uint8Array | undefined;

  /**
   * Copies the bytes.
   *
   * @throws MediaError `ERR_SRTP_KEY` for an unknown suite, or a length or lifetime that does not fit it
   */
  constructor(parameters: SrtpKeyParameters) {
    checkSrtpKey(parameters);
    const { suite, masterKey, masterSalt, mki, lifetime } = parameters;
    this.suite = suite;
    this.lifetime = lifetime;
    this.unencryptedSrtp = parameters.unencryptedSrtp ?? false;
    this.unencryptedSrtcp = parameters.unencryptedSrtcp ?? false;
    this.#masterKey = masterKey.slice();
    this.#masterSalt = masterSalt.slice();
    this.#mki = mki?.slice();
  }

  get masterKey(): Uint8Array {
    return this.#masterKey;
  }

  get masterSalt(): Uint8Array {
    return this.#masterSalt;
  }

  get mki(): Uint8Array | undefined {
    return this.#mki;
  }

  /** Whether both would protect packets alike, with the same lifetime or another. */
  equals(other: SrtpKeyParameters): boolean {
    return (
      this.suite === other.suite &&
      this.unencryptedSrtp === (other.unencryptedSrtp ?? false) &&
      this.unencryptedSrtcp === (other.unencryptedSrtcp ?? false) &&
      sameBytes(this.#masterKey, other.masterKey) &&
      sameBytes(this.#masterSalt, other.masterSalt) &&
      sameBytes(this.#mki ?? NOTHING, other.mki ?? NOTHING)
    );
  }

  toString(): string {
    return `SrtpKey(${this.suite})`;
  }

  /** What may be shown of it: its suite, not its key. */
  toJSON(): { suite: SrtpSuite } {
    return { suite: this.suite };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

const NOTHING = new Uint8Array(0);

/** Takes as long for equal bytes as for others. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

/** @throws MediaError `ERR_SRTP_KEY` */
export function checkSrtpKey({ suite, masterKey, masterSalt, mki, lifetime }: SrtpKeyParameters): void {
  if (!isSrtpSuite(suite)) throw refused(`the suite "${String(suite).slice(0, 40)}" is not known`);
  const { keyBytes, saltBytes } = SRTP_SUITES[suite];
  if (masterKey.length !== keyBytes) throw refused(`${suite} takes a master key of ${keyBytes} bytes`);
  if (masterSalt.length !== saltBytes) throw refused(`${suite} takes a master salt of ${saltBytes} bytes`);
  if (mki && (mki.length < 1 || mki.length > 128)) throw refused('an MKI has 1 to 128 bytes');
  if (lifetime !== undefined && !(Number.isInteger(lifetime) && lifetime >= 1 && lifetime <= MAX_SRTP_PACKETS)) {
    throw refused('a lifetime is a number of packets from 1 to 2^48');
  }
}

const refused = (what: string) => new MediaError('ERR_SRTP_KEY', `This SRTP key cannot be used: ${what}.`);
