import { beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Transport } from '../transport/transport';
import { WebSocketTransport, type WebSocketTransportOptions } from '../web/web-socket-transport';
import { TcpTransport } from './tcp-transport';
import { CertificateAuthority } from './testing/certificates';
import { closeAfterEach, closeAll, deadPort, Listening, message, plainClient, plainServer } from './testing/listening';
import type { TlsSettings } from './tls-options';
import { TlsTransport } from './tls-transport';
import { UdpTransport } from './udp-transport';
import { WssTransport, WsTransport } from './ws-transport';

closeAfterEach();

let tls: TlsSettings;

beforeAll(async () => {
  const authority = await CertificateAuthority.create();
  tls = { ca: authority.certificate, certificate: await authority.issue({ addresses: ['127.0.0.1'] }) };
});

const host = '127.0.0.1';
const options = { host, idleTimeout: 60_000, connectTimeout: 60_000 };

/** What the system holds for us: sockets, and requests to it that are not done. */
const held = () => process.getActiveResourcesInfo().filter((each) => /^(TCP|UDP|TLS)/.test(each));

/** Timers that keep the process alive. */
const timers = () => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;

test.each<[string, () => Transport, () => Transport]>([
  ['UDP', () => new UdpTransport({ host }), () => new UdpTransport({ host })],
  ['TCP', () => new TcpTransport(options), () => new TcpTransport({ ...options, listen: false })],
  [
    'TLS',
    () => new TlsTransport({ ...options, ...tls }),
    () => new TlsTransport({ ...options, ...tls, listen: false }),
  ],
  ['WS', () => new WsTransport(options), () => new WsTransport({ ...options, listen: false })],
  [
    'WSS',
    () => new WssTransport({ ...options, ...tls }),
    () => new WssTransport({ ...options, ...tls, listen: false }),
  ],
])('%s: nothing is left after close(), whatever was under way', async (protocol, server, client) => {
  expect(held()).toEqual([]);
  const before = timers();
  const bob = await Listening.on(server());
  const alice = await Listening.on(client());
  const flow = alice.transport.flow(bob.address);
  for (let index = 0; index < 3; index++) flow.send(message('OPTIONS', 'x'.repeat(10_000)));
  for (let index = 0; index < 3; index++) await bob.next('message');
  flow.ping();
  expect(held().length).toBeGreaterThanOrEqual(2);
  let silent: Awaited<ReturnType<typeof plainClient>> | undefined;
  if (protocol !== 'UDP') {
    // A message that is not whole, a handshake that is not done, connections nobody answers, or that are refused.
    silent = await plainClient(bob.address);
    silent.write('OPTIONS sip:bob SIP/2.0\r\n');
    const deaf = await plainServer(() => {});
    alice.transport.flow(deaf).send(message('OPTIONS'));
    alice.transport.flow({ host, port: await deadPort() }).send(message('OPTIONS'));
  }
  await Promise.all([alice.transport.close(), bob.transport.close()]);
  silent?.destroy();
  // What belongs to the test is closed now; that of the transports is gone by itself.
  await closeAll();
  await expect.poll(held, { timeout: 3_000 }).toEqual([]);
  expect(timers()).toBeLessThanOrEqual(before + 1);
});

test('the WebSocket of a platform: nothing is left after close()', async () => {
  const bob = await Listening.on(new WsTransport({ host }));
  const Platform = WebSocket as unknown as NonNullable<WebSocketTransportOptions['WebSocket']>;
  const url = `ws://127.0.0.1:${bob.address.port}/`;
  const [one, other] = [
    await Listening.on(new WebSocketTransport({ url, WebSocket: Platform })),
    await Listening.on(new WebSocketTransport({ url, WebSocket: Platform })),
  ];
  one.transport.flow(bob.address).send(message('OPTIONS'));
  await bob.next('message');
  other.transport.flow(bob.address).send(message('OPTIONS'));
  await Promise.all([one, other, bob].map(({ transport }) => transport.close()));
  await expect.poll(held, { timeout: 3_000 }).toEqual([]);
});
