import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TlsOptions as ServerOptions } from 'node:tls';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ConnectionGate } from './connection-gate';

/** @internal What a handshake is refused for. */
interface Refusal {
  readonly status: string;
  readonly reason: string;
  /** Further header fields. */
  readonly headers?: string;
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
  /** Who may connect. */
  readonly gate: ConnectionGate;
  /** For WSS. */
  readonly tls: ServerOptions | undefined;
  /** Takes connections over. Called with the peer's HTTP request. */
  accepted(socket: WebSocket, request: IncomingMessage): void;
  /** There was no room for a connection. */
  refused(): void;
}

/** @internal The HTTP side of SIP over WebSocket: handshakes with the subprotocol `sip` (RFC 7118 §4). */
export class SipWebSocketServer {
  readonly http: Server;
  readonly #options: SipWebSocketServerOptions;
  readonly #server: WebSocketServer;

  /** Whether the server is our own, so that all its connections are for us. */
  readonly #own: boolean;

  /** @param existing a server to take the upgrades of; a new one when absent */
  constructor(options: SipWebSocketServerOptions, existing?: Server) {
    this.#options = options;
    this.#own = existing === undefined;
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
    const { tls, handshakeTimeout, maxConnections, gate } = this.#options;
    const respond = (_request: IncomingMessage, response: ServerResponse) => {
      response
        .writeHead(426, { Upgrade: 'websocket', Connection: 'close' })
        .end('SIP is spoken here over WebSocket.\n');
    };
    const server = tls ? createSecureServer({ ...tls }, respond) : createServer(respond);
    server.headersTimeout = server.requestTimeout = handshakeTimeout;
    server.maxConnections = maxConnections;
    server.on('drop', () => this.#options.refused());
    server.prependListener('connection', (socket: Socket) => {
      if (!gate.enter(socket)) setImmediate(() => socket.destroy());
    });
    server.on('tlsClientError', (_error: Error, socket: Socket) => gate.failed(socket));
    return server;
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => {});
    const refusal = this.#refuse(request);
    if (refusal) {
      const { status, reason, headers = '' } = refusal;
      socket.end(
        `HTTP/1.1 ${status}\r\nConnection: close\r\n${headers}Content-Type: text/plain\r\nContent-Length: ${reason.length + 1}\r\n\r\n${reason}\n`,
      );
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (accepted) => this.#options.accepted(accepted, request));
  };

  #refuse(request: IncomingMessage): Refusal | undefined {
    const { path, origins } = this.#options;
    const asked = (request.url ?? '/').split('?', 1)[0];
    if (path !== undefined && asked !== path) return { status: '404 Not Found', reason: 'There is no WebSocket here.' };
    if (request.headers['sec-websocket-version'] !== '13') {
      const headers = 'Sec-WebSocket-Version: 13\r\n';
      return { status: '426 Upgrade Required', reason: 'Version 13 of WebSocket is spoken here (RFC 6455).', headers };
    }
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
    if (!protocols.includes('sip')) {
      return { status: '400 Bad Request', reason: 'Ask for the subprotocol "sip" (RFC 7118).' };
    }
    const { origin } = request.headers;
    if (origins && (origin === undefined || !origins.includes(origin))) {
      return { status: '403 Forbidden', reason: 'Pages of this origin may not connect.' };
    }
    // Connections of a server of our own were counted when they came.
    if (!this.#own && !this.#options.gate.enter(request.socket)) {
      return { status: '503 Service Unavailable', reason: 'There are too many connections from your address.' };
    }
    return undefined;
  }
}
