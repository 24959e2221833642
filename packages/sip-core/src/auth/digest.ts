import { md5 } from '@noble/hashes/legacy';
import { sha256, sha512_256 } from '@noble/hashes/sha2';
import { bytesToHex } from '@noble/hashes/utils';

/** Hash algorithms of digest authentication (RFC 7616 §3.2, RFC 8760 §2), the strongest first. */
export const digestAlgorithms = ['SHA-512-256', 'SHA-256', 'MD5'] as const;

/** A hash algorithm of digest authentication. */
export type DigestAlgorithm = (typeof digestAlgorithms)[number];

/** An algorithm as challenges name it: `-sess` binds the secret to the nonces of a session (RFC 7616 §3.4.2). */
export type DigestAlgorithmName = DigestAlgorithm | `${DigestAlgorithm}-sess`;

/** Quality of protection: the request line only, or the body too (RFC 7616 §3.4.3). */
export type DigestQop = 'auth' | 'auth-int';

const hashes = { MD5: md5, 'SHA-256': sha256, 'SHA-512-256': sha512_256 };

/** Hash of text (as UTF-8) or bytes, in lower-case hexadecimal. */
export const hashHex = (algorithm: DigestAlgorithm, data: string | Uint8Array): string =>
  bytesToHex(hashes[algorithm](data));

/** Reads the `algorithm` parameter; MD5 when absent, undefined when it is unknown. */
export function parseAlgorithm(text = 'MD5'): { algorithm: DigestAlgorithm; session: boolean } | undefined {
  const session = /-sess$/i.test(text);
  const name = text.replace(/-sess$/i, '').toUpperCase();
  const algorithm = digestAlgorithms.find((each) => each === name);
  return algorithm && { algorithm, session };
}

/** Whether an algorithm is weaker than another. */
export const isWeaker = (algorithm: DigestAlgorithm, than: DigestAlgorithm): boolean =>
  digestAlgorithms.indexOf(algorithm) > digestAlgorithms.indexOf(than);

/** What a digest response is computed from. */
export interface DigestInput {
  algorithm: DigestAlgorithm;
  /** The `-sess` variant: the secret is bound to nonce and cnonce. */
  session: boolean;
  /** Hash of `username:realm:password` in the same algorithm; stands for the password. */
  ha1: string;
  /** Method of the request; empty for the proof of a server in `rspauth` (RFC 7616 §3.5). */
  method: string;
  /** The `digest-uri` as it is written in the credentials. */
  uri: string;
  nonce: string;
  /** Absent for the form of RFC 2069. */
  qop?: DigestQop | undefined;
  cnonce?: string | undefined;
  /** Eight hexadecimal digits. */
  nc?: string | undefined;
  body?: Uint8Array | undefined;
}

/** The hash that stands for a password (RFC 7616 §3.4.2). */
export const ha1 = (algorithm: DigestAlgorithm, username: string, realm: string, password: string): string =>
  hashHex(algorithm, `${username}:${realm}:${password}`);

/** The hash that stands for a user name where that is not to be read on the way (RFC 7616 §3.4.4). */
export const userHash = (algorithm: DigestAlgorithm, username: string, realm: string): string =>
  hashHex(algorithm, `${username}:${realm}`);

/** Computes `response` (RFC 7616 §3.4.1; without qop the form of RFC 2617 §3.2.2.1). */
export function digestResponse(input: DigestInput): string {
  const { algorithm, nonce, qop, cnonce = '', nc = '' } = input;
  const hash = (text: string) => hashHex(algorithm, text);
  const secret = input.session ? hash(`${input.ha1}:${nonce}:${cnonce}`) : input.ha1;
  const body = qop === 'auth-int' ? `:${hashHex(algorithm, input.body ?? new Uint8Array(0))}` : '';
  const request = hash(`${input.method}:${input.uri}${body}`);
  return hash(qop ? `${secret}:${nonce}:${nc}:${cnonce}:${qop}:${request}` : `${secret}:${nonce}:${request}`);
}
