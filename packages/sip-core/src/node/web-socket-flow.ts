import { isUtf8 } from 'node:buffer';
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
  #queued = 0;
  readonly #idle: NodeJS.Timeout | undefined;

  constructor(
    readonly protocol: 'WS' | 'WSS',
    socket: WebSocket,
    readonly local: Address,
    readonly remote: Address,
    handlers: WebSocketFlowHandlers,
    idleTimeout: number,
  ) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.connected = socket.readyState === socket.OPEN;
    if (idleTimeout > 0) this.#idle = setTimeout(() => this.close(), idleTimeout).unref();
    socket.on('message', (data) => this.#receive(data));
    socket.on('pong', () => {
      this.#idle?.refresh();
      if (!this.closed) handlers.pong();
    });
    socket.on('ping', () => {
      this.#idle?.refresh();
      // Each is answered by itself: who asks and does not read must not fill our memory.
      if (socket.bufferedAmount > MAX_BACKLOG) this.#deafPeer();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code?.startsWith('WS_ERR_')) this.#broken(error);
      else this.fail(error);
    });
    socket.on('close', () => this.#end());
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
      this.#queued += data.length;
      if (this.#queued > MAX_BACKLOG) this.#deafPeer();
      return;
    }
    if (this.#socket.bufferedAmount > MAX_BACKLOG) {
      this.#deafPeer();
      return;
    }
    this.#idle?.refresh();
    // RFC 7118 §5.1: text when it is UTF-8, so that any peer can read it; what is no text goes as it is.
    this.#socket.send(data, { binary: !isUtf8(data) });
  }

  /** RFC 7118 §6: by the ping of WebSocket itself, which every peer answers. */
  ping(): void {
    if (!this.closed && this.connected) this.#socket.ping();
  }

  close(): void {
    this.#end();
    if (this.connected) this.#leave(1000);
    else this.#socket.terminate();
  }

  fail(error: Error): void {
    this.#end(error);
    this.#socket.terminate();
  }

  #deafPeer(): void {
    this.fail(new SipTransportError(`The peer at ${this.remote.host}:${this.remote.port} has stopped reading.`));
  }

  /** What came is against the rules of WebSocket (RFC 6455), or longer than is taken; its peer is told by a close code. */
  #broken(error: Error): void {
    if (!this.closed) this.#handlers.noise(`No message could be read: ${error.message}.`);
    const what = `The WebSocket cannot be read any more: ${error.message}.`;
    this.#end(new SipTransportError(what, { code: 'ERR_SIP_FRAMING', cause: error }));
    this.#leave();
  }

  /** Says goodbye, and waits for the answer, but not for long. */
  #leave(code?: number): void {
    const socket = this.#socket;
    if (socket.readyState === socket.CLOSED) return;
    if (code !== undefined) socket.close(code);
    const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT).unref();
    socket.once('close', () => clearTimeout(timer));
  }

  #end(error?: Error): void {
    if (this.closed) return;
    this.closed = true;
    this.#queue = [];
    clearTimeout(this.#idle);
    this.#handlers.closed(error);
  }

  #receive(data: RawData): void {
    if (this.closed) return;
    this.#idle?.refresh();
    const bytes = Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    if (bytes.length <= 4 && bytes.every((byte) => byte === 13 || byte === 10)) {
      // Keep-alives of RFC 5626 §3.5.1, which browsers have to use: they cannot ping.
      if (bytes.length >= 4) this.send(PONG);
      else if (bytes.length > 0) this.#handlers.pong();
      return;
    }
    this.#handlers.message(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  }
}
