import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import type { Address, Flow, TransportHandlers } from '@offhook/sip-core';
import { UdpTransport } from '@offhook/sip-core/node';
import { onTestFinished } from 'vitest';

/** A message and its way, as it begins on the wire: `out INVITE sip:…`, `in SIP/2.0 200 OK …`, with all its lines. */
type Passage = `${'in' | 'out'} ${string}`;

/** UDP that loses what it is told to lose, and may bring everything twice: what a network does, at the very message a test is about. */
export class FaultyUdp extends UdpTransport {
  /** Copies of each message that arrive, in both directions. */
  copies = 1;
  readonly #losses: { readonly matches: RegExp; left: number }[] = [];
  readonly #lost: Passage[] = [];
  readonly #flows = new WeakMap<Flow, Flow>();

  constructor() {
    super({ host: '127.0.0.1' });
  }

  /** Loses the next messages that match. @param times how many, all when absent */
  lose(matches: RegExp, times = Number.POSITIVE_INFINITY): this {
    this.#losses.push({ matches, left: times });
    return this;
  }

  /** First lines of what was lost, each with its direction. */
  get lost(): string[] {
    return this.#lost.map((passage) => passage.split('\r\n', 1)[0]!);
  }

  override listen(handlers: TransportHandlers): Promise<void> {
    return super.listen({
      ...handlers,
      flowClosed: (flow, error) => handlers.flowClosed(this.#wrapped(flow), error),
      noise: (reason, flow) => handlers.noise(reason, this.#wrapped(flow)),
      message: (data, flow) => {
        // Bytes are handed over for good: each copy has its own.
        for (let copy = 0; copy < this.#arrivals('in', data); copy++)
          handlers.message(data.slice(), this.#wrapped(flow));
      },
    });
  }

  override flow(remote: Address): Flow {
    return this.#wrapped(super.flow(remote));
  }

  #arrivals(direction: 'in' | 'out', data: Uint8Array): number {
    const passage: Passage = `${direction} ${new TextDecoder().decode(data)}`;
    const loss = this.#losses.find(({ matches, left }) => left > 0 && matches.test(passage));
    if (!loss) return this.copies;
    loss.left--;
    this.#lost.push(passage);
    return 0;
  }

  #wrapped(flow: Flow): Flow {
    let wrapped = this.#flows.get(flow);
    if (!wrapped) {
      const { id, protocol, reliable, local, remote } = flow;
      const send = (data: Uint8Array) => {
        for (let copies = this.#arrivals('out', data); copies > 0; copies--) flow.send(data);
      };
      wrapped = {
        id,
        protocol,
        reliable,
        local,
        remote,
        closed: false,
        send,
        ping: () => flow.ping(),
        close: () => {},
      };
      this.#flows.set(flow, wrapped);
      this.#flows.set(wrapped, wrapped);
    }
    return wrapped;
  }
}

/** What a {@link TcpRelay} does with the bytes of each direction. */
export interface TcpRelayOptions {
  /** Largest piece that is passed on at a time, in bytes. */
  piece?: number;
  /** Keeps what comes until nothing has come for so many ms, and passes it on as one. */
  gather?: number;
}

/** A relay on a port of 127.0.0.1 that cuts what passes over TCP into pieces, or joins it, as networks do. */
export class TcpRelay {
  /** The port it leads to; set it before anybody connects. */
  to = 0;
  /** Connections it has taken. */
  connections = 0;
  /** Resolves when it has passed something on. */
  readonly carried: Promise<void>;
  #carried!: () => void;
  readonly #options: TcpRelayOptions;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer({ noDelay: true }, (near) => this.#accept(near));

  private constructor(options: TcpRelayOptions) {
    this.#options = options;
    this.carried = new Promise((resolve) => {
      this.#carried = resolve;
    });
  }

  /** Starts one for the current test. */
  static async start(options: TcpRelayOptions = {}): Promise<TcpRelay> {
    const relay = new TcpRelay(options);
    onTestFinished(async () => {
      relay.cut();
      await new Promise((resolve) => relay.#server.close(resolve));
    });
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts all connections there are. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  #accept(near: Socket): void {
    this.connections++;
    const far = createConnection({ host: '127.0.0.1', port: this.to, noDelay: true });
    for (const socket of [near, far]) this.#sockets.add(socket);
    this.#pass(near, far);
    this.#pass(far, near);
  }

  #pass(from: Socket, into: Socket): void {
    const { piece, gather } = this.#options;
    let held: Buffer[] = [];
    let timer: NodeJS.Timeout | undefined;
    let order = Promise.resolve();
    const pass = () => {
      const data = Buffer.concat(held);
      held = [];
      order = order.then(() => write(data, piece ?? data.length, into)).then(() => this.#carried());
    };
    from.on('data', (data) => {
      held.push(data);
      clearTimeout(timer);
      if (gather) timer = setTimeout(pass, gather);
      else pass();
    });
    from.on('error', () => {});
    from.on('close', () => {
      clearTimeout(timer);
      pass();
      void order.then(() => into.end());
    });
  }
}

async function write(data: Buffer, piece: number, into: Socket): Promise<void> {
  for (let at = 0; at < data.length; at += piece) {
    into.write(data.subarray(at, at + piece));
    // Each piece is a segment of its own when nothing follows it at once.
    if (at + piece < data.length) await new Promise((resolve) => setImmediate(resolve));
  }
}
