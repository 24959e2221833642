import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { SipTransportError } from '../platform/errors';
import type { Address, Destination, Flow, PeerIdentity, Transport, TransportHandlers } from '../transport/transport';
import { ConnectionGate } from './connection-gate';
import { forgetLocalAddresses, isWildcard, localAddressToward } from './local-address';
import { listenError, sendError } from './socket-errors';
import { TCP_KEEP_ALIVE } from './stream-flow';
import {
  type ConnectionCounters,
  type ConnectionOptions,
  connectionDefaults,
  notOpen,
  unreachableAddress,
} from './stream-transport';
import { tlsError } from './tls-errors';
import { TlsConfiguration, type TlsSettings } from './tls-options';
import { WebSocketFlow } from './web-socket-flow';
import { SipWebSocketServer } from './web-socket-server';

/** Settings of a {@link WsTransport}. */
export interface WsTransportOptions extends ConnectionOptions {
  /** Path: of the handshakes that are accepted, any when absent; and of those we make, `/` when absent. */
  path?: string;
  /**
   * Origins of pages that may connect, such as `https://phone.example.com`; any when absent. Who names none, as most programs that are no
   * browser, is refused too.
   */
  origins?: readonly string[];
  /**
   * An HTTP server to take WebSocket handshakes of, beside what else it serves; for WSS one of HTTPS. It is started and closed by who made it:
   * `host` is to be the address it listens on, and `maxConnections` is its own matter.
   */
  server?: Server;
  /** Header fields of the handshakes we make, such as `Origin`, `Cookie` or `Authorization`; those of WebSocket itself when absent. */
  headers?: Readonly<Record<string, string>>;
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
  readonly #gate: ConnectionGate;

  constructor(options: WsTransportOptions, tls: TlsConfiguration | undefined) {
    this.#options = { ...connectionDefaults, ...options };
    this.#tls = tls;
    const { listen, host, port } = this.#options;
    this.#local = listen ? { host, port } : unreachableAddress();
    this.#gate = new ConnectionGate(this.#options, this.counters);
  }

  get local(): Address {
    return this.#local;
  }

  get connections(): number {
    return this.#flows.size;
  }

  async listen(handlers: TransportHandlers): Promise<void> {
    const { host, port, path, origins, maxMessageSize, maxConnections, connectTimeout, server } = this.#options;
    if (!this.#options.listen) {
      this.#handlers = handlers;
      return;
    }
    const own = new SipWebSocketServer(
      {
        path,
        origins,
        maxMessageSize,
        maxConnections,
        handshakeTimeout: connectTimeout,
        gate: this.#gate,
        tls: this.#tls?.server(connectTimeout),
        accepted: (socket, request) => this.#accept(socket, request),
        refused: () => this.counters.refused++,
      },
      server,
    );
    if (!server) await this.#bind(own.http, host, port);
    else if (!server.listening) await once(server, 'listening');
    this.#server = own;
    this.#handlers = handlers;
    this.#local = { host, port: (own.http.address() as { port?: number }).port ?? 0 };
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
    if (!this.#handlers) throw notOpen(this.protocol);
    const { host, port, domain = host } = remote;
    const { path = '/', headers, maxMessageSize, connectTimeout, host: source } = this.#options;
    // A URL has no place for the zone of an IPv6 address.
    const name = domain.includes(':') ? `[${domain.split('%', 1)[0]}]` : domain;
    const scheme = this.#tls ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${name}:${port}${path}`, 'sip', {
      ...this.#tls?.client(remote),
      ...(headers && { headers }),
      perMessageDeflate: false,
      maxPayload: maxMessageSize,
      ...(isWildcard(source) ? {} : { localAddress: source }),
      // The address is known: the name stands for Host and the certificate only.
      lookup: (_name, options, found) => {
        const family = host.includes(':') ? 6 : 4;
        if ((options as { all?: boolean }).all) (found as unknown as AllFound)(null, [{ address: host, family }]);
        else found(null, host, family);
      },
    });
    let identity: PeerIdentity | undefined;
    socket.once('upgrade', (response) => {
      response.socket.setKeepAlive(true, TCP_KEEP_ALIVE);
      identity = this.#tls?.identity(response.socket as TLSSocket);
    });
    const flow = this.#adopt(socket, remote, true);
    const failed = (what: string) =>
      flow.fail(new SipTransportError(`${this.protocol} ${name}:${port} ${what}.`, { code: 'ERR_SIP_CONNECT' }));
    const timer = setTimeout(() => failed('did not answer'), connectTimeout);
    socket.once('close', () => clearTimeout(timer));
    socket.once('open', () => {
      clearTimeout(timer);
      if (flow.closed) return;
      if (socket.protocol === 'sip') flow.ready(identity);
      else failed('has a WebSocket, but not for SIP (RFC 7118 §4)');
    });
    return flow;
  }

  networkChanged(): void {
    forgetLocalAddresses();
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#handlers = undefined;
    for (const flow of [...this.#flows.values()]) flow.close();
    this.#flows.clear();
    server?.detach();
    this.#gate.close();
    if (!server || this.#options.server) return;
    server.http.closeIdleConnections();
    await new Promise<void>((resolve) => server.http.close(() => resolve()));
  }

  #accept(socket: WebSocket, { socket: tcp }: IncomingMessage): void {
    const { remoteAddress: host, remotePort: port } = tcp;
    if (!this.#gate.passed(tcp) || !this.#handlers || host === undefined || port === undefined) {
      socket.terminate();
      return;
    }
    tcp.setKeepAlive(true, TCP_KEEP_ALIVE).setNoDelay(true);
    const peer = this.#tls?.identity(tcp as TLSSocket);
    this.#adopt(socket, { host, port }, false).ready(peer);
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
 * need a certificate: who has none makes connections and takes none.
 */
export class WssTransport extends WebSocketTransportBase {
  readonly protocol = 'WSS';

  /** @throws SipTransportError `ERR_SIP_TLS_SETTINGS` when a certificate, key or authority cannot be read */
  constructor(options: WssTransportOptions = {}) {
    const tls = new TlsConfiguration(options);
    super({ listen: tls.hasCertificate || options.server !== undefined, ...options }, tls);
  }
}
