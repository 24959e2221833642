import { randomBytes } from 'node:crypto';
import { EchoService, SipServer } from '@offhook/call-control';
import type { CodecRegistry } from '@offhook/codecs';
import { SipUri } from '@offhook/sip-core';
import { UdpTransport } from '@offhook/sip-core/node';
import type { TracedMessage } from '../ladder/ladder-message';

const host = '127.0.0.1';

/** What the demonstration needs around its phone: a server and an echo service, on free ports of this machine. */
export class DemoWorld {
  /** The account the server knows. */
  readonly user = 'alice';
  readonly password = randomBytes(12).toString('hex');
  readonly echo: EchoService;
  readonly #server: SipServer;

  private constructor(echo: EchoService) {
    this.echo = echo;
    this.#server = new SipServer({
      transports: [new UdpTransport({ host })],
      domains: [host],
      users: { [this.user]: this.password },
      services: { echo: SipUri.parse(`sip:echo@${host}:${portOf(echo)}`) },
    });
  }

  /** Opens server and service. @param trace told of every message the server sends or receives @param codecs what the echo speaks */
  static async open(trace: (message: TracedMessage) => void, codecs: CodecRegistry): Promise<DemoWorld> {
    const echo = new EchoService({ transports: [new UdpTransport({ host })], mediaAddress: host, codecs });
    await echo.start();
    const world = new DemoWorld(echo);
    world.#server.on('trace', ({ time, direction, flow, data }) => {
      trace({ time, direction: direction === 'in' ? 'received' : 'sent', remote: flow.remote, data });
    });
    try {
      await world.#server.start();
      return world;
    } catch (error) {
      await echo.close();
      throw error;
    }
  }

  /** The server's address. */
  get server(): string {
    return `sip:${host}:${portOf(this.#server)}`;
  }

  /** The address-of-record of the account. */
  get address(): string {
    return `sip:${this.user}@${host}`;
  }

  /** Whether the server has a binding for the account. */
  get isRegistered(): boolean {
    return this.#server.registrar.registered().includes(`${this.user}@${host}`);
  }

  /** Who is at a port: `Echo`, or else the phone. */
  nameOf({ port }: { readonly port: number }): string {
    return port === portOf(this.echo) ? 'Echo' : 'Phone';
  }

  async close(): Promise<void> {
    await Promise.all([this.#server.close(), this.echo.close()]);
  }
}

const portOf = ({ transports }: Pick<SipServer, 'transports'>) => transports[0]?.local.port ?? 0;
