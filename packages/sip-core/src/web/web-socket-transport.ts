import { SipTransportError } from '../platform/errors';
import { randomToken, systemRandom } from '../platform/random';
import {
  type Address,
  type Flow,
  nextFlowId,
  type Target,
  type Transport,
  type TransportHandlers,
} from '../transport/transport';

/** The part of the WebSocket of browsers, Deno, Bun and Node.js 22 that is used. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly protocol: string;
  readonly bufferedAmount: number;
  /** Called when the connection is open. */
  onopen: ((event: never) => void) | null;
  /** Called when the connection is gone. */
  onclose: ((event: never) => void) | null;
  /** Called when the connection failed. */
  onerror: ((event: never) => void) | null;
  /** Called with each message. */
  onmessage: ((event: never) => void) | null;
  /** Sends a message; a text, or bytes. */
  send(data: string | Uint8Array<ArrayBuffer>): void;
  /** Ends the connection, with a status (RFC 6455 §7.4) and a reason. */
  close(code?: number, reason?: string): void;
}

/** Settings of a {@link WebSocketTransport}. */
export interface WebSocketTransportOptions {
  /** The server: `wss://pbx.example.com/sip` or `ws://…`. */
  url: string;
  /** WebSocket to use; that of the platform when absent. */
  WebSocket?: new (
    url: string,
    protocols: string,
  ) => WebSocketLike;
  /** How long a connection may take to be made, in ms; 10,000 when absent. */
  connectTimeout?: number;
}

/** Bytes that may wait in a connection whose peer does not read. */
const MAX_BACKLOG = 4 << 20;
const OPEN = 1;
const PING = new Uint8Array([13, 10, 13, 10]);
const PONG = new Uint8Array([13, 10]);

/**
 * SIP over the WebSocket of a browser (RFC 7118), or of any platform that has one. All requests go to the one server; a connection that has
 * closed is made anew by the next request. As nobody can connect to a browser, it is known by a random name in `.invalid` (§5).
 */
export class WebSocketTransport implements Transport {
  readonly protocol: 'WS' | 'WSS';
  readonly reliable = true;
  readonly local: Address;
  readonly server: Target;
  readonly #options: WebSocketTransportOptions;
  #handlers: TransportHandlers | undefined;
  #flow: BrowserFlow | undefined;

