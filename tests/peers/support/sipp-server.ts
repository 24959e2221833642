import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { Endpoint, type EndpointOptions } from '@offhook/endpoint';
import { onTestFinished } from 'vitest';
import { type Sipp, type SippOptions, startSipp } from './sipp';
import type { SippMessage, SippScenario } from './sipp-scenario';
import { expectSuccess } from './sipp-stack';

/** An endpoint over UDP of 127.0.0.1 for the current test, which SIPp controls as a call-control server does. */
export async function startPhone(options: EndpointOptions = {}) {
  const transports = [{ protocol: 'udp', host: '127.0.0.1' }] as const;
  const endpoint = await new Endpoint({ transports, codecs: ['PCMU', 'PCMA'], ...options }).start();
  onTestFinished(() => endpoint.close({ timeout: 500 }));
  const address = `127.0.0.1:${endpoint.addresses[0]!.port}`;
  /** SIPp calls the phone. */
  const call = (scenario: SippScenario, others: Partial<SippOptions> = {}): Promise<Sipp> =>
    startSipp({ scenario, remote: address, service: 'bob', timeout: 60, ...others });
  /** SIPp calls the phone, and all goes as the scenario says. */
  const controlled = async (scenario: SippScenario): Promise<void> => expectSuccess(await call(scenario));
  return { endpoint, address, call, controlled };
}

/** Where the party behind the server receives audio: it counts what comes, and where from. */
export class Party {
  readonly port: number;
  /** RTP packets that came; RTCP is not counted. */
  packets = 0;
  /** The latest ones, with their headers. */
  readonly latest: Buffer[] = [];
  #from: AddressInfo | undefined;
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
    socket.on('message', (data, from) => {
      if (data[1]! >= 200 && data[1]! <= 207) return;
      this.packets++;
      this.#from = from as unknown as AddressInfo;
      this.latest.push(data);
      if (this.latest.length > 1000) this.latest.shift();
    });
  }

  /** One on a free port of 127.0.0.1, for the current test. */
  static async open(): Promise<Party> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    onTestFinished(() => void socket.close());
    return new Party(socket);
  }

  /** Sends a packet to where audio came from. */
  send(packet: Uint8Array): void {
    if (this.#from) this.#socket.send(packet, this.#from.port, this.#from.address);
  }

  /** Resolves when so many more packets have come. */
  async hears(count = 10): Promise<void> {
    const enough = this.packets + count;
    const deadline = Date.now() + 10_000;
    while (this.packets < enough) {
      if (Date.now() > deadline) throw new Error(`No audio comes to port ${this.port}.`);
      await wait(20);
    }
  }

  /** How many packets come in this many ms. */
  async during(milliseconds: number): Promise<number> {
    const before = this.packets;
    await wait(milliseconds);
    return this.packets - before;
  }
}

/** Waits until something is so. */
export async function until(condition: () => boolean, what: string, timeout = 15_000): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`${what}: not after ${timeout} ms.`);
    await wait(10);
  }
}

export const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A session description of the server's: PCMU at a port of its own that nobody listens on, unless told otherwise. */
export function described(
  options: { port?: number; address?: string; direction?: string; codec?: '0 PCMU' | '8 PCMA' | '18 G729' } = {},
): Required<Pick<SippMessage, 'body'>> {
  const { port, address = '127.0.0.1', direction, codec = '0 PCMU' } = options;
  const [payload, name] = codec.split(' ');
  const lines = [
    'v=0',
    'o=server 77 [call_number] IN IP4 127.0.0.1',
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port ?? '[media_port]'} RTP/AVP ${payload} 101`,
    `a=rtpmap:${payload} ${name}/8000`,
    'a=rtpmap:101 telephone-event/8000',
    ...(direction ? [`a=${direction}`] : []),
  ];
  return { body: ['application/sdp', lines.join('\n')] };
}

/** A description with no media line (RFC 3725 flow IV). */
export const withoutMedia: Required<Pick<SippMessage, 'body'>> = {
  body: ['application/sdp', 'v=0\no=server 77 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0'],
};

/** The server has the phone ring. */
export const ring =
  (message: SippMessage = described()) =>
  (scenario: SippScenario): void =>
    void scenario.send('INVITE', message).response(180, { check: ['Allow-Events: talk, hold'] });

/** NOTIFY talk or hold, and its 200. */
export const notify =
  (event: string, sequence: number, headers: readonly string[] = []) =>
  (scenario: SippScenario): void =>
    void scenario
      .sendInside('NOTIFY', {
        sequence,
        headers: [`Event: ${event}`, 'Subscription-State: active', ...headers],
      })
      .response(200, { check: [`CSeq: ${sequence} NOTIFY`] });

/** The server has the phone ring, and answered: calls by 1, notifies by 2. */
export const established =
  (message: SippMessage = described()) =>
  (scenario: SippScenario): void =>
    void scenario
      .with(ring(message))
      .with(notify('talk', 2))
      .response(200, { check: ['CSeq: 1 INVITE'] })
      .sendInside('ACK', { sequence: 1 });

/** The server changes the session, and what the phone answers has to match. */
export const changed =
  (sequence: number, message: SippMessage, check: readonly string[] = []) =>
  (scenario: SippScenario): void =>
    void scenario
      .sendInside('INVITE', { sequence, ...message })
      .response(200, { check: [`CSeq: ${sequence} INVITE`, ...check] })
      .sendInside('ACK', { sequence });
