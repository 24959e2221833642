import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, expect } from 'vitest';
import type { SipTransportError } from '../../platform/errors';
import type { Address, Flow, Transport } from '../../transport/transport';

export const encode = (text: string) => new TextEncoder().encode(text);
export const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** As much of a message as a transport looks at. */
export const message = (name: string, body = '') =>
  encode(`${name} sip:a SIP/2.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`);

export const hasIPv6 = Object.values(networkInterfaces()).some((each) =>
  each?.some(({ address }) => address === '::1'),
);

/** What is to be closed after each test, last first. */
export const open: (() => unknown)[] = [];

export async function closeAll(): Promise<void> {
  for (const close of open.splice(0).reverse()) await close();
}

export function closeAfterEach(): void {
  afterEach(closeAll);
}

type Happening =
  | { kind: 'message'; data: Uint8Array; flow: Flow }
  | { kind: 'closed'; error: SipTransportError | undefined; flow: Flow }
  | { kind: 'noise'; reason: string; flow: Flow }
  | { kind: 'pong'; mapped: Address | undefined; flow: Flow };

/** A transport that listens, and what it tells, to be waited for one by one. */
export class Listening {
  readonly told: Happening[] = [];
  #waiting: ((happening: Happening) => void) | undefined;

  constructor(readonly transport: Transport) {}

  static async on(transport: Transport): Promise<Listening> {
    const listening = new Listening(transport);
    await transport.listen({
      message: (data, flow) => listening.#tell({ kind: 'message', data, flow }),
      flowClosed: (flow, error) => listening.#tell({ kind: 'closed', error, flow }),
      noise: (reason, flow) => listening.#tell({ kind: 'noise', reason, flow }),
      pong: (flow, mapped) => listening.#tell({ kind: 'pong', flow, mapped }),
    });
    open.push(() => transport.close());
    return listening;
  }

  #tell(happening: Happening): void {
    if (this.#waiting) {
      this.#waiting(happening);
      this.#waiting = undefined;
    } else this.told.push(happening);
  }

  /** What is told next; it must be of this kind. */
  async next<Kind extends Happening['kind']>(kind: Kind): Promise<Extract<Happening, { kind: Kind }>> {
    const happening = this.told.shift() ?? (await new Promise<Happening>((resolve) => (this.#waiting = resolve)));
    expect(happening.kind).toBe(kind);
    return happening as Extract<Happening, { kind: Kind }>;
  }

  get address(): Address {
    return this.transport.local;
  }
}

/** A TCP client that is no SIP element. */
export async function plainClient(to: Address): Promise<Socket> {
  const socket = connect({ host: to.host, port: to.port });
  open.push(() => socket.destroy());
  await once(socket, 'connect');
  // A server may reset what it does not want.
  return socket.on('error', () => {});
}

/** Resolves when a socket has closed, in whatever way; what comes until then is thrown away. */
export const gone = (socket: Socket) => new Promise<void>((resolve) => socket.resume().once('close', () => resolve()));

/** A TCP server that is no SIP element. */
export async function plainServer(accept: (socket: Socket) => void): Promise<Address> {
  const server: Server = createServer((socket) => {
    open.push(() => socket.destroy());
    accept(socket);
  });
  server.listen(0, '127.0.0.1');
  open.push(() => server.close());
  await once(server, 'listening');
  return { host: '127.0.0.1', port: (server.address() as { port: number }).port };
}

/** A port nobody listens on, as somebody has just stopped to. */
export async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
