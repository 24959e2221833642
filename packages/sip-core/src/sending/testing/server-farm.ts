import { afterEach, expect } from 'vitest';
import { createLocator } from '../../locate/locator';
import { parseMessage } from '../../message/parse';
import { SipRequest } from '../../message/request';
import { SipResponse } from '../../message/response';
import { serializeMessage } from '../../message/serialize';
import { SipStack } from '../../stack/sip-stack';
import type { RequestOptions, SipStackOptions } from '../../stack/stack-options';
import { MemoryNetwork } from '../../testing/memory-network';
import { MockDns } from '../../testing/mock-dns';
import { seededRandomBytes } from '../../testing/seeded-random';
import { VirtualClock } from '../../testing/virtual-clock';
import type { Flow, Transport, TransportProtocol } from '../../transport/transport';

/** A protocol over IPv4, or over IPv6. */
type Opened = TransportProtocol | `${TransportProtocol}6`;

/** A stack of ours at 192.0.2.1 or 2001:db8::1 and any number of servers, found through a DNS of our own, in virtual time. */
export class ServerFarm {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly dns: MockDns;
  readonly stack: SipStack;
  readonly #servers: Server[] = [];

  private constructor(zone: string, protocols: readonly Opened[], options: Partial<SipStackOptions>) {
    this.dns = new MockDns({ clock: this.clock, zone });
    this.stack = new SipStack({
      clock: this.clock,
      random: seededRandomBytes(9),
      transports: protocols.map((opened) => {
        const host = opened.endsWith('6') ? '2001:db8::1' : '192.0.2.1';
        return this.network.transport(opened.replace('6', '') as TransportProtocol, { host, port: 5060 });
      }),
      resolver: createLocator({ dns: this.dns, clock: this.clock, random: seededRandomBytes(9) }),
      ...options,
    });
  }

  static async start(
    zone: string,
    protocols: readonly Opened[] = ['UDP'],
    options: Partial<SipStackOptions> = {},
  ): Promise<ServerFarm> {
    const farm = new ServerFarm(zone, protocols, options);
    await farm.stack.start();
    running = farm;
    return farm;
  }

  /** A server at 192.0.2.`last`. */
  async server(last: number, answer?: Answer, protocol: TransportProtocol = 'UDP'): Promise<Server> {
    const transport = this.network.transport(protocol, { host: `192.0.2.${last}`, port: 5060 });
    const server = await new Server(transport, answer).start();
    this.#servers.push(server);
    return server;
  }

  /** Sends an OPTIONS and lets time pass until its final response. */
  options(uri = 'sip:bob@example.com', more: Partial<RequestOptions> = {}): Promise<SipResponse> {
    return this.clock.until(
      this.stack.request({ method: 'OPTIONS', uri, from: 'sip:alice@example.com', ...more }),
      400_000,
    );
  }

  /** Closes all, which must leave nothing behind. */
  async close(): Promise<void> {
    await this.clock.until(this.stack.close());
    await Promise.all(this.#servers.map((server) => server.close()));
    await this.clock.advance(100);
    expect(this.stack.load).toMatchObject({ sessions: 0, transactions: 0 });
    expect(this.clock.pending).toBe(0);
  }
}

/** What a server does with a request: a status to answer it with, nothing at all, or a function that decides. */
export type Answer = number | ((request: SipRequest, server: Server) => void);

/** A server without transactions: each request that comes, repeated or not, is answered anew. */
export class Server {
  /** All requests that came, ACK included. */
  readonly requests: SipRequest[] = [];
  answer: Answer | undefined;
  readonly #transport: Transport;
  readonly #flows = new WeakMap<SipRequest, Flow>();

  constructor(transport: Transport, answer: Answer | undefined) {
    this.#transport = transport;
    this.answer = answer;
  }

  /** Methods of the requests that came. */
  get methods(): readonly string[] {
    return this.requests.map(({ method }) => method);
  }

  async start(): Promise<this> {
    await this.#transport.listen({
      message: (data, flow) => {
        const request = parseMessage(data);
        if (!(request instanceof SipRequest)) return;
        this.requests.push(request);
        this.#flows.set(request, flow);
        if (typeof this.answer === 'function') this.answer(request, this);
        else if (this.answer !== undefined && request.method !== 'ACK') this.reply(request, this.answer);
      },
      flowClosed: () => {},
      noise: () => {},
    });
    return this;
  }

  reply(
    request: SipRequest,
    status: number,
    headers: readonly (readonly [string, string])[] = [],
    body?: string,
    over?: Flow,
  ): void {
    const { host, port } = this.#transport.local;
    const response = SipResponse.for(request, status, undefined, { toTag: `tag-${host.split('.').at(-1)}` });
    const contact = `<sip:${host}:${port};transport=${this.#transport.protocol.toLowerCase()}>`;
    if (request.method === 'INVITE' && status < 300) response.headers.append('Contact', contact);
    for (const [name, value] of headers) response.headers.append(name, value);
    if (body !== undefined) response.setBody('application/sdp', body);
    (over ?? this.flowOf(request)).send(serializeMessage(response));
  }

  /** The connection, or the datagrams, a request came over. */
  flowOf(request: SipRequest): Flow {
    return this.#flows.get(request)!;
  }

  /** A flow of its own making. */
  flowTo(host: string, port: number): Flow {
    return this.#transport.flow({ host, port });
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}

let running: ServerFarm | undefined;

/** After each test of a file: closing leaves nothing behind. */
export function closeFarms(): void {
  afterEach(async () => {
    const farm = running;
    running = undefined;
    await farm?.close();
  });
}