  /** @throws TypeError when the URL is none of `ws:` or `wss:` */
  constructor(options: WebSocketTransportOptions) {
    // As http: and https: the URL is taken apart by every platform alike.
    const url = new URL(options.url.replace(/^ws/i, 'http'));
    if (!/^wss?:\/\//i.test(options.url))
      throw new TypeError(`${options.url} is no URL of a WebSocket; begin it with wss:.`);
    this.#options = options;
    this.protocol = url.protocol === 'https:' ? 'WSS' : 'WS';
    const port = url.port ? Number(url.port) : this.protocol === 'WSS' ? 443 : 80;
    this.server = { protocol: this.protocol, host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port };
    this.local = { host: `${randomToken(systemRandom, 12).toLowerCase()}.invalid`, port: 0 };
  }

  async listen(handlers: TransportHandlers): Promise<void> {
    this.#handlers = handlers;
  }

  /** The connection to the server, whatever the address. */
  flow(): Flow {
    if (this.#flow && !this.#flow.closed) return this.#flow;
    if (!this.#handlers) {
      throw new SipTransportError(`The ${this.protocol} transport is not open; start the stack, or listen, first.`, {
        code: 'ERR_SIP_NO_TRANSPORT',
      });
    }
    const { url, connectTimeout = 10_000 } = this.#options;
    const WebSocket =
      this.#options.WebSocket ?? (globalThis as { WebSocket?: WebSocketTransportOptions['WebSocket'] }).WebSocket;
    if (!WebSocket) {
      throw new SipTransportError(
        'This platform has no WebSocket; give one, or use WsTransport of @offhook/sip-core/node.',
        {
          code: 'ERR_SIP_NO_TRANSPORT',
        },
      );
    }
    const flow: BrowserFlow = new BrowserFlow(this.protocol, new WebSocket(url, 'sip'), this.local, this.server, {
      connectTimeout,
      message: (data) => this.#handlers?.message(data, flow),
      pong: () => this.#handlers?.pong?.(flow),
      closed: (error) => this.#handlers?.flowClosed(flow, error),
    });
    this.#flow = flow;
    return flow;
  }

  get connections(): number {
    return this.#flow && !this.#flow.closed ? 1 : 0;
  }

  async close(): Promise<void> {
    this.#handlers = undefined;
    this.#flow?.close();
    this.#flow = undefined;
  }
}

interface BrowserFlowHandlers {
  readonly connectTimeout: number;
  message(data: Uint8Array): void;
  pong(): void;
  closed(error?: SipTransportError): void;
}

class BrowserFlow implements Flow {
  readonly id = nextFlowId();
  readonly reliable = true;
  closed = false;
  readonly #socket: WebSocketLike;
  readonly #handlers: BrowserFlowHandlers;
  readonly #encoder = new TextEncoder();
  #queue: Uint8Array[] = [];
  #queued = 0;
  #timer: ReturnType<typeof setTimeout>;

  constructor(
    readonly protocol: 'WS' | 'WSS',
    socket: WebSocketLike,
    readonly local: Address,
    readonly remote: Address,
    handlers: BrowserFlowHandlers,
  ) {
    this.#socket = socket;
    this.#handlers = handlers;
    socket.binaryType = 'arraybuffer';
    this.#timer = setTimeout(() => this.#fail('did not answer', 'ERR_SIP_CONNECT'), handlers.connectTimeout);
    socket.onopen = () => {
      clearTimeout(this.#timer);
      if (socket.protocol !== 'sip') {
        this.#fail('has a WebSocket, but not for SIP (RFC 7118 §4)', 'ERR_SIP_CONNECT');
        return;
      }
      for (const data of this.#queue.splice(0)) this.send(data);
    };
    socket.onmessage = (event: { data: unknown }) => this.#receive(event.data);
    // A browser does not say why, so that pages learn nothing of networks they are not in.
    socket.onerror = () => this.#fail('cannot be reached, or the connection broke', 'ERR_SIP_CONNECT');
    socket.onclose = () => this.#end();
  }

  send(data: Uint8Array): void {
    const socket = this.#socket;
    if (this.closed) return;
    if (socket.readyState !== OPEN) {
      this.#queue.push(data);
      this.#queued += data.length;
      if (this.#queued > MAX_BACKLOG) this.#fail('does not answer, and too much waits for it', 'ERR_SIP_CONNECT');
      return;
    }
    if (socket.bufferedAmount > MAX_BACKLOG) {
      this.#fail('has stopped reading', 'ERR_SIP_TRANSPORT');
      return;
    }
    let text: string | undefined;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(data);
    } catch {
      // Not all bodies are text.
    }
    socket.send(text ?? data.slice());
  }

  /** RFC 5626 §3.5.1, as a page cannot send the ping of WebSocket (RFC 7118 §6). */
  ping(): void {
    if (this.#socket.readyState === OPEN) this.send(PING);
  }

  close(): void {
    this.#end();
    this.#socket.close(1000);
  }

  #receive(data: unknown): void {
    if (this.closed) return;
    const bytes =
      typeof data === 'string'
        ? this.#encoder.encode(data)
        : data instanceof ArrayBuffer
          ? new Uint8Array(data)
          : undefined;
    if (!bytes || bytes.length === 0) return;
    if (bytes.length <= 4 && bytes.every((byte) => byte === 13 || byte === 10)) {
      if (bytes.length >= 4) this.send(PONG);
      else this.#handlers.pong();
      return;
    }
    this.#handlers.message(bytes);
  }

  #fail(what: string, code: string): void {
    const { host, port } = this.remote;
    this.#end(new SipTransportError(`${this.protocol} ${host}:${port} ${what}.`, { code }));
    this.#socket.close();
  }

  #end(error?: SipTransportError): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.#timer);
    this.#queue = [];
    this.#handlers.closed(error);
  }
}
