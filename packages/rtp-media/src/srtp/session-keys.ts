import { createCipheriv } from 'node:crypto';
import type { SrtpKeyParameters } from './srtp-key';
import { SRTP_SUITES } from './srtp-suites';

// Node.js file: AES.

/** Keys of one kind of packet, made of a master key. */
export interface SessionKeys {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
  /** For HMAC-SHA1; empty where the cipher authenticates. */
  readonly authenticationKey: Uint8Array;
}

/** Labels of RFC 3711 §4.3.1 and §4.3.2. */
const LABELS = { rtp: 0, rtcp: 3 } as const;
const AUTHENTICATION_KEY_BYTES = 20;
/** A salt of 112 bits; the shorter one of GCM is continued with zeros (RFC 7714 §11). */
const SALT_BYTES = 14;

/**
 * The session keys of a master key (RFC 3711 §4.3, RFC 6188 §3, RFC 7714 §11), at a key derivation rate of zero: they are
 * made once.
 */
export function deriveSessionKeys(
  { suite, masterKey, masterSalt }: Pick<SrtpKeyParameters, 'suite' | 'masterKey' | 'masterSalt'>,
  kind: 'rtp' | 'rtcp',
): SessionKeys {
  const { keyBytes, saltBytes, mode } = SRTP_SUITES[suite];
  const label = LABELS[kind];
  return {
    key: derive(masterKey, masterSalt, label, keyBytes),
    authenticationKey: derive(masterKey, masterSalt, label + 1, mode === 'counter' ? AUTHENTICATION_KEY_BYTES : 0),
    salt: derive(masterKey, masterSalt, label + 2, saltBytes),
  };
}

/** The pseudo-random function of RFC 3711 §4.3.3: key stream of the master key from a place that the label gives. */
export function derive(masterKey: Uint8Array, masterSalt: Uint8Array, label: number, length: number): Uint8Array {
  const start = new Uint8Array(16);
  start.set(masterSalt);
  // The label stands above 48 bits of index, which a derivation rate of zero keeps at zero.
  start[SALT_BYTES - 7]! ^= label;
  const stream = createCipheriv(`aes-${masterKey.length * 8}-ctr`, masterKey, start);
  return new Uint8Array(stream.update(new Uint8Array(length)));
}
