import { once } from 'node:events';
import { connect } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Via } from '../message/via';
import { SipStack } from '../stack/sip-stack';
import type { Flow, Transport } from '../transport/transport';
import { TcpTransport } from './tcp-transport';
import { CertificateAuthority } from './testing/certificates';
import { closeAfterEach, open, plainClient } from './testing/listening';
import type { TlsCertificate } from './tls-options';
import { TlsTransport, type TlsTransportOptions } from './tls-transport';

closeAfterEach();

let authority: CertificateAuthority;
const certificates: Record<string, TlsCertificate> = {};

beforeAll(async () => {
  authority = await CertificateAuthority.create();
  for (const domain of ['one.example', 'two.example', 'mallory.example']) {
    certificates[domain] = await authority.issue({ uris: [`sip:${domain}`] });
  }
});

/** A server of a domain that answers all, and knows where the others are. */
class Server {
  readonly flows: Flow[] = [];
  readonly vias: Via[] = [];
  readonly stack: SipStack;

  private constructor(
    readonly transport: Transport,
    readonly ports: Record<string, number>,
  ) {
    this.stack = new SipStack({
      transports: [transport],
      resolver: ({ host }) => [
        { protocol: transport.protocol, host: '127.0.0.1', port: this.ports[host]!, domain: host },
      ],
    });
    this.stack.on('request', (transaction) => {
      this.flows.push(transaction.flow);
      this.vias.push(transaction.request.via);
      transaction.reply(200);
    });
  }

  static async start(transport: Transport, ports: Record<string, number> = {}): Promise<Server> {
    const server = new Server(transport, ports);
    await server.stack.start();
    open.push(() => server.stack.close());
    return server;
  }

  static tls(domain: string, options: TlsTransportOptions = {}): Promise<Server> {
    return Server.start(
      new TlsTransport({
        host: '127.0.0.1',
        ca: authority.certificate,
        certificate: certificates[domain]!,
        clientCertificate: 'request',
        ...options,
      }),
    );
  }

  get port(): number {
    return this.transport.local.port;
  }

  async ask(domain: string, other: Server): Promise<void> {
    this.ports[domain] = other.port;
    const scheme = this.transport.protocol === 'TLS' ? 'sips' : 'sip';
    const uri = `${scheme}:somebody@${domain}`;
    const { status } = await this.stack.request({ method: 'OPTIONS', uri, from: `${scheme}:us@here.example` });
    expect(status).toBe(200);
  }
}

const optionsFrom = (protocol: string, port: number, alias = ';alias') =>
  [
    'OPTIONS sip:a@127.0.0.1 SIP/2.0',
    `Via: SIP/2.0/${protocol} 127.0.0.1:${port};branch=z9hG4bK${port};rport${alias}`,
    'From: <sip:m@mallory.example>;tag=1',
    'To: <sip:a@127.0.0.1>',
    'Call-ID: 1',
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 70',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');

describe('TLS both ways over one connection (RFC 5923)', () => {
  test('a peer that has proved its domain gets requests for it over the connection it has made', async () => {
    const [one, two] = [await Server.tls('one.example'), await Server.tls('two.example')];
    await one.ask('two.example', two);
    expect(two.vias[0]!.params.get('alias')).toBe('');
    await two.ask('one.example', one);
    expect([one.transport.connections, two.transport.connections]).toEqual([1, 1]);
    // The connection was the other's: it has not been asked to do the same.
    expect(one.vias[0]!.params.has('alias')).toBe(false);

    two.flows[0]!.close();
    await two.ask('one.example', one);
    expect(one.vias[1]!.params.has('alias')).toBe(true);
  });

  test('not for another domain at the same address', async () => {
    const [one, two] = [await Server.tls('one.example'), await Server.tls('two.example')];
    await one.ask('two.example', two);
    await expect(two.ask('other.example', one)).rejects.toMatchObject({ code: 'ERR_SIP_TLS_IDENTITY' });
    expect(one.flows).toEqual([]);
  });

  test.each([
    ['who has proved to be somebody else', 'mallory.example'],
    ['who has proved nothing', undefined],
  ])('%s hijacks no requests', async (_who, domain) => {
    const [one, two] = [await Server.tls('one.example'), await Server.tls('two.example')];
    const mallory = connect({
      port: two.port,
      host: '127.0.0.1',
      ca: authority.certificate,
      checkServerIdentity: () => undefined,
      ...(domain === undefined ? {} : (certificates[domain] as { cert: string; key: string })),
    });
    open.push(() => mallory.destroy());
    await once(mallory, 'secureConnect');
    const got: string[] = [];
    mallory.on('data', (data) => got.push(String(data)));
    mallory.write(optionsFrom('TLS', one.port));
    await expect.poll(() => got.length).toBe(1);
    await two.ask('one.example', one);
    expect(one.flows).toHaveLength(1);
    expect(got.map((each) => each.split(' ')[0])).toEqual(['SIP/2.0']);

    // Nor is the way of the honest one blocked by it.
    const connections = one.transport.connections;
    mallory.write(optionsFrom('TLS', one.port).replaceAll('z9hG4bK', 'z9hG4bKx'));
    await expect.poll(() => got.length).toBe(2);
    await two.ask('one.example', one);
    expect(one.transport.connections).toBe(connections);
  });

  test('who takes no connections, or has no certificate, does not ask for it', async () => {
    const two = await Server.tls('two.example');
    const silent = await Server.start(new TlsTransport({ ca: authority.certificate }));
    const closed = await Server.tls('one.example', { listen: false });
    for (const each of [silent, closed]) await each.ask('two.example', two);
    expect(two.vias.map(({ params, host }) => [params.has('alias'), /\.invalid$/.test(host)])).toEqual([
      [false, true],
      [false, true],
    ]);
  });
});

test.each([
  [false, 2],
  [true, 1],
])('over TCP only when the house trusts its servers (%s)', async (trustAliases, connections) => {
  const [one, two] = [
    await Server.start(new TcpTransport({ host: '127.0.0.1', trustAliases })),
    await Server.start(new TcpTransport({ host: '127.0.0.1', trustAliases })),
  ];
  const stranger = await plainClient(two.transport.local);
  stranger.write(optionsFrom('TCP', one.port, ''));
  await once(stranger, 'data');
  await one.ask('two.example', two);
  await two.ask('one.example', one);
  expect(one.transport.connections).toBe(connections);
});
