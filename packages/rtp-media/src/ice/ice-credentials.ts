import type { RandomBytes } from '../platform/random';

/** What a check has to know (RFC 8839 §5.4): the fragment names the session, the password proves the offer or answer was read. */
export interface IceCredentials {
  /** 4 to 256 characters. */
  readonly ufrag: string;
  /** 22 to 256 characters. */
  readonly pwd: string;
}

/** Characters of `ice-char`. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Fresh credentials: 48 random bits name the session, 144 are its password (RFC 8445 §5.3 asks for 24 and 128). */
export function newCredentials(random: RandomBytes): IceCredentials {
  const text = (length: number) => Array.from(random(length), (byte) => ALPHABET[byte & 63]).join('');
  return { ufrag: text(8), pwd: text(24) };
}
