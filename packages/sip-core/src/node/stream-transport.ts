import type { Server, Socket } from 'node:net';
import { SipTransportError } from '../platform/errors';
import { randomToken, systemRandom } from '../platform/random';
import type {
  Address,
  Destination,
  Flow,
  PeerIdentity,
  Transport,
  TransportHandlers,
  TransportProtocol,
} from '../transport/transport';
import { ConnectionGate } from './connection-gate';
import { forgetLocalAddresses, isWildcard, localAddressToward } from './local-address';
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
  /** Most connections that one address, or one /64 network of IPv6, may have opened at once; 1,000 when absent. */
  maxConnectionsPerPeer?: number;
  /**
   * Most connections whose TLS or WebSocket handshake is not done; 1,000 when absent. The oldest of them is broken off for a new one. Each has
   * `connectTimeout` to be done.
   */
  maxHandshakes?: number;
  /**
   * Whether it listens; true when absent. Who does not is known by a random name in `.invalid` (RFC 7118 §5), and reached over the connections
   * it has made.
   */
  listen?: boolean;
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
  maxHandshakes: 1_000,
  listen: true,
};

/** What a transport of connections has refused. */
export interface ConnectionCounters {
  /** Connections closed at once, as their peer, or all together, had too many. */
  refused: number;
  /** Connections whose TLS or WebSocket handshake failed, took too long or was broken off for others. */
  handshakesFailed: number;
}

/** @internal The name of who cannot be connected to (RFC 7118 §5.1). */
export const unreachableAddress = (): Address => ({
  host: `${randomToken(systemRandom, 12).toLowerCase()}.invalid`,
  port: 0,
});

/** @internal Nothing leaves a transport that does not listen yet, or has been closed. */
export const notOpen = (protocol: TransportProtocol): SipTransportError =>
  new SipTransportError(`The ${protocol} transport is not open; start the stack, or listen, first.`, {
    code: 'ERR_SIP_NO_TRANSPORT',
  });

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
  /** By the address their peer wants to be reached at (RFC 5923 §5), the latest last. */
  readonly #aliases = new Map<string, Set<StreamFlow>>();
  protected readonly gate: ConnectionGate;

  constructor(options: ConnectionOptions) {
    this.options = { ...connectionDefaults, ...options };
    const { listen, host, port } = this.options;
    this.#local = listen ? { host, port } : unreachableAddress();
    this.gate = new ConnectionGate(this.options, this.counters);
  }

  get local(): Address {
    return this.#local;
  }

  /** A server that gives each connection, once it can be used, to {@link accept}. */
  protected abstract createServer(): Server;

  /** Whether we ask peers to send their requests over connections of ours (RFC 5923 §5): we can be known by our certificate. */
  protected get offersAlias(): boolean {
    return false;
  }

  /** Begins a connection; calls `ready` when messages may be sent. */
  protected abstract connect(remote: Destination, ready: (peer?: PeerIdentity) => void): Socket;

  /** Whether a peer has proved to be a domain, or who it is at all, so that requests for it may go over its own connection. */
  protected abstract trusts(flow: StreamFlow, domain?: string): boolean;

  /** Puts why a connection could not be made, or broke, into words. */
  protected inWords(error: Error, connecting: boolean, remote: Destination): SipTransportError {
    if (error instanceof SipTransportError) return error;
    if (connecting) return sendError(error, this.protocol, remote);
    return new SipTransportError(`The connection broke: ${error.message}.`, { cause: error });
  }

  async listen(handlers: TransportHandlers): Promise<void> {
    const { host, port, maxConnections, listen } = this.options;
    if (!listen) {
      this.#handlers = handlers;
      return;
    }
    const server = this.createServer();
    server.maxConnections = maxConnections;
    server.on('drop', () => this.counters.refused++);
    // First of all; yet TLS has to have begun before it can be broken off.
    server.prependListener('connection', (socket: Socket) => {
      if (!this.gate.enter(socket)) setImmediate(() => socket.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(listenError(error, this.protocol, { host, port })));
      server.listen({ host, port, ipv6Only: host === '::' }, resolve);
    });
    server.removeAllListeners('error');
    server.on('error', () => {});
    this.#server = server;
    this.#handlers = handlers;
    this.#local = { host, port: (server.address() as { port: number }).port };
  }

  flow(remote: Destination): Flow {
    const known = this.#flows.get(keyOf(remote)) ?? this.#aliased(remote);
    if (known && !known.closed) return known;
    if (!this.#handlers) throw notOpen(this.protocol);
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

  get connections(): number {
    return new Set(this.#flows.values()).size;
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
    this.#aliases.clear();
    this.gate.close();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** The address to connect from: the one that listens, when it is a single one. */
  protected get source(): { localAddress?: string } {
    const { host } = this.options;
    return isWildcard(host) ? {} : { localAddress: host };
  }

  /** A connection that has come in can be used. */
  protected accept(socket: Socket, peer?: PeerIdentity): void {
    const { remoteAddress: host, remotePort: port } = socket;
    if (!this.gate.passed(socket) || !this.#handlers || host === undefined || port === undefined) {
      socket.destroy();
      return;
    }
    this.#adopt(socket, { host, port }, false).ready(peer);
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
      wantsAlias: outgoing && this.offersAlias,
      maxMessageSize,
      messageTimeout,
      idleTimeout,
      handlers: {
        message: (data) => this.#handlers?.message(data, flow),
        noise: (reason) => this.#handlers?.noise(reason, flow),
        pong: () => this.#handlers?.pong?.(flow),
        alias: (port) => this.#alias(flow, port),
        closed: (error) => {
          if (this.#flows.get(key) === flow) this.#flows.delete(key);
          this.#unalias(flow);
          this.#handlers?.flowClosed(flow, error && this.inWords(error, outgoing && !flow.connected, remote));
        },
      },
    });
    this.#flows.set(key, flow);
    return flow;
  }

  /** RFC 5923 §5: under the address the connection really comes from; nobody can name that of another. */
  #alias(flow: StreamFlow, port: number): void {
    if (flow.closed || !this.trusts(flow)) return;
    const key = keyOf({ host: flow.remote.host, port });
    const others = this.#aliases.get(key);
    others?.delete(flow);
    this.#aliases.set(key, others?.add(flow) ?? new Set([flow]));
    if (flow.aliased !== undefined && flow.aliased !== key) this.#unalias(flow);
    flow.aliased = key;
  }

  #unalias(flow: StreamFlow): void {
    if (flow.aliased === undefined) return;
    const flows = this.#aliases.get(flow.aliased);
    flows?.delete(flow);
    if (flows?.size === 0) this.#aliases.delete(flow.aliased);
    flow.aliased = undefined;
  }

  /** RFC 5923 §5: the latest connection of a peer that has asked for it, and has proved to be who is wanted. */
  #aliased({ host, port, domain = host }: Destination): StreamFlow | undefined {
    const flows = this.#aliases.get(keyOf({ host, port }));
    if (!flows) return undefined;
    return [...flows].reverse().find((flow) => !flow.closed && this.trusts(flow, domain));
  }
}

/** One connection for each address, and for each domain that an address has to prove. */
const keyOf = ({ host, port, domain }: Destination) =>
  domain === undefined || domain === host ? `${port} ${host}` : `${port} ${host} ${domain.toLowerCase()}`;
