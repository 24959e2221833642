import type { IncomingMessage, Server } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { SipTransportError } from '../platform/errors';
import { randomToken, systemRandom } from '../platform/random';
import type { Address, Destination, Flow, PeerIdentity, Transport, TransportHandlers } from '../transport/transport';
import { isWildcard, localAddressToward } from './local-address';
import { listenError, sendError } from './socket-errors';
import { type ConnectionCounters, type ConnectionOptions, connectionDefaults } from './stream-transport';
import { tlsError } from './tls-errors';
import { TlsConfiguration, type TlsSettings } from './tls-options';
import { WebSocketFlow } from './web-socket-flow';
import { SipWebSocketServer } from './web-socket-server';

/** Settings of a {@link WsTransport}. */
export interface WsTransportOptions extends ConnectionOptions {
  /** Path: of the handshakes that are accepted, any when absent; and of those we make, `/` when absent. */
  path?: string;
  /** Origins of pages that may connect, such as `https://phone.example.com`; any when absent. A client that is no browser sends none. */
  origins?: readonly string[];
  /** An HTTP server that runs already, to take WebSocket handshakes of; `host` and `port` then are those it listens on. */
  server?: Server;
  /**
   * Whether it listens; true when absent. Who does not is known by a random name in `.invalid` (RFC 7118 §5), and reached over the connections
   * it has made.
   */
  listen?: boolean;
}

/** Settings of a {@link WssTransport}. */
export type WssTransportOptions = WsTransportOptions & TlsSettings;

/** @internal */
abstract class WebSocketTransportBase implements Transport {
  abstract readonly protocol: 'WS' | 'WSS';
  readonly reliable = true;
  /** What has been refused so far. */
  readonly counters: ConnectionCounters = { refused: 0, handshakesFailed: 0 };
  readonly #options: Required<ConnectionOptions> & WsTransportOptions;
  readonly #tls: TlsConfiguration | undefined;
  #local: Address;
  #server: SipWebSocketServer | undefined;
  #handlers: TransportHandlers | undefined;
  readonly #flows = new Map<string, WebSocketFlow>();

