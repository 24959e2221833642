import type { Clock } from '../platform/clock';
import { SipTransportError } from '../platform/errors';
import { answerStun, bindingRequest, readStun } from '../transport/stun';
import {
  type Address,
  type Flow,
  isInvalid,
  nextFlowId,
  type Transport,
  type TransportHandlers,
  type TransportProtocol,
} from '../transport/transport';
import { seededRandom } from './seeded-random';

/** How bad the network is. Loss, duplication and reordering concern datagrams only. */
export interface MemoryNetworkOptions {
  /** Time a message takes, in ms; 1 when absent. */
  delay?: number;
  /** Further time, evenly spread from 0 to this, in ms; 0 when absent. It reorders datagrams. */
  jitter?: number;
  /** Share of datagrams lost, 0 to 1. */
  loss?: number;
  /** Share of datagrams that come twice, 0 to 1. */
  duplicate?: number;
  /** Seed of all chance; 1 when absent. */
  seed?: number;
}

/** A network inside the process, on a clock of one's own. */
export class MemoryNetwork {
  /** May be changed at any time. */
  readonly options: Required<MemoryNetworkOptions>;
  /** Decides about single datagrams: answer `false` and it is lost. */
  filter: ((data: Uint8Array, from: Address, to: Address) => boolean) | undefined;
  /** Sees every message that is sent, those that get lost included. */
  tap: ((data: Uint8Array, from: Address, to: Address, protocol: TransportProtocol) => void) | undefined;
  /** @internal */
  readonly clock: Clock;
  readonly #random: () => number;
  readonly #listeners = new Map<string, MemoryTransport>();
  readonly #open = new Set<MemoryTransport>();
  readonly #deaf = new Set<string>();
  /** What NATs make of addresses. */
  readonly #seen = new Map<string, Address>();
  #pings = 0;
  #clients = 0;
  #nextPort = 49_152;

  constructor(clock: Clock, options: MemoryNetworkOptions = {}) {
    this.clock = clock;
    this.options = { delay: 1, jitter: 0, loss: 0, duplicate: 0, seed: 1, ...options };
    this.#random = seededRandom(this.options.seed);
  }

  /**
   * A transport at an address; with port 0 a free one.
   *
   * @param address.listen false: it only makes connections, and is known by a name in `.invalid` (RFC 7118 §5.1)
   */
  transport(protocol: TransportProtocol, address: { host: string; port?: number; listen?: boolean }): Transport {
    const { host, port } = address;
    const local =
      address.listen === false
        ? { host: `client${++this.#clients}.invalid`, port: 0 }
        : { host, port: port || this.#nextPort++ };
    return new MemoryTransport(this, protocol, local, host);
  }

  /** @internal */
  listen(transport: MemoryTransport): void {
    this.#open.add(transport);
    if (isInvalid(transport.local.host)) return;
    const key = keyOf(transport.protocol, transport.local);
    if (this.#listeners.has(key)) {
      throw new SipTransportError(
        `Port ${transport.local.port} of ${transport.local.host} is in use; choose another.`,
        {
          code: 'ERR_SIP_PORT_IN_USE',
        },
      );
    }
    this.#listeners.set(key, transport);
  }

  /** @internal */
  unlisten(transport: MemoryTransport): void {
    this.#open.delete(transport);
    if (!isInvalid(transport.local.host)) this.#listeners.delete(keyOf(transport.protocol, transport.local));
  }

  /** @internal */
  at(protocol: TransportProtocol, address: Address): MemoryTransport | undefined {
    return this.#listeners.get(keyOf(protocol, address));
  }

  /** @internal */
  datagram(protocol: TransportProtocol, from: Address, to: Address, data: Uint8Array): void {
    const { loss, duplicate } = this.options;
    this.tap?.(data, from, to, protocol);
    const copies = this.#random() < duplicate ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.#random() < loss || this.filter?.(data, from, to) === false) continue;
      const bytes = data.slice();
      this.clock.setTimer(this.delay(), () => this.at(protocol, to)?.datagram(bytes, from));
    }
  }

