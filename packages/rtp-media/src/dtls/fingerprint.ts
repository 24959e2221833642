import { createHash } from 'node:crypto';

/** `a=fingerprint` (RFC 8122 §5): a hash of a certificate in DER. */
export interface Fingerprint {
  /** `sha-256` and the like; compared without regard to case. */
  readonly algorithm: string;
  /** Bytes in hexadecimal between colons; compared without regard to case. */
  readonly value: string;
}

/** Hashes that are taken, the strongest first. MD2 and MD5 prove nothing (RFC 8122 §5). */
const ALGORITHMS: readonly (readonly [name: string, digest: string])[] = [
  ['sha-512', 'sha512'],
  ['sha-384', 'sha384'],
  ['sha-256', 'sha256'],
  ['sha-224', 'sha224'],
  ['sha-1', 'sha1'],
];

/** The fingerprint of a certificate, by SHA-256 when not told otherwise. */
export function fingerprintOf(certificate: Uint8Array, algorithm = 'sha-256'): Fingerprint | undefined {
  const known = ALGORITHMS.find(([name]) => name === algorithm.toLowerCase());
  if (!known) return undefined;
  const hex = createHash(known[1]).update(certificate).digest('hex').toUpperCase();
  return { algorithm: known[0], value: hex.match(/../g)!.join(':') };
}

/**
 * Whether a certificate is the one announced: it has one of the fingerprints of the strongest hash among them that is known
 * (RFC 8122 §5).
 */
export function matchesFingerprint(certificate: Uint8Array, announced: readonly Fingerprint[]): boolean {
  const strongest = ALGORITHMS.find(([name]) => announced.some(({ algorithm }) => algorithm.toLowerCase() === name));
  if (!strongest) return false;
  const { value } = fingerprintOf(certificate, strongest[0])!;
  return announced.some(
    (each) => each.algorithm.toLowerCase() === strongest[0] && each.value.trim().toUpperCase() === value,
  );
}
