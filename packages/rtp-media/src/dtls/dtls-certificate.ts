import { inspect } from 'node:util';
import { MediaError } from '../platform/errors';
import { type Fingerprint, fingerprintOf } from './fingerprint';

/** Numbers of RFC 5246 §7.4.1.4.1 and RFC 8422 §5.1.1. */
const ECDSA_SHA256 = { signature: 3, hash: 4 } as const;
const P256 = 23;

type SignatureHash = { hash: 4; signature: 1 | 3 };

/** The certificate an endpoint shows in DTLS handshakes, with its private key, which no log shows. */
export class DtlsCertificate {
  /** What offers and answers say of it. */
  readonly fingerprints: readonly Fingerprint[];
  readonly #cert: string;
  readonly #key: string;
  readonly #signature: SignatureHash;

  private constructor(cert: string, key: string, signature: SignatureHash) {
    this.#cert = cert;
    this.#key = key;
    this.#signature = signature;
    const der = Buffer.from(cert.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    this.fingerprints = [fingerprintOf(der)!];
  }

  /**
   * Makes a self-signed certificate of a new P-256 key (RFC 8827 §6.5). It says nothing about whose it is: the fingerprint in
   * signalling does.
   *
   * @throws MediaError `ERR_DTLS` when the library for it cannot be loaded
   */
  static async create(): Promise<DtlsCertificate> {
    try {
      const { CipherContext } = await import('werift');
      const { certPem, keyPem, signatureHash } = await CipherContext.createSelfSignedCertificateWithKey(
        ECDSA_SHA256,
        P256,
      );
      return new DtlsCertificate(certPem, keyPem, signatureHash);
    } catch (cause) {
      throw new MediaError('ERR_DTLS', `No certificate for DTLS could be made: ${(cause as Error).message}.`, {
        cause,
      });
    }
  }

  /** @internal */
  get material(): { cert: string; key: string; signatureHash: SignatureHash } {
    return { cert: this.#cert, key: this.#key, signatureHash: this.#signature };
  }

  /** What may be shown of it: its fingerprints, not its key. */
  toJSON(): { fingerprints: readonly Fingerprint[] } {
    return { fingerprints: this.fingerprints };
  }

  /** Its fingerprints, not its key. */
  [inspect.custom](): string {
    return `DtlsCertificate(${this.fingerprints[0]!.value})`;
  }
}
