import { beforeAll, describe, expect, test } from 'vitest';
import type { IncomingSession } from '../session/incoming-session';
import type { InviteSession } from '../session/invite-session';
import { SipStack } from '../stack/sip-stack';
import { ScriptedMedia } from '../testing/scripted-media';
import type { Flow, Transport } from '../transport/transport';
import type { ConnectionOptions } from './stream-transport';
import { TcpTransport } from './tcp-transport';
import { CertificateAuthority } from './testing/certificates';
import { closeAfterEach, hasIPv6, open } from './testing/listening';
import type { TlsSettings } from './tls-options';
import { TlsTransport } from './tls-transport';
import { WssTransport, WsTransport } from './ws-transport';

closeAfterEach();

let ca: string;
let certificate: TlsSettings['certificate'] & object;

beforeAll(async () => {
  const authority = await CertificateAuthority.create();
  ca = authority.certificate;
  certificate = await authority.issue({ addresses: ['127.0.0.1', '::1'] });
});

type Protocol = 'TCP' | 'TLS' | 'WS' | 'WSS';

function make(protocol: Protocol, options: ConnectionOptions): Transport {
  const tls = { ca, ...(options.listen === false ? {} : { certificate }) };
  if (protocol === 'TCP') return new TcpTransport(options);
  if (protocol === 'TLS') return new TlsTransport({ ...options, ...tls });
  return protocol === 'WS' ? new WsTransport(options) : new WssTransport({ ...options, ...tls });
}

/** A phone that takes no connections, and a server that answers everything; both log the requests they get. */
class Pair {
  readonly phone: SipStack;
  readonly server: SipStack;
  readonly wire: string[] = [];
  /** Flows the server got requests by, in order of first use. */
  readonly flows = new Set<Flow>();

  private constructor(
    readonly protocol: Protocol,
    phone: Transport,
    readonly listening: Transport,
  ) {
    this.phone = new SipStack({ transports: [phone] });
    this.server = new SipStack({ transports: [listening] });
    this.server.on('request', (transaction) =>
      transaction.reply(200, { headers: [['Contact', transaction.request.headers.get('Contact') ?? '']] }),
    );
    this.#log(this.server, 'server');
    this.#log(this.phone, 'phone');
  }

  #log(stack: SipStack, name: string): void {
    stack.observe({
      request: ({ method }, flow, direction) => {
        if (direction === 'out') return;
        this.wire.push(`${method} to ${name}`);
        if (name === 'server') this.flows.add(flow);
      },
    });
  }

  static async start(protocol: Protocol, host = '127.0.0.1', more: ConnectionOptions = {}): Promise<Pair> {
    const pair = new Pair(protocol, make(protocol, { listen: false }), make(protocol, { host, ...more }));
    await pair.server.start();
    await pair.phone.start();
    open.push(
      () => pair.server.close(),
      () => pair.phone.close(),
    );
    return pair;
  }

  get uri(): string {
    const { host, port } = this.listening.local;
    const transport = this.protocol === 'WSS' ? 'ws' : this.protocol.toLowerCase();
    return `sip:server@${host.includes(':') ? `[${host}]` : host}:${port};transport=${transport}`;
  }

  /** The phone calls; both sides of the call once it stands. */
  async call(): Promise<[InviteSession, IncomingSession]> {
    const arrival = new Promise<IncomingSession>((resolve) => {
      this.server.once('invite', (incoming) => {
        incoming.offerAnswer = new ScriptedMedia('server');
        resolve(incoming);
      });
    });
    const offerAnswer = new ScriptedMedia('phone');
    const session = this.phone.invite({ uri: this.uri, from: 'sip:phone@example.com', offerAnswer });
    const incoming = await arrival;
    await incoming.accept();
    return [session, incoming];
  }
}

const ended = (session: InviteSession) => new Promise((resolve) => session.once('ended', resolve));

/** Breaks a connection, as a network does that goes away. */
const sever = (flow: Flow | undefined) => (flow as unknown as { fail(error: Error): void }).fail(new Error('cut'));

const named = /^<sip:phone@[a-z0-9]+\.invalid;transport=(ws|tcp|tls)>/;

