import { createConnection, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
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

/** What a {@link startTcpRelay relay} does with the bytes of each direction. */
export interface TcpRelayOptions {
  /** Where it leads. */
  to: number;
  /** Largest piece that is passed on at a time, in bytes. */
  piece?: number;
  /** Keeps what comes until nothing has come for so many ms, and passes it on as one. */
  gather?: number;
}

/** A TCP relay on 127.0.0.1 that cuts what passes into pieces, or joins it, as networks do. */
export async function startTcpRelay({ to, piece, gather }: TcpRelayOptions): Promise<{ port: number; cut(): void }> {
  const sockets = new Set<Socket>();
  const pass = (from: Socket, into: Socket) => {
    let held: Buffer[] = [];
    let timer: NodeJS.Timeout | undefined;
    let order = Promise.resolve();
    const write = async (data: Buffer) => {
      for (let at = 0; at < data.length; at += piece ?? data.length) {
        into.write(data.subarray(at, at + (piece ?? data.length)));
        // Each piece is a segment of its own when nothing follows it at once.
        if (piece) await pause(1);
      }
    };
    from.on('data', (data) => {
      if (!gather) {
        order = order.then(() => write(data));
        return;
      }
      held.push(data);
      clearTimeout(timer);
      timer = setTimeout(() => {
        const all = Buffer.concat(held);
        held = [];
        order = order.then(() => write(all));
      }, gather);
    });
    from.on('error', () => {});
    from.on('close', () => void order.then(() => into.end()));
  };
  const server = createServer({ noDelay: true }, (near) => {
    const far = createConnection({ host: '127.0.0.1', port: to, noDelay: true });
    for (const socket of [near, far]) sockets.add(socket);
    pass(near, far);
    pass(far, near);
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  onTestFinished(async () => {
    cut();
    await new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as { port: number }).port, cut };
}
