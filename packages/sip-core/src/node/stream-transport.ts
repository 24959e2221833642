import type { Server, Socket } from 'node:net';
import { SipTransportError } from '../platform/errors';
import type {
  Address,
  Destination,
  Flow,
  PeerIdentity,
  Transport,
  TransportHandlers,
  TransportProtocol,
} from '../transport/transport';
import { isWildcard, localAddressToward } from './local-address';
import { listenError, sendError } from './socket-errors';
import { StreamFlow } from './stream-flow';

/** Settings of all transports that make connections. */
export interface ConnectionOptions {
  /** Numeric address to listen on; `0.0.0.0` when absent, `::` for IPv6. */
  host?: string;
  /** Port to listen on; 0, a free one, when absent. */
  port?: number;
  /** How long a connection may take to be made, in ms, the TLS handshake included; 5,000 when absent. */
  connectTimeout?: number;
  /** Connections without traffic for this long are closed, in ms; 0, never, when absent. */
  idleTimeout?: number;
  /** How long one message may take to come in full, in ms; 10,000 when absent. */
  messageTimeout?: number;
  /** Most bytes of one message; 65,535 when absent. */
  maxMessageSize?: number;
  /** Most connections at once; 10,000 when absent. */
  maxConnections?: number;
  /** Most connections that one address may have opened at once; 1,000 when absent. */
  maxConnectionsPerPeer?: number;
}

/** @internal */
export const connectionDefaults: Required<ConnectionOptions> = {
  host: '0.0.0.0',
  port: 0,
  connectTimeout: 5_000,
  idleTimeout: 0,
  messageTimeout: 10_000,
  maxMessageSize: 65_535,
  maxConnections: 10_000,
  maxConnectionsPerPeer: 1_000,
};

/** What a transport of connections has refused. */
export interface ConnectionCounters {
  /** Connections closed at once, as their peer, or all together, had too many. */
  refused: number;
  /** Connections whose TLS or WebSocket handshake failed. */
  handshakesFailed: number;
}

/** @internal TCP and TLS: connections that are used both ways and kept (RFC 3261 §18, RFC 5923). */
export abstract class StreamTransport implements Transport {
  abstract readonly protocol: TransportProtocol;
  readonly reliable = true;
  /** What has been refused so far. */
  readonly counters: ConnectionCounters = { refused: 0, handshakesFailed: 0 };
  protected readonly options: Required<ConnectionOptions>;
  #local: Address;
  #server: Server | undefined;
  #handlers: TransportHandlers | undefined;
  /** By where they lead, those of ours for a domain by that too. */
  readonly #flows = new Map<string, StreamFlow>();
  /** By the address their peer wants to be reached at (RFC 5923 §5). */
  readonly #aliases = new Map<string, StreamFlow>();
  readonly #perPeer = new Map<string, number>();

  constructor(options: ConnectionOptions) {
    this.options = { ...connectionDefaults, ...options };
    this.#local = { host: this.options.host, port: this.options.port };
  }

  get local(): Address {
    return this.#local;
  }

  /** A server that gives each connection, once it can be used, to {@link accept}. */
  protected abstract createServer(): Server;

  /** Begins a connection; calls `ready` when messages may be sent. */
  protected abstract connect(remote: Destination, ready: (peer?: PeerIdentity) => void): Socket;

  /** Whether a peer may have requests for an address it names sent over its own connection. */
  protected abstract trusts(flow: StreamFlow, alias: Address): boolean;

  /** Puts why a connection could not be made, or broke, into words. */
  protected inWords(error: Error, connecting: boolean, remote: Destination): SipTransportError {
    if (error instanceof SipTransportError) return error;
    if (connecting) return sendError(error, this.protocol, remote);
    return new SipTransportError(`The connection broke: ${error.message}.`, { cause: error });
  }