  constructor(options: WsTransportOptions, tls: TlsConfiguration | undefined) {
    this.#options = { ...connectionDefaults, ...options };
    this.#tls = tls;
    this.#local =
      options.listen === false
        ? { host: `${randomToken(systemRandom, 12).toLowerCase()}.invalid`, port: 0 }
        : { host: this.#options.host, port: this.#options.port };
  }

  get local(): Address {
    return this.#local;
  }

  async listen(handlers: TransportHandlers): Promise<void> {
    this.#handlers = handlers;
    const { host, port, path, origins, maxMessageSize, maxConnections, connectTimeout, server } = this.#options;
    if (this.#options.listen === false) return;
    this.#server = new SipWebSocketServer(
      {
        path,
        origins,
        maxMessageSize,
        maxConnections,
        handshakeTimeout: connectTimeout,
        tls: this.#tls?.server(connectTimeout),
        accepted: (socket, request) => this.#accept(socket, request),
        refused: () => this.counters.handshakesFailed++,
      },
      server,
    );
    const { http } = this.#server;
    if (!server) await this.#bind(http, host, port);
    this.#local = { host, port: (http.address() as { port: number }).port };
  }

  #bind(http: Server, host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      http.once('error', (error) => reject(listenError(error, this.protocol, { host, port })));
      http.listen({ host, port, ipv6Only: host === '::' }, () => {
        http.removeAllListeners('error');
        http.on('error', () => {});
        resolve();
      });
    });
  }

  flow(remote: Destination): Flow {
    const known = this.#flows.get(keyOf(remote));
    if (known && !known.closed) return known;
    const { host, port, domain = host } = remote;
    const { path = '/', maxMessageSize, connectTimeout } = this.#options;
    const name = domain.includes(':') ? `[${domain}]` : domain;
    const scheme = this.#tls ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${name}:${port}${path}`, 'sip', {
      ...this.#tls?.client(remote),
      perMessageDeflate: false,
      maxPayload: maxMessageSize,
      handshakeTimeout: connectTimeout,
      ...(isWildcard(this.#local.host) || this.#local.port === 0 ? {} : { localAddress: this.#local.host }),
      // The address is known: the name stands for Host and the certificate only.
      lookup: (_name, options, found) => {
        const family = host.includes(':') ? 6 : 4;
        if ((options as { all?: boolean }).all) (found as unknown as AllFound)(null, [{ address: host, family }]);
        else found(null, host, family);
      },
    });
    let identity: PeerIdentity | undefined;
    socket.once('upgrade', (response) => {
      identity = this.#tls?.identity(response.socket as TLSSocket);
    });
    const flow = this.#adopt(socket, remote, true);
    socket.once('open', () => {
      if (socket.protocol === 'sip') flow.ready(identity);
      else flow.fail(new SipTransportError(`${name}:${port} has a WebSocket, but not for SIP (RFC 7118 §4).`));
    });
    return flow;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#handlers = undefined;
    for (const flow of [...this.#flows.values()]) flow.close();
    this.#flows.clear();
    server?.detach();
    if (!server || this.#options.server) return;
    server.http.closeIdleConnections();
    await new Promise<void>((resolve) => server.http.close(() => resolve()));
  }

  #accept(socket: WebSocket, { socket: tcp }: IncomingMessage): void {
    const { remoteAddress, remotePort } = tcp;
    const { maxConnectionsPerPeer } = this.#options;
    const others = [...this.#flows.values()].filter(({ remote }) => remote.host === remoteAddress).length;
    if (!remoteAddress || !remotePort || !this.#handlers || others >= maxConnectionsPerPeer) {
      this.counters.refused++;
      socket.terminate();
      return;
    }
    const peer = this.#tls?.identity(tcp as TLSSocket);
    this.#adopt(socket, { host: remoteAddress, port: remotePort }, false).ready(peer);
  }

  #adopt(socket: WebSocket, remote: Destination, outgoing: boolean): WebSocketFlow {
    const key = keyOf(remote);
    const { host, port } = this.#local;
    const local = { host: isWildcard(host) ? (localAddressToward(remote.host) ?? host) : host, port };
    const flow: WebSocketFlow = new WebSocketFlow(
      this.protocol,
      socket,
      local,
      { host: remote.host, port: remote.port },
      {
        message: (data) => this.#handlers?.message(data, flow),
        noise: (reason) => this.#handlers?.noise(reason, flow),
        pong: () => this.#handlers?.pong?.(flow),
        closed: (error) => {
          if (this.#flows.get(key) === flow) this.#flows.delete(key);
          this.#handlers?.flowClosed(flow, error && this.#inWords(error, outgoing && !flow.connected, remote));
        },
      },
      this.#options.idleTimeout,
    );
    this.#flows.set(key, flow);
    return flow;
  }

  #inWords(error: Error, connecting: boolean, remote: Destination): SipTransportError {
    if (error instanceof SipTransportError) return error;
    if (!connecting) return new SipTransportError(`The connection broke: ${error.message}.`, { cause: error });
    this.counters.handshakesFailed++;
    if (this.#tls) return tlsError(error, this.protocol, remote);
    return sendError(error, this.protocol, remote);
  }
}

type AllFound = (error: null, addresses: { address: string; family: number }[]) => void;

const keyOf = ({ host, port, domain }: Destination) =>
  domain === undefined || domain === host ? `${port} ${host}` : `${port} ${host} ${domain.toLowerCase()}`;

/** SIP over WebSocket (RFC 7118), client and server, on the `ws` package. */
export class WsTransport extends WebSocketTransportBase {
  readonly protocol = 'WS';

  constructor(options: WsTransportOptions = {}) {
    super(options, undefined);
  }
}

/**
 * SIP over secure WebSocket (RFC 7118), client and server, on the `ws` package. Servers prove who they are as {@link TlsTransport} says; they
 * need a certificate, and who has none says `listen: false`.
 */
export class WssTransport extends WebSocketTransportBase {
  readonly protocol = 'WSS';

  /** @throws Error of Node.js when a certificate, key or authority cannot be read */
  constructor(options: WssTransportOptions = {}) {
    super(options, new TlsConfiguration(options));
  }
}
