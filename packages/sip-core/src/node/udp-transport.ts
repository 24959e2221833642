import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { systemRandom } from '../platform/random';
import { answerStun, bindingRequest, isStun, readStun } from '../transport/stun';
import { type Address, type Flow, nextFlowId, type Transport, type TransportHandlers } from '../transport/transport';
import { forgetLocalAddresses, isWildcard, localAddressToward } from './local-address';
import { listenError, sendError } from './socket-errors';
import { notOpen } from './stream-transport';

/** Settings of a {@link UdpTransport}. */
export interface UdpTransportOptions {
  /** Numeric address to bind; `0.0.0.0` (every IPv4 address) when absent, `::` for IPv6. */
  host?: string;
  /** Port to bind; 0, a free one, when absent. */
  port?: number;
  /** Whether STUN Binding requests of peers, their keep-alives (RFC 5626 §8), are answered; true when absent. */
  answerStun?: boolean;
  /**
   * What our keep-alives are: `stun`, Binding requests that are answered with our address as the peer sees it (RFC 5626 §3.5.2), or `crlf`, for
   * servers that take STUN for broken SIP: those keep a NAT open, and are not answered; `stun` when absent.
   */
  keepAlive?: 'stun' | 'crlf';
}

/** Remembered flows; an address not heard from for long is forgotten and made anew when needed. */
const MAX_FLOWS = 4_096;
/** Requests for the kernel's receive buffer, in bytes: bursts of a busy server fit. The kernel may grant less. */
const RECEIVE_BUFFER = 1 << 20;
const CRLFS = new Uint8Array([13, 10, 13, 10]);
/** STUN requests whose answer may still come. */
const MAX_PINGS = 4_096;
/** A request that is repeated within this time, in ms, is the same one (RFC 8489 §6.2.1: 39.5 s). */
const PING_LIFE = 40_000;

/** SIP over UDP (RFC 3261 §18.1.1), IPv4 or IPv6, on a socket of Node.js. */
export class UdpTransport implements Transport {
  readonly protocol = 'UDP';
  readonly reliable = false;
  #local: Address;
  #socket: Socket | undefined;
  #handlers: TransportHandlers | undefined;
  readonly #flows = new Map<string, UdpFlow>();
  /** Flows whose keep-alive is not answered yet, by its transaction id. */
  readonly #pings = new Map<string, UdpFlow>();
  readonly #answerStun: boolean;
  readonly #keepAlive: 'stun' | 'crlf';

  constructor(options: UdpTransportOptions = {}) {
    this.#answerStun = options.answerStun ?? true;
    this.#keepAlive = options.keepAlive ?? 'stun';
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
      if (!this.#socket) throw notOpen('UDP');
      if (this.#flows.size >= MAX_FLOWS) this.#flows.delete(this.#flows.keys().next().value!);
      flow = new UdpFlow(this, this.#localToward(remote.host), { host: remote.host, port: remote.port });
      this.#flows.set(key, flow);
    } else if (this.#flows.size > MAX_FLOWS / 2) {
      // Those that are used are forgotten last.
      this.#flows.delete(key);
      this.#flows.set(key, flow);
    }
    return flow;
  }

  networkChanged(): void {
    forgetLocalAddresses();
    // Flows know the address they leave from; new ones find out anew.
    if (isWildcard(this.#local.host)) this.#flows.clear();
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#handlers = undefined;
    this.#flows.clear();
    this.#pings.clear();
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

  /** @internal Asks the peer where it sees us (RFC 5626 §3.5.2). */
  ping(flow: UdpFlow): void {
    if (this.#keepAlive === 'crlf') {
      this.transmit(CRLFS, flow);
      return;
    }
    const now = performance.now();
    if (flow.pinged && now - flow.pinged.since > PING_LIFE) this.#pings.delete(flow.pinged.key);
    else if (flow.pinged) {
      this.#pings.set(flow.pinged.key, flow);
      this.transmit(flow.pinged.request, flow);
      return;
    }
    const id = systemRandom(12);
    const request = bindingRequest(id);
    const key = keyOf(id);
    flow.pinged = { key, request, since: now };
    if (this.#pings.size >= MAX_PINGS) this.#pings.delete(this.#pings.keys().next().value!);
    this.#pings.set(key, flow);
    this.transmit(request, flow);
  }

  #receive(data: Buffer, host: string, port: number): void {
    if (isStun(data)) {
      this.#receiveStun(data, { host, port });
      return;
    }
    const flow = this.flow({ host, port });
    // Keep-alives of four bytes or fewer (RFC 5626 §4.4 has them for streams; phones send them over UDP as well).
    if (data.length <= 4 && data.every((byte) => byte === 13 || byte === 10 || byte === 0)) return;
    this.#handlers?.message(new Uint8Array(data.buffer, data.byteOffset, data.length), flow);
  }

  #receiveStun(data: Buffer, from: Address): void {
    const message = readStun(data);
    const flow = message && this.#pings.get(keyOf(message.transactionId));
    const { host, port } = flow?.remote ?? { host: '', port: 0 };
    if (message && flow && message.class !== 'request' && host === from.host && port === from.port) {
      this.#pings.delete(keyOf(message.transactionId));
      flow.pinged = undefined;
      // An error is an answer too: the way is open.
      this.#handlers?.pong?.(flow, message.mapped);
      return;
    }
    const answer = message && this.#answerStun && answerStun(message, from);
    if (answer) this.#socket?.send(answer, from.port, from.host, () => {});
    else if (message?.class !== 'request') {
      this.#handlers?.noise('It is STUN that nobody asked for.', this.flow(from));
    }
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
  /** The keep-alive that waits for its answer. */
  pinged: { readonly key: string; readonly request: Uint8Array; readonly since: number } | undefined;

  constructor(
    private readonly transport: UdpTransport,
    readonly local: Address,
    readonly remote: Address,
  ) {}

  send(data: Uint8Array): void {
    this.transport.transmit(data, this);
  }

  ping(): void {
    this.transport.ping(this);
  }

  close(): void {}
}

const keyOf = (transactionId: Uint8Array): string => String.fromCharCode(...transactionId);
