import type { RawData, WebSocket } from 'ws';
import { SipTransportError } from '../platform/errors';
import { type Address, type Flow, nextFlowId, type PeerIdentity } from '../transport/transport';

/** Bytes that may wait in a connection whose peer does not read. */
const MAX_BACKLOG = 4 << 20;
/** A peer that does not answer the closing handshake is left after this time, in ms. */
const CLOSE_TIMEOUT = 1_000;
const PONG = new Uint8Array([13, 10]);

/** @internal Who is told what comes over a {@link WebSocketFlow}, and what becomes of it. */
export interface WebSocketFlowHandlers {
  message(data: Uint8Array): void;
  noise(reason: string): void;
  pong(): void;
  closed(error?: Error): void;
}

/** @internal One WebSocket that carries a SIP message in each of its messages (RFC 7118 §5). */
export class WebSocketFlow implements Flow {
  readonly id = nextFlowId();
  readonly reliable = true;
  closed = false;
  /** Whether there has been a connection. */
  connected: boolean;
  peer: PeerIdentity | undefined;
  readonly #socket: WebSocket;
  readonly #handlers: WebSocketFlowHandlers;
  /** What is said before there is a connection. */
  #queue: Uint8Array[] = [];
  #idle: NodeJS.Timeout | undefined;

  constructor(
    readonly protocol: 'WS' | 'WSS',
    socket: WebSocket,
    readonly local: Address,
    readonly remote: Address,
    handlers: WebSocketFlowHandlers,
    private readonly idleTimeout: number,
  ) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.connected = socket.readyState === socket.OPEN;
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => {
      this.#alive();
      if (!this.closed) handlers.pong();
    });
    socket.on('ping', () => this.#alive());
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.#end());
    this.#alive();
  }

  /** The connection has been made, and its peer has proved to be this. */
  ready(peer?: PeerIdentity): void {
    this.connected = true;
    this.peer = peer;
    for (const data of this.#queue.splice(0)) this.send(data);
  }

  send(data: Uint8Array): void {
    if (this.closed) return;
    if (!this.connected) {
      this.#queue.push(data);
      return;
    }
    if (this.#socket.bufferedAmount > MAX_BACKLOG) {
      this.fail(new SipTransportError(`The peer at ${this.remote.host}:${this.remote.port} has stopped reading.`));
      return;
    }
    this.#alive();
    // RFC 7118 §5.1: text when it is UTF-8, so that any peer can read it; what is no text goes as it is.
    this.#socket.send(data, { binary: !isText(data) });
  }

  /** RFC 7118 §6: by the ping of WebSocket itself, which every peer answers. */
  ping(): void {
    if (!this.closed && this.connected) this.#socket.ping();
  }

  close(): void {
    this.#end();
    const socket = this.#socket;
    if (!this.connected) {
      socket.terminate();
      return;
    }
    socket.close(1000);
    const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT);
    socket.once('close', () => clearTimeout(timer));
    timer.unref();
  }

  fail(error: Error): void {
    this.#end(error);
    this.#socket.terminate();
  }

  #end(error?: Error): void {
    if (this.closed) return;
    this.closed = true;
    this.#queue = [];
    clearTimeout(this.#idle);
    this.#handlers.closed(error);
  }

  #receive(data: RawData, _isBinary: boolean): void {
    if (this.closed) return;
    this.#alive();
    const bytes = Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    if (bytes.length <= 4 && bytes.every((byte) => byte === 13 || byte === 10)) {
      // Keep-alives of RFC 5626 §3.5.1, which browsers have to use: they cannot ping.
      if (bytes.length >= 4) this.send(PONG);
      else if (bytes.length > 0) this.#handlers.pong();
      return;
    }
    this.#handlers.message(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  }

  #alive(): void {
    if (this.idleTimeout <= 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(), this.idleTimeout).unref();
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function isText(data: Uint8Array): boolean {
  try {
    decoder.decode(data);
    return true;
  } catch {
    return false;
  }
}