describe.each(['WS', 'WSS', 'TCP', 'TLS'] as const)('a phone that only makes connections, over %s', (protocol) => {
  test.each([
    ['127.0.0.1', true],
    ['::1', hasIPv6],
  ])('registers, calls, and is spoken to over its own connection: %s', async (host, possible) => {
    if (!possible) return;
    const pair = await Pair.start(protocol, host);
    const registration = pair.phone.register({ aor: 'sip:phone@example.com', server: pair.uri });
    await registration.start();
    expect(String(registration.contact)).toMatch(named);

    const [session, incoming] = await pair.call();
    expect(incoming.invite.headers.get('Contact')).toMatch(named);
    const { via } = incoming.invite;
    expect([via.transport, via.port, via.host]).toEqual([protocol, undefined, expect.stringMatching(/\.invalid$/)]);
    // What the server asks goes where the call came from; there is one connection for all.
    await incoming.reinvite();
    const over = ended(session);
    await incoming.terminate();
    await over;
    expect(pair.wire).toEqual([
      'REGISTER to server',
      'INVITE to server',
      'ACK to server',
      'INVITE to phone',
      'ACK to phone',
      'BYE to phone',
    ]);
    expect(pair.flows.size).toBe(1);
    expect(pair.listening.connections).toBe(1);
  });

  test('is called over the connection it has registered by, and speaks over it too', async () => {
    const pair = await Pair.start(protocol);
    const registration = pair.phone.register({ aor: 'sip:phone@example.com', server: pair.uri });
    await registration.start();
    const [flow] = pair.flows;
    const arrival = new Promise<IncomingSession>((resolve) => {
      pair.phone.once('invite', (incoming) => {
        incoming.offerAnswer = new ScriptedMedia('phone');
        resolve(incoming);
      });
    });
    const offerAnswer = new ScriptedMedia('server');
    const uri = registration.contact!.uri;
    const session = pair.server.invite({ uri, from: 'sip:server@example.com', flow: flow!, offerAnswer });
    const incoming = await arrival;
    await incoming.accept();
    await session.reinvite();
    const over = ended(session);
    await incoming.terminate();
    await over;
    // The last ACK and the BYE may cross.
    expect(pair.wire.slice(1).sort()).toEqual(
      ['INVITE to phone', 'ACK to phone', 'INVITE to phone', 'ACK to phone', 'BYE to server'].sort(),
    );
    expect(pair.listening.connections).toBe(1);
  });

  test('goes on with its calls, and is registered again, when the connection breaks', async () => {
    const pair = await Pair.start(protocol);
    const registration = pair.phone.register({
      aor: 'sip:phone@example.com',
      server: pair.uri,
      retry: { first: 10 },
      keepAlive: { interval: 60_000 },
    });
    await registration.start();
    const [session, incoming] = await pair.call();
    const former = incoming.flow;
    sever(former);
    // The phone makes a new connection, and says so; from then on the server uses it too.
    for (const each of ['REGISTER', 'INVITE', 'ACK']) {
      await expect.poll(() => pair.wire.filter((name) => name === `${each} to server`)).toHaveLength(2);
    }
    expect(registration.state).toBe('registered');
    expect([session.state, incoming.state]).toEqual(['confirmed', 'confirmed']);
    expect(pair.flows.size).toBe(2);
    await incoming.reinvite();
    const over = ended(session);
    await incoming.terminate();
    await over;
    expect(pair.wire.slice(4).sort()).toEqual(
      ['INVITE to server', 'ACK to server', 'INVITE to phone', 'ACK to phone', 'BYE to phone'].sort(),
    );
    expect(former.closed).toBe(true);
    expect(pair.listening.connections).toBe(1);
  });

  test('ends a call whose connection has broken', async () => {
    const pair = await Pair.start(protocol);
    const [session, incoming] = await pair.call();
    sever(incoming.flow);
    const over = ended(incoming);
    await session.terminate();
    expect(await over).toMatchObject({ by: 'remote' });
  });
});

describe.each(['TCP', 'TLS'] as const)('a server that listens, over %s', (protocol) => {
  test('is reached anew when the connection of a call has broken, from whichever side', async () => {
    const transports = [make(protocol, { host: '127.0.0.1' }), make(protocol, { host: '127.0.0.1' })];
    const [one, other] = transports.map((each) => new SipStack({ transports: [each] })) as [SipStack, SipStack];
    for (const stack of [one, other]) {
      await stack.start();
      open.push(() => stack.close());
    }
    const arrival = new Promise<IncomingSession>((resolve) => {
      other.once('invite', (incoming) => {
        incoming.offerAnswer = new ScriptedMedia('other');
        resolve(incoming);
      });
    });
    const { port } = transports[1]!.local;
    const session = one.invite({
      uri: `sip:other@127.0.0.1:${port};transport=${protocol.toLowerCase()}`,
      from: 'sip:one@127.0.0.1',
      offerAnswer: new ScriptedMedia('one'),
    });
    const incoming = await arrival;
    await incoming.accept();
    sever(incoming.flow);
    // Its own address has been told: the server makes a connection.
    await incoming.reinvite();
    await session.reinvite();
    const over = ended(session);
    await incoming.terminate();
    expect(await over).toMatchObject({ by: 'remote' });
  });
});
