import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { type Address, type Flow, nextFlowId, type Transport, type TransportHandlers } from '../transport/transport';
import { isWildcard, localAddressToward } from './local-address';
import { listenError, sendError } from './socket-errors';

/** Settings of a {@link UdpTransport}. */
export interface UdpTransportOptions {
  /** Numeric address to bind; `0.0.0.0` (every IPv4 address) when absent, `::` for IPv6. */
  host?: string;
  /** Port to bind; 0, a free one, when absent. */
  port?: number;
}

/** Remembered flows; an address not heard from for long is forgotten and made anew when needed. */
const MAX_FLOWS = 4_096;
/** Requests for the kernel's receive buffer, in bytes: bursts of a busy server fit. The kernel may grant less. */
const RECEIVE_BUFFER = 1 << 20;
const PING = new Uint8Array([13, 10, 13, 10]);

/** SIP over UDP (RFC 3261 §18.1.1), IPv4 or IPv6, on a socket of Node.js. */
export class UdpTransport implements Transport {
  readonly protocol = 'UDP';
  readonly reliable = false;
  #local: Address;
  #socket: Socket | undefined;
  #handlers: TransportHandlers | undefined;
  readonly #flows = new Map<string, UdpFlow>();

  constructor(options: UdpTransportOptions = {}) {
    this.#local = { host: options.host ?? '0.0.0.0', port: options.port ?? 0 };
  }

  get local(): Address {
    return this.#local;
  }

  listen(handlers: TransportHandlers): Promise<void> {
    const ipv6 = isIPv6(this.#local.host);
    const socket = createSocket({
      type: ipv6 ? 'udp6' : 'udp4',
      ipv6Only: ipv6 && this.#local.host === '::',
      // Addresses are numeric here; the system's look-up would cost more than the sending.
      lookup: (host, _options, found) => found(null, host, ipv6 ? 6 : 4),
    });
    return new Promise((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(listenError(error, 'UDP', this.#local));
      });
      socket.bind(this.#local.port, this.#local.host, () => {
        socket.removeAllListeners('error');
        this.#handlers = handlers;
        this.#local = { host: this.#local.host, port: socket.address().port };
        try {
          socket.setRecvBufferSize(RECEIVE_BUFFER);
        } catch {
          // The default has to do.
        }
        // Errors of the socket as a whole; those of one datagram come to its sender.
        socket.on('error', () => {});
        socket.on('message', (data, { address, port }) => this.#receive(data, address, port));
        this.#socket = socket;
        resolve();
      });
    });
  }

  flow(remote: Address): Flow {
    const key = `${remote.port} ${remote.host}`;
    let flow = this.#flows.get(key);
    if (!flow) {
      if (this.#flows.size >= MAX_FLOWS) this.#flows.delete(this.#flows.keys().next().value!);
      flow = new UdpFlow(this, this.#localToward(remote.host), { host: remote.host, port: remote.port });
      this.#flows.set(key, flow);
    }
    return flow;
  }

  networkChanged(): void {
    // Flows know the address they leave from; new ones find out anew.
    if (isWildcard(this.#local.host)) this.#flows.clear();
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#handlers = undefined;
    this.#flows.clear();
    if (socket) await new Promise<void>((resolve) => socket.close(() => resolve()));
  }

  /** @internal */
  transmit(data: Uint8Array, flow: UdpFlow): void {
    const failed = (error: Error) => this.#handlers?.flowClosed(flow, sendError(error, 'UDP', flow.remote));
    try {
      this.#socket?.send(data, flow.remote.port, flow.remote.host, (error) => {
        if (error) failed(error);
      });
    } catch (error) {
      // A port no datagram can go to, such as the 0 of a Via, is refused by the socket on the spot.
      failed(error as Error);
    }
  }

  #receive(data: Buffer, host: string, port: number): void {
    const flow = this.flow({ host, port });
    // Keep-alives of four bytes or fewer (RFC 5626 §4.4 has them for streams; phones send them over UDP as well).
    if (data.length <= 4 && data.every((byte) => byte === 13 || byte === 10 || byte === 0)) return;
    this.#handlers?.message(new Uint8Array(data.buffer, data.byteOffset, data.length), flow);
  }

  #localToward(remote: string): Address {
    if (!isWildcard(this.#local.host)) return this.#local;
    return { host: localAddressToward(remote) ?? this.#local.host, port: this.#local.port };
  }
}

class UdpFlow implements Flow {
  readonly id = nextFlowId();
  readonly protocol = 'UDP';
  readonly reliable = false;
  readonly closed = false;

  constructor(
    private readonly transport: UdpTransport,
    readonly local: Address,
    readonly remote: Address,
  ) {}

  send(data: Uint8Array): void {
    this.transport.transmit(data, this);
  }

  ping(): void {
    this.transport.transmit(PING, this);
  }

  close(): void {}
}