  /**
   * Makes an address deaf to keep-alives while its connections seem to live, as a router does that has forgotten them.
   *
   * @param deaf false makes it hear again
   */
  deafen(address: Address, deaf = true): void {
    const key = `${address.host} ${address.port}`;
    if (deaf) this.#deaf.add(key);
    else this.#deaf.delete(key);
  }

  /** Connections that are open now, each end counted. */
  get connections(): number {
    let open = 0;
    for (const transport of this.#open) open += transport.connections;
    return open;
  }

  /**
   * Breaks connections, as a network does that goes away: both ends learn it, and what was on its way is lost.
   *
   * @param host breaks those of one host only
   */
  sever(host?: string): void {
    for (const transport of this.#open) transport.sever(host);
  }

  /** @internal */
  silent({ local }: MemoryTransport): boolean {
    return this.#deaf.has(`${local.host} ${local.port}`);
  }

  /**
   * Lets an address be seen as another in the answers to keep-alives, as of somebody behind a NAT.
   *
   * @param seen undefined: as it is
   */
  map(address: Address, seen: Address | undefined): void {
    const key = `${address.host} ${address.port}`;
    if (seen) this.#seen.set(key, seen);
    else this.#seen.delete(key);
  }

  /** @internal A keep-alive in a datagram, a STUN Binding request (RFC 5626 §3.5.2), and its answer; they are lost like others. */
  ping(transport: MemoryTransport, flow: Flow): void {
    const { loss } = this.options;
    if (this.#random() < loss || this.#random() < loss) return;
    const id = new Uint8Array(12);
    new DataView(id.buffer).setUint32(0, ++this.#pings);
    const request = bindingRequest(id);
    if (this.filter?.(request, flow.local, flow.remote) === false) return;
    this.clock.setTimer(2 * this.options.delay, () => {
      const peer = this.at(flow.protocol, flow.remote);
      if (!peer || this.silent(peer)) return;
      const { host, port } = flow.local;
      const answer = answerStun(readStun(request)!, this.#seen.get(`${host} ${port}`) ?? flow.local)!;
      if (this.filter?.(answer, flow.remote, flow.local) === false) return;
      transport.handlers?.pong?.(flow, readStun(answer)!.mapped);
    });
  }

  /** @internal */
  delay(): number {
    const { delay, jitter } = this.options;
    return delay + (jitter > 0 ? this.#random() * jitter : 0);
  }

  /** @internal */
  freePort(): number {
    return this.#nextPort++;
  }
}

const keyOf = (protocol: TransportProtocol, { host, port }: Address) => `${protocol} ${host} ${port}`;

class MemoryTransport implements Transport {
  readonly reliable: boolean;
  #handlers: TransportHandlers | undefined;
  readonly #flows = new Map<string, DatagramFlow | StreamFlow>();

  constructor(
    readonly network: MemoryNetwork,
    readonly protocol: TransportProtocol,
    readonly local: Address,
    /** Host its packets come from. */
    readonly place: string,
  ) {
    this.reliable = protocol !== 'UDP';
  }

  async listen(handlers: TransportHandlers): Promise<void> {
    this.network.listen(this);
    this.#handlers = handlers;
  }

  flow(remote: Address): Flow {
    const key = `${remote.host} ${remote.port}`;
    const known = this.#flows.get(key);
    if (known && !known.closed) return known;
    const flow = this.reliable
      ? new StreamFlow(this, remote, { host: this.place, port: this.network.freePort() })
      : new DatagramFlow(this, remote);
    this.#flows.set(key, flow);
    if (flow instanceof StreamFlow) flow.connect();
    return flow;
  }

  datagram(data: Uint8Array, from: Address): void {
    this.#handlers?.message(data, this.flow(from));
  }

  /** A peer has connected. */
  accept(remote: StreamFlow): StreamFlow {
    const flow = new StreamFlow(this, remote.source, this.local);
    this.#flows.set(`${remote.source.host} ${remote.source.port}`, flow);
    return flow;
  }

  get connections(): number {
    let open = 0;
    for (const flow of this.#flows.values()) if (flow.reliable && !flow.closed) open++;
    return open;
  }

  sever(host: string | undefined): void {
    for (const flow of [...this.#flows.values()]) {
      const concerned = host === undefined || host === this.place || host === flow.remote.host;
      if (flow instanceof StreamFlow && concerned) flow.fail();
    }
  }

  /** @internal A flow has closed: nobody gets it any more. */
  forget(flow: StreamFlow): void {
    for (const { host, port } of [flow.remote, flow.source]) {
      const key = `${host} ${port}`;
      if (this.#flows.get(key) === flow) this.#flows.delete(key);
    }
  }

  get handlers(): TransportHandlers | undefined {
    return this.#handlers;
  }

  async close(): Promise<void> {
    this.network.unlisten(this);
    for (const flow of this.#flows.values()) flow.close();
    this.#flows.clear();
    this.#handlers = undefined;
  }
}

class DatagramFlow implements Flow {
  readonly id = nextFlowId();
  readonly protocol: TransportProtocol;
  readonly reliable = false;
  readonly closed = false;
  readonly local: Address;

  constructor(
    private readonly transport: MemoryTransport,
    readonly remote: Address,
  ) {
    this.protocol = transport.protocol;
    this.local = transport.local;
  }

  send(data: Uint8Array): void {
    this.transport.network.datagram(this.protocol, this.local, this.remote, data);
  }

  ping(): void {
    this.transport.network.ping(this.transport, this);
  }

  close(): void {}
}

class StreamFlow implements Flow {
  readonly id = nextFlowId();
  readonly protocol: TransportProtocol;
  readonly reliable = true;
  readonly local: Address;
  closed = false;
  #peer: StreamFlow | undefined;
  #queue: Uint8Array[] = [];

  constructor(
    private readonly transport: MemoryTransport,
    readonly remote: Address,
    /** @internal Where this end of the connection is; the peer sees it. */
    readonly source: Address,
  ) {
    this.protocol = transport.protocol;
    // Via and Contact name the port that listens, not the one this connection happens to leave by.
    this.local = transport.local;
  }

  connect(): void {
    const { network } = this.transport;
    network.clock.setTimer(network.delay(), () => {
      if (this.closed) return;
      const listener = network.at(this.protocol, this.remote);
      if (!listener) {
        this.#ended(
          new SipTransportError(`Nobody listens at ${this.remote.host}:${this.remote.port}.`, {
            code: 'ERR_SIP_CONNECT',
          }),
        );
        return;
      }
      this.#peer = listener.accept(this);
      this.#peer.#peer = this;
      const queue = this.#queue;
      this.#queue = [];
      for (const data of queue) this.send(data);
    });
  }

  send(data: Uint8Array): void {
    if (this.closed) return;
    const peer = this.#peer;
    if (!peer) {
      this.#queue.push(data);
      return;
    }
    const bytes = data.slice();
    const { network } = this.transport;
    // A connection is made from any port; who is at its end is known by where it listens.
    network.tap?.(data, this.local, peer.local, this.protocol);
    network.clock.setTimer(network.options.delay, () => {
      if (!peer.closed) peer.transport.handlers?.message(bytes, peer);
    });
  }

  ping(): void {
    const peer = this.#peer;
    const { network } = this.transport;
    // There and back again.
    network.clock.setTimer(2 * network.options.delay, () => {
      if (!this.closed && peer && !peer.closed && !network.silent(peer.transport))
        this.transport.handlers?.pong?.(this);
    });
  }

  close(): void {
    if (this.closed) return;
    this.#ended();
    const peer = this.#peer;
    if (peer && !peer.closed)
      this.transport.network.clock.setTimer(this.transport.network.delay(), () => peer.#ended());
  }

  /** @internal The network has broken the connection. */
  fail(): void {
    this.#ended(new SipTransportError('The connection broke.'));
  }

  #ended(error?: SipTransportError): void {
    if (this.closed) return;
    this.closed = true;
    this.#queue = [];
    this.transport.forget(this);
    this.transport.handlers?.flowClosed(this, error);
  }
}