  listen(handlers: TransportHandlers): Promise<void> {
    const { host, port, maxConnections } = this.options;
    const server = this.createServer();
    server.maxConnections = maxConnections;
    server.on('drop', () => this.counters.refused++);
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(listenError(error, this.protocol, { host, port })));
      server.listen({ host, port, ipv6Only: host === '::' }, () => {
        server.removeAllListeners('error');
        server.on('error', () => {});
        this.#server = server;
        this.#handlers = handlers;
        this.#local = { host, port: (server.address() as { port: number }).port };
        resolve();
      });
    });
  }

  flow(remote: Destination): Flow {
    const known = this.#flows.get(keyOf(remote)) ?? this.#aliased(remote);
    if (known && !known.closed) return known;
    let flow: StreamFlow;
    const socket = this.connect(remote, (peer) => flow.ready(peer));
    flow = this.#adopt(socket, remote, true);
    const timer = setTimeout(() => {
      flow.fail(
        new SipTransportError(`${this.protocol} ${remote.host}:${remote.port} did not answer.`, {
          code: 'ERR_SIP_CONNECT',
        }),
      );
    }, this.options.connectTimeout);
    socket.once(this.protocol === 'TLS' ? 'secureConnect' : 'connect', () => clearTimeout(timer));
    socket.once('close', () => clearTimeout(timer));
    return flow;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#handlers = undefined;
    for (const flow of [...this.#flows.values()]) flow.close();
    this.#flows.clear();
    this.#aliases.clear();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** The address to connect from: the one that listens, when it is a single one. */
  protected get source(): { localAddress?: string } {
    return isWildcard(this.#local.host) ? {} : { localAddress: this.#local.host };
  }

  /** A peer has connected. */
  protected accept(socket: Socket, peer?: PeerIdentity): void {
    const { remoteAddress, remotePort } = socket;
    if (!remoteAddress || !remotePort || !this.#handlers) {
      socket.destroy();
      return;
    }
    const count = (this.#perPeer.get(remoteAddress) ?? 0) + 1;
    if (count > this.options.maxConnectionsPerPeer) {
      this.counters.refused++;
      socket.destroy();
      return;
    }
    this.#perPeer.set(remoteAddress, count);
    socket.once('close', () => {
      const left = this.#perPeer.get(remoteAddress)! - 1;
      if (left > 0) this.#perPeer.set(remoteAddress, left);
      else this.#perPeer.delete(remoteAddress);
    });
    this.#adopt(socket, { host: remoteAddress, port: remotePort }, false).ready(peer);
  }

  #adopt(socket: Socket, remote: Destination, outgoing: boolean): StreamFlow {
    const key = keyOf(remote);
    const { maxMessageSize, messageTimeout, idleTimeout } = this.options;
    const flow: StreamFlow = new StreamFlow({
      protocol: this.protocol,
      socket,
      remote: { host: remote.host, port: remote.port },
      local: {
        host: isWildcard(this.#local.host) ? (localAddressToward(remote.host) ?? this.#local.host) : this.#local.host,
        // Via and Contact name the port that listens, not the one this connection happens to leave by.
        port: this.#local.port,
      },
      connected: !outgoing,
      maxMessageSize,
      messageTimeout,
      idleTimeout,
      handlers: {
        message: (data) => this.#handlers?.message(data, flow),
        noise: (reason) => this.#handlers?.noise(reason, flow),
        pong: () => this.#handlers?.pong?.(flow),
        alias: (address) => {
          if (this.trusts(flow, address)) this.#aliases.set(keyOf(address), flow);
        },
        closed: (error) => {
          if (this.#flows.get(key) === flow) this.#flows.delete(key);
          for (const [alias, other] of this.#aliases) if (other === flow) this.#aliases.delete(alias);
          this.#handlers?.flowClosed(flow, error && this.inWords(error, outgoing && !flow.connected, remote));
        },
      },
    });
    this.#flows.set(key, flow);
    return flow;
  }

  /** RFC 5923 §5.1: the connection of a peer that has asked for it, and has proved to be who is wanted. */
  #aliased({ host, port, domain }: Destination): StreamFlow | undefined {
    const flow = this.#aliases.get(keyOf({ host, port }));
    const proved = domain === undefined || domain === host || flow?.peer?.domains.includes(domain.toLowerCase());
    return proved ? flow : undefined;
  }
}

/** One connection for each address, and for each domain that an address has to prove. */
const keyOf = ({ host, port, domain }: Destination) =>
  domain === undefined || domain === host ? `${port} ${host}` : `${port} ${host} ${domain.toLowerCase()}`;
