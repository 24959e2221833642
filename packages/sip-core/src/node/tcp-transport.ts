import { createServer, type Server, Socket } from 'node:net';
import { SipTransportError } from '../platform/errors';
import { StreamFramer } from '../transport/stream-framer';
import { type Address, type Flow, nextFlowId, type Transport, type TransportHandlers } from '../transport/transport';
import { isWildcard, localAddressToward } from './local-address';
import { listenError, sendError } from './socket-errors';

/** Settings of a {@link TcpTransport}. */
export interface TcpTransportOptions {
  /** Numeric address to listen on; `0.0.0.0` when absent, `::` for IPv6. */
  host?: string;
  /** Port to listen on; 0, a free one, when absent. */
  port?: number;
  /** How long a connection may take to be made, in ms; 5,000 when absent. */
  connectTimeout?: number;
  /** Connections without traffic for this long are closed, in ms; 0, never, when absent. */
  idleTimeout?: number;
  /** Most bytes of one message; 65,535 when absent. */
  maxMessageSize?: number;
  /** Most connections at once; 10,000 when absent. */
  maxConnections?: number;
}

/** Bytes that may wait in a connection whose peer does not read. */
const MAX_BACKLOG = 4 << 20;
/** What waits to be sent when a connection is closed may still go out for this long, in ms. */
const CLOSE_TIMEOUT = 1_000;
const PING = new Uint8Array([13, 10, 13, 10]);
const PONG = new Uint8Array([13, 10]);

/** SIP over TCP (RFC 3261 §18), IPv4 or IPv6, on sockets of Node.js. Connections are used both ways and kept (RFC 5923). */
export class TcpTransport implements Transport {
  readonly protocol = 'TCP';
  readonly reliable = true;
  readonly #options: Required<TcpTransportOptions>;
  #local: Address;
  #server: Server | undefined;
  #handlers: TransportHandlers | undefined;
  readonly #flows = new Map<string, TcpFlow>();

  constructor(options: TcpTransportOptions = {}) {
    this.#options = {
      host: '0.0.0.0',
      port: 0,
      connectTimeout: 5_000,
      idleTimeout: 0,
      maxMessageSize: 65_535,
      maxConnections: 10_000,
      ...options,
    };
    this.#local = { host: this.#options.host, port: this.#options.port };
  }

  get local(): Address {
    return this.#local;
  }

  listen(handlers: TransportHandlers): Promise<void> {
    const { host, port, maxConnections } = this.#options;
    const server = createServer({ noDelay: true, keepAlive: true }, (socket) => this.#accept(socket));
    server.maxConnections = maxConnections;
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(listenError(error, 'TCP', { host, port })));
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

  flow(remote: Address): Flow {
    const known = this.#flows.get(keyOf(remote));
    if (known && !known.closed) return known;
    const socket = new Socket();
    const flow = this.#adopt(socket, { host: remote.host, port: remote.port }, true);
    const timer = setTimeout(() => {
      flow.fail(
        new SipTransportError(`TCP ${remote.host}:${remote.port} did not answer.`, { code: 'ERR_SIP_CONNECT' }),
      );
    }, this.#options.connectTimeout);
    socket.once('connect', () => clearTimeout(timer));
    socket.once('close', () => clearTimeout(timer));
    socket.setNoDelay(true).connect({
      host: remote.host,
      port: remote.port,
      ...(isWildcard(this.#local.host) ? {} : { localAddress: this.#local.host }),
    });
    return flow;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#handlers = undefined;
    for (const flow of this.#flows.values()) flow.close();
    this.#flows.clear();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    if (!remoteAddress || !remotePort || !this.#handlers) {
      socket.destroy();
      return;
    }
    this.#adopt(socket, { host: remoteAddress, port: remotePort }, false);
  }

  #adopt(socket: Socket, remote: Address, outgoing: boolean): TcpFlow {
    const local = {
      host: isWildcard(this.#local.host) ? (localAddressToward(remote.host) ?? this.#local.host) : this.#local.host,
      // Via and Contact name the port that listens, not the one this connection happens to leave by.
      port: this.#local.port,
    };
    const key = keyOf(remote);
    const flow = new TcpFlow(socket, local, remote, this.#options, {
      message: (data) => this.#handlers?.message(data, flow),
      noise: (reason) => this.#handlers?.noise(reason, flow),
      pong: () => this.#handlers?.pong?.(flow),
      closed: (error) => {
        if (this.#flows.get(key) === flow) this.#flows.delete(key);
        this.#handlers?.flowClosed(flow, error && inWords(error, outgoing && !flow.connected, remote));
      },
    });
    this.#flows.set(key, flow);
    return flow;
  }
}

const keyOf = ({ host, port }: Address) => `${port} ${host}`;

function inWords(error: Error, connecting: boolean, remote: Address): SipTransportError {
  if (error instanceof SipTransportError) return error;
  if (connecting) return sendError(error, 'TCP', remote);
  return new SipTransportError(`The connection broke: ${error.message}.`, { cause: error });
}

interface TcpFlowHandlers {
  message(data: Uint8Array): void;
  noise(reason: string): void;
  pong(): void;
  closed(error?: Error): void;
}

class TcpFlow implements Flow {
  readonly id = nextFlowId();
  readonly protocol = 'TCP';
  readonly reliable = true;
  closed = false;
  /** Whether there has been a connection. */
  connected = false;
  readonly #socket: Socket;
  readonly #handlers: TcpFlowHandlers;
  readonly #framer: StreamFramer;

  constructor(
    socket: Socket,
    readonly local: Address,
    readonly remote: Address,
    options: Required<TcpTransportOptions>,
    handlers: TcpFlowHandlers,
  ) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.#framer = new StreamFramer({ maxMessageSize: options.maxMessageSize });
    this.connected = !socket.connecting && !socket.pending;
    socket.once('connect', () => {
      this.connected = true;
    });
    socket.on('data', (data) => this.#receive(data));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.#end());
    if (options.idleTimeout > 0) socket.setTimeout(options.idleTimeout, () => this.close());
  }

  send(data: Uint8Array): void {
    if (this.closed) return;
    if (this.#socket.writableLength > MAX_BACKLOG) {
      this.fail(new SipTransportError(`The peer at ${this.remote.host}:${this.remote.port} has stopped reading.`));
      return;
    }
    this.#socket.write(data);
  }

  ping(): void {
    this.send(PING);
  }

  close(): void {
    this.#end();
    const socket = this.#socket;
    if (!this.connected) {
      socket.destroy();
      return;
    }
    socket.end();
    socket.destroySoon();
    // A peer that has stopped reading must not keep what waits to be sent, nor the process.
    const timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT);
    socket.unref().once('close', () => clearTimeout(timer));
    timer.unref();
  }

  fail(error: Error): void {
    this.#end(error);
    this.#socket.destroy();
  }

  #end(error?: Error): void {
    if (this.closed) return;
    this.closed = true;
    this.#handlers.closed(error);
  }

  #receive(data: Buffer): void {
    if (this.closed) return;
    try {
      for (const frame of this.#framer.push(data)) {
        if (frame.kind === 'message') this.#handlers.message(frame.bytes);
        else if (frame.kind === 'ping') this.send(PONG);
        else this.#handlers.pong();
      }
    } catch (error) {
      this.#handlers.noise((error as Error).message);
      this.fail(error as Error);
    }
  }
}
