import { createHash, createHmac, timingSafeEqual, verify, X509Certificate } from 'node:crypto';

/** Handshake messages of DTLS 1.2 (RFC 6347 §4.3.2) that hold a proof or what it is about. */
export const HANDSHAKE = {
  CLIENT_HELLO: 1,
  SERVER_HELLO: 2,
  CERTIFICATE: 11,
  SERVER_KEY_EXCHANGE: 12,
  CERTIFICATE_VERIFY: 15,
  FINISHED: 20,
} as const;

/** The first certificate of a Certificate message (RFC 5246 §7.4.2), in DER. */
export function readCertificate(body: Uint8Array): Uint8Array | undefined {
  if (body.length < 6) return undefined;
  const length = (body[3]! << 16) | (body[4]! << 8) | body[5]!;
  return length > 0 && body.length >= 6 + length ? new Uint8Array(body.subarray(6, 6 + length)) : undefined;
}

/** The random of a ServerHello or ClientHello (RFC 5246 §7.4.1). */
export const readRandom = (body: Uint8Array): Uint8Array | undefined =>
  body.length >= 34 ? new Uint8Array(body.subarray(2, 34)) : undefined;

interface Signed {
  readonly hash: number;
  readonly algorithm: number;
  readonly signature: Uint8Array;
}

/** RFC 5246 §7.4.1.4.1. */
const HASHES: Readonly<Record<number, string>> = { 4: 'sha256', 5: 'sha384', 6: 'sha512' };

function readSigned(body: Uint8Array): Signed | undefined {
  if (body.length < 4) return undefined;
  const length = (body[2]! << 8) | body[3]!;
  if (body.length !== 4 + length) return undefined;
  return { hash: body[0]!, algorithm: body[1]!, signature: body.subarray(4) };
}

function isSignedBy(certificate: Uint8Array, { hash, algorithm, signature }: Signed, data: Uint8Array): boolean {
  const digest = HASHES[hash];
  if (!digest) return false;
  try {
    const key = new X509Certificate(certificate).publicKey;
    const kind = key.asymmetricKeyType;
    if (!(algorithm === 1 && kind === 'rsa') && !(algorithm === 3 && kind === 'ec')) return false;
    return verify(digest, data, key, signature);
  } catch {
    return false;
  }
}

/**
 * Whether the server's ephemeral key is signed by its certificate (RFC 8422 §5.4): without this, whoever shows a certificate
 * could be anybody.
 */
export function provesServerKey(
  serverKeyExchange: Uint8Array,
  certificate: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
): boolean {
  // Curve type, curve, and the point with its length.
  const end = serverKeyExchange.length > 3 ? 4 + serverKeyExchange[3]! : 0;
  if (end === 0 || serverKeyExchange[0] !== 3 || serverKeyExchange.length <= end) return false;
  const signed = readSigned(serverKeyExchange.subarray(end));
  const data = Buffer.concat([clientRandom, serverRandom, serverKeyExchange.subarray(0, end)]);
  return signed !== undefined && isSignedBy(certificate, signed, data);
}

/** Whether a CertificateVerify signs the handshake so far by the client's certificate (RFC 5246 §7.4.8). */
export function provesClientKey(
  certificateVerify: Uint8Array,
  certificate: Uint8Array,
  handshake: Uint8Array,
): boolean {
  const signed = readSigned(certificateVerify);
  return signed !== undefined && isSignedBy(certificate, signed, handshake);
}

/** Whether a Finished message closes the handshake so far (RFC 5246 §7.4.9): nobody changed any of it under way. */
export function provesHandshake(
  finished: Uint8Array,
  masterSecret: Uint8Array,
  sender: 'client' | 'server',
  handshake: Uint8Array,
): boolean {
  const seed = createHash('sha256').update(handshake).digest();
  const expected = pseudoRandom(masterSecret, `${sender} finished`, seed, 12);
  return finished.length === expected.length && timingSafeEqual(finished, expected);
}

/** RFC 5246 §5, with SHA-256. */
function pseudoRandom(secret: Uint8Array, label: string, seed: Uint8Array, length: number): Uint8Array {
  const whole = Buffer.concat([Buffer.from(label, 'latin1'), seed]);
  const hmac = (...parts: Uint8Array[]) => createHmac('sha256', secret).update(Buffer.concat(parts)).digest();
  const blocks: Uint8Array[] = [];
  let a: Uint8Array = whole;
  for (let done = 0; done < length; done += 32) {
    a = hmac(a);
    blocks.push(hmac(a, whole));
  }
  return Buffer.concat(blocks).subarray(0, length);
}
