import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TlsOptions as ServerOptions } from 'node:tls';
import { type WebSocket, WebSocketServer } from 'ws';

/** @internal What a handshake is refused for. */
interface Refusal {
  readonly status: string;
  readonly reason: string;
}

/** @internal Settings of a {@link SipWebSocketServer}. */
export interface SipWebSocketServerOptions {
  /** Path that is served; any when absent. */
  readonly path: string | undefined;
  /** Origins of pages that may connect; any when absent. */
  readonly origins: readonly string[] | undefined;
  readonly maxMessageSize: number;
  readonly maxConnections: number;
  readonly handshakeTimeout: number;
  /** For WSS. */
  readonly tls: ServerOptions | undefined;
  /** Takes connections over. Called with the peer's HTTP request. */
  accepted(socket: WebSocket, request: IncomingMessage): void;
  refused(): void;
}

/** @internal The HTTP side of SIP over WebSocket: handshakes with the subprotocol `sip` (RFC 7118 §4). */
export class SipWebSocketServer {
  readonly http: Server;
  readonly #options: SipWebSocketServerOptions;
  readonly #server: WebSocketServer;

  /** @param existing a server to take the upgrades of; a new one when absent */
  constructor(options: SipWebSocketServerOptions, existing?: Server) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxMessageSize,
      handleProtocols: () => 'sip',
    });
    this.http = existing ?? this.#create();
    this.http.on('upgrade', this.#upgrade);
  }

  /** Takes no more handshakes. */
  detach(): void {
    this.http.off('upgrade', this.#upgrade);
    this.#server.close();
  }

  #create(): Server {
    const { tls, handshakeTimeout, maxConnections } = this.#options;
    const respond = (_request: IncomingMessage, response: import('node:http').ServerResponse) => {
      response
        .writeHead(426, { Upgrade: 'websocket', Connection: 'close' })
        .end('SIP is spoken here over WebSocket.\n');
    };
    const server = tls ? createSecureServer({ ...tls }, respond) : createServer(respond);
    server.headersTimeout = server.requestTimeout = handshakeTimeout;
    server.maxConnections = maxConnections;
    server.on('tlsClientError', () => this.#options.refused());
    server.on('drop', () => this.#options.refused());
    return server;
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => {});
    const refusal = this.#refuse(request);
    if (refusal) {
      this.#options.refused();
      const body = `${refusal.reason}\n`;
      socket.end(
        `HTTP/1.1 ${refusal.status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (accepted) => this.#options.accepted(accepted, request));
  };

  #refuse(request: IncomingMessage): Refusal | undefined {
    const { path, origins } = this.#options;
    const asked = (request.url ?? '/').split('?', 1)[0];
    if (path !== undefined && asked !== path) return { status: '404 Not Found', reason: 'There is no WebSocket here.' };
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
    if (!protocols.includes('sip')) {
      return { status: '400 Bad Request', reason: 'Ask for the subprotocol "sip" (RFC 7118).' };
    }
    const { origin } = request.headers;
    if (origins && (origin === undefined || !origins.includes(origin))) {
      return { status: '403 Forbidden', reason: 'Pages of this origin may not connect.' };
    }
    return undefined;
  }
}
