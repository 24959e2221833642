import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { sameAddress } from '../ice/ice-candidate';
import type { TurnPipe } from '../ice/turn-client';
import { TurnFrames } from '../ice/turn-frames';
import { MediaError } from '../platform/errors';
import type { Address } from '../transport/rtp-transport';
import { openUdpRtpTransport, type UdpRtpTransportOptions } from './udp-rtp-transport';

// Node.js file: sockets to a TURN server.

const CONNECT_MS = 5000;

/** A UDP socket of its own to the server. */
export async function udpTurnPipe(server: Readonly<Address>, options: UdpRtpTransportOptions): Promise<TurnPipe> {
  const socket = await openUdpRtpTransport({ ...options, rtcpMux: true });
  socket.setRemote(server, server);
  return {
    reliable: false,
    send: (bytes) => socket.sendRtp(bytes),
    onMessage(handler) {
      const take = (bytes: Uint8Array, from: Readonly<Address>) => {
        if (sameAddress(from, server)) handler(bytes);
      };
      socket.onRtp(take);
      socket.onRtcp(take);
    },
    onClosed: () => {},
    close: () => void socket.close(),
  };
}

/**
 * A TCP connection, or a TLS one, to the server (RFC 8656 §3.1).
 *
 * @param tls makes it a TLS connection; the certificate is verified for `servername`
 * @throws MediaError `ERR_TURN`
 */
export function streamTurnPipe(server: Readonly<Address>, tls?: ConnectionOptions): Promise<TurnPipe> {
  const { host, port } = server;
  return new Promise((resolve, reject) => {
    const socket: Socket = tls ? connectTls({ ...tls, host, port }) : connect({ host, port });
    const fail = (cause: Error) => {
      socket.destroy();
      const what = tls ? 'TLS' : 'TCP';
      reject(new MediaError('ERR_TURN', `No ${what} connection to the TURN server: ${cause.message}.`, { cause }));
    };
    const timer = setTimeout(() => fail(new Error('it took too long')), CONNECT_MS);
    socket.once('error', fail);
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      socket.setNoDelay(true);
      resolve(new StreamPipe(socket));
    });
    socket.once('close', () => clearTimeout(timer));
  });
}

/** Bytes that may wait in a connection that is stuck; what comes after them is lost, as media that late is of no use. */
const MAX_WAITING_BYTES = 64 * 1024;

class StreamPipe implements TurnPipe {
  readonly reliable = true;
  readonly #socket: Socket;
  readonly #frames = new TurnFrames();
  #message: (bytes: Uint8Array) => void = () => {};
  #closed: (error: Error) => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data) => this.#take(data));
    socket.on('error', (error) => this.#closed(error));
    socket.on('close', () => this.#closed(new Error('the server closed it')));
  }

  #take(data: Uint8Array): void {
    const messages = this.#frames.push(data);
    if (!messages) {
      this.#socket.destroy(new Error('it sent what is neither STUN nor channel data'));
      return;
    }
    for (const message of messages) this.#message(message);
  }

  send(bytes: Uint8Array): void {
    if (this.#socket.destroyed || this.#socket.writableLength > MAX_WAITING_BYTES) return;
    // The stream keeps the bytes until they are written, and the caller uses them again.
    this.#socket.write(new Uint8Array(bytes));
  }

  onMessage(handler: (bytes: Uint8Array) => void): void {
    this.#message = handler;
  }

  onClosed(handler: (error: Error) => void): void {
    this.#closed = handler;
  }

  close(): void {
    this.#closed = () => {};
    this.#socket.end();
    this.#socket.unref();
  }
}
