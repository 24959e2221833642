import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { Socket } from 'node:net';
import { encodeHep3, type Hep3Options } from '../trace/hep3';
import type { TraceEvent } from '../trace/trace-event';

/** Settings of a {@link HepExporter}. */
export interface HepExporterOptions extends Hep3Options {
  /** Where the collector is: an address, or a name. */
  host: string;
  /** 9060 when absent. */
  port?: number;
  /** `udp` when absent. */
  protocol?: 'udp' | 'tcp';
  /** Most bytes that wait to be sent; messages beyond are left out and counted. 4 MiB when absent. */
  maxBacklog?: number;
  /** Longest wait before a TCP connection is tried again, in ms; 30,000 when absent. It begins with a second and doubles. */
  maxRetryDelay?: number;
}

/** What became of the messages given to a {@link HepExporter}. */
export interface HepExporterCounters {
  sent: number;
  /** Left out: the collector was too slow or away, or a message too long for a packet. */
  dropped: number;
  /** How often the collector could not be reached. */
  failures: number;
}

/**
 * Sends SIP messages to a capture server such as Homer, as HEP version 3. It never harms what is traced: what the collector does not
 * take is left out, and a collector that is away is looked for again, ever more patiently.
 *
 * @example
 * ```ts
 * const homer = new HepExporter({ host: 'homer.example.com' });
 * stack.on('trace', (event) => homer.write(event));
 * ```
 */
export class HepExporter {
  readonly counters: HepExporterCounters = { sent: 0, dropped: 0, failures: 0 };
  readonly #options: HepExporterOptions;
  readonly #backlog: number;
  #datagrams: DatagramSocket | undefined;
  /** Whether the datagram socket knows where to send. */
  #connected = false;
  #stream: Socket | undefined;
  #waiting = 0;
  #retryDelay = 1_000;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: HepExporterOptions) {
    this.#options = options;
    this.#backlog = options.maxBacklog ?? 4 << 20;
    this.#open();
  }

  /** Sends a message, or leaves it out; never throws, never waits. */
  write(event: TraceEvent): void {
    const packet = this.#closed ? undefined : encodeHep3(event, this.#options);
    const waiting = this.#stream ? this.#stream.writableLength : this.#waiting;
    if (!packet || waiting + packet.length > this.#backlog || !this.#send(packet)) this.counters.dropped++;
  }

  /** Sends what waits, as far as the collector takes it at once, and closes the socket. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#retry);
    const stream = this.#stream;
    if (stream) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => stream.destroy(), 1_000);
        stream.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        if (stream.connecting) stream.destroy();
        else stream.end(() => stream.destroy());
      });
    }
    const datagrams = this.#datagrams;
    if (datagrams) await new Promise<void>((resolve) => datagrams.close(() => resolve()));
  }

  /** Closes it: `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #send(packet: Uint8Array): boolean {
    if (this.#stream) {
      // While it connects, the stream keeps what it is given.
      if (this.#stream.destroyed) return false;
      this.#stream.write(packet);
      this.counters.sent++;
      return true;
    }
    if (!this.#datagrams || !this.#connected) return false;
    this.#waiting += packet.length;
    this.#datagrams.send(packet, (error) => {
      this.#waiting -= packet.length;
      if (error) this.counters.failures++;
    });
    this.counters.sent++;
    return true;
  }

  #open(): void {
    if (this.#closed) return;
    const { host, port = 9_060, protocol = 'udp' } = this.#options;
    if (protocol === 'tcp') this.#openStream(host, port);
    else this.#openDatagrams(host, port);
  }

  #openDatagrams(host: string, port: number): void {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    this.#datagrams = socket;
    socket.unref();
    // ECONNREFUSED is told for a packet sent before; the next may find somebody.
    socket.on('error', () => {
      this.counters.failures++;
      if (this.#connected || this.#closed) return;
      this.#datagrams = undefined;
      socket.close();
      this.#later();
    });
    socket.connect(port, host, () => {
      this.#connected = true;
    });
  }

  #openStream(host: string, port: number): void {
    const socket = new Socket();
    this.#stream = socket;
    socket.unref();
    socket.on('connect', () => {
      this.#retryDelay = 1_000;
    });
    socket.on('data', () => {});
    socket.on('error', () => {});
    socket.on('close', () => {
      this.counters.failures++;
      if (!this.#closed) this.#later();
    });
    socket.connect(port, host);
  }

  #later(): void {
    this.#retry = setTimeout(() => this.#open(), this.#retryDelay);
    this.#retry.unref();
    this.#retryDelay = Math.min(2 * this.#retryDelay, this.#options.maxRetryDelay ?? 30_000);
  }
}
