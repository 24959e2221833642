import type { Clock } from '../platform/clock';
import type { Address, DatagramHandler, RtpTransport } from '../transport/rtp-transport';
import { isReachable } from '../transport/rtp-transport';
import { seededRandom } from './seeded-random';

/** What a path in memory does to datagrams. All default to a perfect path. */
export interface MemoryPath {
  /** Share lost, 0 to 1. */
  loss?: number;
  /** Share that arrives twice, 0 to 1. */
  duplicate?: number;
  /** ms every datagram takes. */
  delay?: number;
  /** Up to this many ms more, evenly spread; each datagram is delayed alone, so neighbours may overtake. */
  jitter?: number;
  /** Share held back by `reorderDelay` ms, 0 to 1. */
  reorder?: number;
  /** ms a reordered datagram is held back; 25 when absent. */
  reorderDelay?: number;
  /** Decides alone: the delays in ms at which copies of a datagram arrive; an empty list loses it. */
  deliver?: (bytes: Uint8Array, now: number) => number[];
}

/** A network without sockets: transports find each other by address, and time is the clock's. */
export class MemoryRtpNetwork {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #receivers = new Map<string, (bytes: Uint8Array, from: Address) => void>();
  readonly #paths = new Map<string, MemoryPath>();
  #port = 40_000;
  /** Every datagram that was sent, before the path did anything to it. */
  onDatagram: ((bytes: Uint8Array, from: Address, to: Address) => void) | undefined;

  /** @param seed makes loss and delay the same in every run */
  constructor(clock: Clock, seed = 1) {
    this.#clock = clock;
    this.#random = seededRandom(seed);
  }

  /** A transport on `host` with a port pair of its own. */
  transport(host: string, port = (this.#port += 2)): MemoryRtpTransport {
    return new MemoryRtpTransport(this, { host, port });
  }

  /** Sets how datagrams from one host travel to another. */
  setPath(fromHost: string, toHost: string, path: MemoryPath): void {
    this.#paths.set(`${fromHost}>${toHost}`, path);
  }

  /** @internal */
  bind(address: Address, receive: (bytes: Uint8Array, from: Address) => void): void {
    this.#receivers.set(key(address), receive);
  }

  /** @internal */
  unbind(address: Address): void {
    this.#receivers.delete(key(address));
  }

  /** Sends a datagram as if from `from`, which need not exist: the way a stranger does. */
  send(bytes: Uint8Array, from: Address, to: Address): void {
    const copy = bytes.slice();
    this.onDatagram?.(copy, from, to);
    const path = this.#paths.get(`${from.host}>${to.host}`) ?? {};
    for (const delay of this.#arrivals(path, copy)) {
      this.#clock.setTimer(delay, () => this.#receivers.get(key(to))?.(copy, from));
    }
  }

  #arrivals(path: MemoryPath, bytes: Uint8Array): number[] {
    if (path.deliver) return path.deliver(bytes, this.#clock.now());
    if (path.loss && this.#random() < path.loss) return [];
    const count = path.duplicate && this.#random() < path.duplicate ? 2 : 1;
    return Array.from({ length: count }, () => {
      let delay = path.delay ?? 0;
      if (path.jitter) delay += this.#random() * path.jitter;
      if (path.reorder && this.#random() < path.reorder) delay += path.reorderDelay ?? 25;
      return delay;
    });
  }
}

/** A port pair in a {@link MemoryRtpNetwork}. */
export class MemoryRtpTransport implements RtpTransport {
  localAddress: string;
  readonly localPort: number;
  readonly localRtcpPort: number;
  readonly #network: MemoryRtpNetwork;
  #remoteRtp: Address | undefined;
  #remoteRtcp: Address | undefined;
  #rtp: DatagramHandler = () => {};
  #rtcp: DatagramHandler = () => {};
  #closed = false;

  constructor(network: MemoryRtpNetwork, address: Address) {
    this.#network = network;
    this.localAddress = address.host;
    this.localPort = address.port;
    this.localRtcpPort = address.port + 1;
    this.#bind();
  }

  #bind(): void {
    this.#network.bind(this.rtpAddress, (bytes, from) => this.#rtp(bytes, from));
    this.#network.bind(this.rtcpAddress, (bytes, from) => this.#rtcp(bytes, from));
  }

  async moveTo(address: string): Promise<void> {
    this.#unbind();
    this.localAddress = address;
    this.#bind();
  }

  #unbind(): void {
    this.#network.unbind(this.rtpAddress);
    this.#network.unbind(this.rtcpAddress);
  }

  /** Where its RTP arrives. */
  get rtpAddress(): Address {
    return { host: this.localAddress, port: this.localPort };
  }

  /** Where its RTCP arrives. */
  get rtcpAddress(): Address {
    return { host: this.localAddress, port: this.localRtcpPort };
  }

  /** Where RTP goes now. */
  get remoteRtp(): Address | undefined {
    return this.#remoteRtp;
  }

  /** Whether it has been closed. */
  get closed(): boolean {
    return this.#closed;
  }

  setRemote(rtp: Address, rtcp: Address): void {
    this.#remoteRtp = { ...rtp };
    this.#remoteRtcp = { ...rtcp };
  }

  sendRtp(bytes: Uint8Array): void {
    this.#send(bytes, this.rtpAddress, this.#remoteRtp);
  }

  sendRtcp(bytes: Uint8Array): void {
    this.#send(bytes, this.rtcpAddress, this.#remoteRtcp);
  }

  #send(bytes: Uint8Array, from: Address, to: Address | undefined): void {
    if (!this.#closed && to && isReachable(to)) this.#network.send(bytes, from, to);
  }

  onRtp(handler: DatagramHandler): void {
    this.#rtp = handler;
  }

  onRtcp(handler: DatagramHandler): void {
    this.#rtcp = handler;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unbind();
  }
}

function key(address: Address): string {
  return `${address.host} ${address.port}`;
}
