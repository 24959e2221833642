import type { Socket } from 'node:net';
import { sourceGroup } from '../limits/source-group';
import type { ConnectionCounters } from './stream-transport';

/** @internal Limits of a {@link ConnectionGate}. */
export interface ConnectionGateLimits {
  readonly maxConnectionsPerPeer: number;
  /** Most handshakes under way at once. */
  readonly maxHandshakes: number;
  /** How long a handshake may take, in ms. */
  readonly connectTimeout: number;
}

/** What is known of a connection that has come in. */
type Incoming = Pick<Socket, 'remoteAddress' | 'remotePort' | 'once' | 'destroy'>;

interface HalfOpen {
  readonly socket: Incoming;
  readonly timer: NodeJS.Timeout;
}

/**
 * @internal Stands before a server's connections: how many there may be of one peer, and how many whose handshake is not done. When too many
 * handshakes are under way the oldest is broken off: those who mean it are through in a moment.
 */
export class ConnectionGate {
  readonly #limits: ConnectionGateLimits;
  readonly #counters: ConnectionCounters;
  readonly #perPeer = new Map<string, number>();
  /** By the peer's address and port, the oldest first. */
  readonly #halfOpen = new Map<string, HalfOpen>();

  constructor(limits: ConnectionGateLimits, counters: ConnectionCounters) {
    this.#limits = limits;
    this.#counters = counters;
  }

  /** Handshakes under way. */
  get handshakes(): number {
    return this.#halfOpen.size;
  }

  /** A peer has connected, and its handshake begins. @returns false when there is no room; the socket is to be closed, and nothing else done with it */
  enter(socket: Incoming): boolean {
    const { remoteAddress, remotePort } = socket;
    // It has gone already.
    if (remoteAddress === undefined || remotePort === undefined) return false;
    const peer = sourceGroup(remoteAddress);
    const count = (this.#perPeer.get(peer) ?? 0) + 1;
    if (count > this.#limits.maxConnectionsPerPeer) {
      this.#counters.refused++;
      return false;
    }
    this.#perPeer.set(peer, count);
    const key = `${remotePort} ${remoteAddress}`;
    const timer = setTimeout(() => this.failed(socket), this.#limits.connectTimeout).unref();
    const halfOpen = { socket, timer };
    this.#halfOpen.set(key, halfOpen);
    socket.once('close', () => {
      const left = this.#perPeer.get(peer)! - 1;
      if (left > 0) this.#perPeer.set(peer, left);
      else this.#perPeer.delete(peer);
      if (this.#halfOpen.get(key) === halfOpen) this.#failed(key, halfOpen);
    });
    const [oldest] = this.#halfOpen;
    if (oldest && this.#halfOpen.size > this.#limits.maxHandshakes) this.#failed(...oldest);
    return true;
  }

  /** The handshake of a connection has failed: it is closed. */
  failed(socket: Pick<Socket, 'remoteAddress' | 'remotePort' | 'destroy'>): void {
    const key = `${socket.remotePort} ${socket.remoteAddress}`;
    const halfOpen = this.#halfOpen.get(key);
    if (halfOpen) this.#failed(key, halfOpen);
    socket.destroy();
  }

  #failed(key: string, halfOpen: HalfOpen): void {
    this.#end(key, halfOpen);
    this.#counters.handshakesFailed++;
    halfOpen.socket.destroy();
  }

  /** The handshake of a connection is done. @returns false when the connection was not let in, or is over */
  passed({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): boolean {
    const key = `${remotePort} ${remoteAddress}`;
    const halfOpen = this.#halfOpen.get(key);
    if (halfOpen) this.#end(key, halfOpen);
    return halfOpen !== undefined;
  }

  /** Breaks off the handshakes under way. */
  close(): void {
    for (const [key, halfOpen] of [...this.#halfOpen]) {
      this.#end(key, halfOpen);
      halfOpen.socket.destroy();
    }
  }

  #end(key: string, { timer }: HalfOpen): void {
    clearTimeout(timer);
    this.#halfOpen.delete(key);
  }
}
