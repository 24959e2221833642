import {
  type ConnectionOptions as ConnectOptions,
  createSecureContext,
  type SecureContext,
  type SecureVersion,
  type TlsOptions as ServerOptions,
  type TLSSocket,
} from 'node:tls';
import { SipTransportError } from '../platform/errors';
import type { Destination, PeerIdentity } from '../transport/transport';
import { namesOf, refuseIdentity } from './tls-identity';

/** A certificate with its key, as PEM. */
export interface TlsCertificate {
  /** The certificate, then those between it and the authority. */
  cert: string | Uint8Array;
  /** Its private key. */
  key: string | Uint8Array;
  passphrase?: string;
}

/** Settings of transports over TLS. */
export interface TlsSettings {
  /** Who we are. A server needs it; a client shows it to servers that ask. */
  certificate?: TlsCertificate;
  /** Further certificates of a server, by the domain a client asks for (SNI, RFC 6066 §3). */
  certificates?: Readonly<Record<string, TlsCertificate>>;
  /** Authorities trusted, as PEM; those Node.js brings when absent. */
  ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /**
   * Whether servers have to prove the domain they were looked up for (RFC 5922); true when absent. False is for laboratories: anybody can then
   * listen in. `sips:` means nothing without it.
   */
  verify?: boolean;
  /** Whether `*.example.com` stands for `pbx.example.com`, which RFC 5922 §7.2 forbids and many providers do; false when absent. */
  allowWildcards?: boolean;
  /** What a server wants of clients: `none` when absent; `request` asks for a certificate and takes who has none, `require` does not. */
  clientCertificate?: 'none' | 'request' | 'require';
  /** Least version; `TLSv1.2` when absent (RFC 5630 §3.1.3 and RFC 8996 allow no less). */
  minVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** Cipher suites as OpenSSL lists them; those of Node.js when absent. */
  ciphers?: string;
}

const text = (value: string | Uint8Array): string | Buffer => (typeof value === 'string' ? value : Buffer.from(value));

/** @internal */
export class TlsConfiguration {
  readonly #settings: TlsSettings;
  readonly #contexts = new Map<string, SecureContext>();

  /** @throws SipTransportError `ERR_SIP_TLS_SETTINGS` when a certificate, key or authority cannot be read */
  constructor(settings: TlsSettings) {
    this.#settings = settings;
    // What cannot be read is told now, and not when somebody calls.
    this.#context(settings.certificate);
    for (const [domain, certificate] of Object.entries(settings.certificates ?? {})) {
      this.#contexts.set(domain.toLowerCase(), this.#context(certificate));
    }
  }

  #context(certificate: TlsCertificate | undefined): SecureContext {
    try {
      return createSecureContext({ ...this.#common, ...(certificate && pem(certificate)) });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new SipTransportError(`The certificate, its key or an authority cannot be read: ${why}`, {
        code: 'ERR_SIP_TLS_SETTINGS',
        cause,
      });
    }
  }

  /** Whether a server can be run. */
  get hasCertificate(): boolean {
    return this.#settings.certificate !== undefined || this.#contexts.size > 0;
  }

  /** For tls.createServer. */
  server(handshakeTimeout: number): ServerOptions {
    const { certificate, clientCertificate = 'none' } = this.#settings;
    return {
      ...this.#common,
      ...(certificate && pem(certificate)),
      handshakeTimeout,
      requestCert: clientCertificate !== 'none',
      rejectUnauthorized: clientCertificate === 'require',
      SNICallback: (domain, found) => found(null, this.#contexts.get(domain.toLowerCase())),
    };
  }

  /** For tls.connect, and what passes its options on. */
  client({ host, domain = host }: Destination): ConnectOptions {
    const { certificate, verify = true, allowWildcards } = this.#settings;
    return {
      ...this.#common,
      ...(certificate && pem(certificate)),
      rejectUnauthorized: verify,
      // RFC 6066 §3: numeric addresses are not permitted there.
      ...(domain === host ? {} : { servername: domain }),
      checkServerIdentity: (_name, peer) => refuseIdentity(domain, peer, allowWildcards),
    };
  }

  /** Who a peer has proved to be. */
  identity(socket: TLSSocket): PeerIdentity | undefined {
    if (!socket.authorized) return undefined;
    const certificate = socket.getPeerCertificate();
    if (!certificate?.subject) return undefined;
    const { domains, addresses } = namesOf(certificate);
    return { domains: [...domains, ...addresses] };
  }

  get #common(): { minVersion: SecureVersion; ca?: (string | Buffer)[]; ciphers?: string } {
    const { minVersion = 'TLSv1.2', ca, ciphers } = this.#settings;
    const authorities = ca === undefined ? undefined : typeof ca === 'string' || ca instanceof Uint8Array ? [ca] : ca;
    return {
      minVersion,
      ...(authorities && { ca: authorities.map(text) }),
      ...(ciphers === undefined ? {} : { ciphers }),
    };
  }
}

const pem = ({ cert, key, passphrase }: TlsCertificate) => ({
  cert: text(cert),
  key: text(key),
  ...(passphrase === undefined ? {} : { passphrase }),
});
