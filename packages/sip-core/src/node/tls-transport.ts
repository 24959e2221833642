import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:tls';
import { SipTransportError } from '../platform/errors';
import type { Destination, PeerIdentity } from '../transport/transport';
import type { StreamFlow } from './stream-flow';
import { type ConnectionOptions, StreamTransport } from './stream-transport';
import { tlsError } from './tls-errors';
import { TlsConfiguration, type TlsSettings } from './tls-options';

/** Settings of a {@link TlsTransport}. */
export type TlsTransportOptions = ConnectionOptions & TlsSettings;

/**
 * SIP over TLS (RFC 3261 §26.3.1, RFC 5922), IPv4 or IPv6, on sockets of Node.js. Without a certificate it makes connections and takes none.
 * What fails tells which check it was: `ERR_SIP_TLS_UNTRUSTED`, `_EXPIRED`, `_NOT_YET_VALID`, `_REVOKED`, `_IDENTITY`, `_VERSION`,
 * `_CLIENT_CERTIFICATE` or `_HANDSHAKE`.
 */
export class TlsTransport extends StreamTransport {
  readonly protocol = 'TLS';
  readonly #tls: TlsConfiguration;

  /** @throws SipTransportError `ERR_SIP_TLS_SETTINGS` when a certificate, key or authority cannot be read */
  constructor(options: TlsTransportOptions = {}) {
    const tls = new TlsConfiguration(options);
    super({ listen: tls.hasCertificate, ...options });
    this.#tls = tls;
  }

  protected createServer(): Server {
    const server = createServer({ ...this.#tls.server(this.options.connectTimeout), noDelay: true });
    server.on('secureConnection', (socket) => this.accept(socket, this.#tls.identity(socket)));
    server.on('tlsClientError', (_error, socket) => this.gate.failed(socket));
    return server;
  }

  protected connect(remote: Destination, ready: (peer?: PeerIdentity) => void): Socket {
    const { host, port } = remote;
    const socket = connect({ ...this.#tls.client(remote), ...this.source, host, port });
    socket.setNoDelay(true);
    socket.once('secureConnect', () => ready(this.#tls.identity(socket)));
    return socket;
  }

  protected override get offersAlias(): boolean {
    return this.#tls.hasCertificate && this.options.listen;
  }

  protected trusts({ peer }: StreamFlow, domain?: string): boolean {
    return peer !== undefined && (domain === undefined || peer.domains.includes(domain.toLowerCase()));
  }

  protected override inWords(error: Error, connecting: boolean, remote: Destination): SipTransportError {
    // With TLS 1.3 a server refuses our certificate only after we have done our part of the handshake.
    if (error instanceof SipTransportError || !(connecting || isTls(error))) {
      return super.inWords(error, connecting, remote);
    }
    this.counters.handshakesFailed++;
    return tlsError(error, 'TLS', remote);
  }
}

const isTls = (error: NodeJS.ErrnoException) => /^ERR_SSL/.test(error.code ?? '');
