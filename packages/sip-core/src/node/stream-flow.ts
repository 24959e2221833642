import type { Socket } from 'node:net';
import { SipTransportError } from '../platform/errors';
import { StreamFramer } from '../transport/stream-framer';
import { type Address, type Flow, nextFlowId, type PeerIdentity, type TransportProtocol } from '../transport/transport';

/** Bytes that may wait in a connection whose peer does not read. */
const MAX_BACKLOG = 4 << 20;
/** What waits to be sent when a connection is closed may still go out for this long, in ms. */
const CLOSE_TIMEOUT = 1_000;
/** First probe of the system's own keep-alive after this time without traffic, in ms. */
export const TCP_KEEP_ALIVE = 60_000;
const PING = new Uint8Array([13, 10, 13, 10]);
const PONG = new Uint8Array([13, 10]);

/** @internal Who is told what comes over a {@link StreamFlow}, and what becomes of it. */
export interface StreamFlowHandlers {
  message(data: Uint8Array): void;
  noise(reason: string): void;
  pong(): void;
  /** The peer wants requests for this port of its address over this connection (RFC 5923). */
  alias(port: number): void;
  closed(error?: Error): void;
}

/** @internal What a {@link StreamFlow} is made of. */
export interface StreamFlowParts {
  readonly protocol: TransportProtocol;
  readonly socket: Socket;
  readonly local: Address;
  readonly remote: Address;
  /** Whether messages can be sent at once; else {@link StreamFlow.ready} says when. */
  readonly connected: boolean;
  /** Whether the peer is asked to send its requests over this connection (RFC 5923). */
  readonly wantsAlias: boolean;
  readonly maxMessageSize: number;
  /** How long one message may take to come in full, in ms. */
  readonly messageTimeout: number;
  /** Closed after this long without traffic, in ms; 0 never. */
  readonly idleTimeout: number;
  readonly handlers: StreamFlowHandlers;
}

/** @internal One connection of a byte stream, TCP or TLS, that carries SIP messages both ways (RFC 3261 §18.3). */
export class StreamFlow implements Flow {
  readonly id = nextFlowId();
  readonly reliable = true;
  readonly protocol: TransportProtocol;
  readonly local: Address;
  readonly remote: Address;
  closed = false;
  /** Whether there has been a connection. */
  connected: boolean;
  peer: PeerIdentity | undefined;
  readonly wantsAlias: boolean;
  /** What it is kept under as the connection of a listening address (RFC 5923). */
  aliased: string | undefined;
  readonly #socket: Socket;
  readonly #handlers: StreamFlowHandlers;
  readonly #framer: StreamFramer;
  readonly #messageTimeout: number;
  /** Runs while a message has begun and is not complete. */
  #patience: NodeJS.Timeout | undefined;

  constructor(parts: StreamFlowParts) {
    const { socket, idleTimeout } = parts;
    this.protocol = parts.protocol;
    this.local = parts.local;
    this.remote = parts.remote;
    this.connected = parts.connected;
    this.wantsAlias = parts.wantsAlias;
    this.#socket = socket;
    this.#handlers = parts.handlers;
    this.#messageTimeout = parts.messageTimeout;
    this.#framer = new StreamFramer({ maxMessageSize: parts.maxMessageSize });
    socket.on('data', (data) => this.#receive(data));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.#end());
    // A peer that has gone without a word is noticed at last, also where nobody pings.
    socket.setKeepAlive(true, TCP_KEEP_ALIVE);
    if (idleTimeout > 0) socket.setTimeout(idleTimeout, () => this.close());
  }

  /** The connection has been made, and its peer has proved to be this. */
  ready(peer?: PeerIdentity): void {
    this.connected = true;
    this.peer = peer;
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

  alias(port: number): void {
    this.#handlers.alias(port);
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
    clearTimeout(this.#patience);
    this.#handlers.closed(error);
  }

  #receive(data: Buffer): void {
    if (this.closed) return;
    try {
      for (const frame of this.#framer.push(data)) {
        if (frame.kind === 'message') this.#handlers.message(frame.bytes);
        else if (frame.kind === 'ping') this.send(PONG);
        else this.#handlers.pong();
        if (this.closed) return;
      }
    } catch (error) {
      this.#handlers.noise((error as Error).message);
      this.fail(error as Error);
      return;
    }
    this.#awaitRest();
  }

  /** A peer that sends a message byte by byte holds a connection for nothing. */
  #awaitRest(): void {
    if (!this.#framer.partial) {
      clearTimeout(this.#patience);
      this.#patience = undefined;
    } else if (!this.#patience) {
      this.#patience = setTimeout(() => {
        const reason = `A message was not complete ${this.#messageTimeout} ms after it began.`;
        this.#handlers.noise(reason);
        this.fail(new SipTransportError(reason, { code: 'ERR_SIP_FRAMING' }));
      }, this.#messageTimeout).unref();
    }
  }
}
