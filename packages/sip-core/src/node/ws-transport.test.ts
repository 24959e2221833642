import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { CertificateAuthority } from './testing/certificates';
import {
  closeAfterEach,
  deadPort,
  decode,
  encode,
  gone,
  hasIPv6,
  Listening,
  message,
  open,
  plainClient,
  plainServer,
} from './testing/listening';
import type { TlsSettings } from './tls-options';
import { WssTransport, WsTransport, type WsTransportOptions } from './ws-transport';

closeAfterEach();

let tls: TlsSettings;

beforeAll(async () => {
  const authority = await CertificateAuthority.create();
  const certificate = await authority.issue({ addresses: ['127.0.0.1', '::1'] });
  tls = { ca: authority.certificate, certificate };
});

const make = (protocol: 'WS' | 'WSS', options: WsTransportOptions = {}) =>
  protocol === 'WS'
    ? new WsTransport({ host: '127.0.0.1', ...options })
    : new WssTransport({ host: '127.0.0.1', ...tls, ...options });

const serve = (options: WsTransportOptions = {}) => Listening.on(make('WS', options));

/** A WebSocket of somebody else. */
async function stranger(to: Listening, options: { path?: string; protocol?: string } = {}): Promise<WebSocket> {
  const { path = '/', protocol = 'sip' } = options;
  const socket = new WebSocket(`ws://127.0.0.1:${to.address.port}${path}`, protocol);
  open.push(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

/** What the server says to a handshake. */
async function handshake(to: Listening, path: string, headers: Record<string, string>): Promise<IncomingMessage> {
  const request = httpRequest({ host: '127.0.0.1', port: to.address.port, path, headers });
  request.end();
  open.push(() => request.destroy());
  return new Promise((resolve, reject) => {
    request.once('response', (response) => resolve(response.resume()));
    request.once('upgrade', (response, socket) => {
      open.push(() => socket.destroy());
      resolve(response);
    });
    request.once('error', reject);
  });
}

const good = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Protocol': 'sip',
};

describe.each(['WS', 'WSS'] as const)('%s', (protocol) => {
  describe.each([
    ['127.0.0.1', true],
    ['::1', hasIPv6],
  ])('on %s', (host, possible) => {
    test.runIf(possible)('one message in each frame, both ways over one connection (RFC 7118 §5)', async () => {
      const alice = await Listening.on(make(protocol, { host, listen: false }));
      const bob = await Listening.on(make(protocol, { host }));
      const flow = alice.transport.flow(bob.address);
      expect(alice.transport.flow(bob.address)).toBe(flow);
      for (const name of ['INVITE', 'OPTIONS']) flow.send(message(name));
      const first = await bob.next('message');
      const second = await bob.next('message');
      expect([first, second].map(({ data }) => decode(data).split(' ')[0])).toEqual(['INVITE', 'OPTIONS']);
      expect(second.flow).toBe(first.flow);
      expect([flow.protocol, flow.remote, first.flow.remote.host]).toEqual([protocol, bob.address, host]);
      first.flow.send(message('BYE'));
      expect(decode((await alice.next('message')).data)).toContain('BYE');

      first.flow.close();
      expect((await bob.next('closed')).error).toBeUndefined();
      expect(await alice.next('closed')).toMatchObject({ flow, error: undefined });
      const again = alice.transport.flow(bob.address);
      expect(again).not.toBe(flow);
      again.send(message('BYE'));
      expect(decode((await bob.next('message')).data)).toContain('BYE');
    });
  });

  test('a body that is no text goes in a binary frame, and comes as it was', async () => {
    const alice = await Listening.on(make(protocol));
    const bob = await Listening.on(make(protocol));
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const whole = new Uint8Array([...encode('MESSAGE sip:a SIP/2.0\r\nContent-Length: 256\r\n\r\n'), ...bytes]);
    alice.transport.flow(bob.address).send(whole);
    expect(new Uint8Array((await bob.next('message')).data)).toEqual(whole);
  });

  test('nobody can connect to who does not listen: a name in .invalid, another each time', async () => {
    const [one, other] = [make(protocol, { listen: false }), make(protocol, { listen: false })];
    expect(one.local).toEqual({ host: expect.stringMatching(/^[a-z0-9]{8,}\.invalid$/), port: 0 });
    expect(other.local.host).not.toBe(one.local.host);
  });

  test('each side pings, and hears the answer (RFC 7118 §6)', async () => {
    const alice = await Listening.on(make(protocol));
    const bob = await Listening.on(make(protocol));
    const flow = alice.transport.flow(bob.address);
    flow.send(message('OPTIONS'));
    const { flow: back } = await bob.next('message');
    flow.ping();
    expect((await alice.next('pong')).flow).toBe(flow);
    back.ping();
    expect((await bob.next('pong')).flow).toBe(back);
  });

  test('a connection refused', async () => {
    const alice = await Listening.on(make(protocol, { listen: false }));
    const port = await deadPort();
    alice.transport.flow({ host: '127.0.0.1', port }).send(message('INVITE'));
    const { error } = await alice.next('closed');
    expect(error).toMatchObject({ code: 'ERR_SIP_CONNECT', message: expect.stringContaining(`127.0.0.1:${port}`) });
  });

  test('closing lets go of all connections, those whose handshake is not done included', async () => {
    const bob = await Listening.on(make(protocol));
    const alice = await Listening.on(make(protocol));
    const flow = alice.transport.flow(bob.address);
    flow.send(message('OPTIONS'));
    await bob.next('message');
    const silent = await plainClient(bob.address);
    const ended = gone(silent);
    const port = await deadPort();
    await bob.transport.close();
    await bob.transport.close();
    await ended;
    expect((await alice.next('closed')).flow).toBe(flow);
    const under = alice.transport.flow({ host: '127.0.0.1', port });
    await alice.transport.close();
    expect([flow.closed, under.closed]).toEqual([true, true]);
    expect(() => alice.transport.flow(bob.address)).toThrow(expect.objectContaining({ code: 'ERR_SIP_NO_TRANSPORT' }));
    expect([alice.transport.connections, bob.transport.connections, bob.told]).toEqual([0, 0, []]);
  });
});

describe('the handshake (RFC 7118 §4)', () => {
  test.each([
    ['is taken', '/sip', {}, 101],
    ['may have a query', '/sip?token=1', {}, 101],
    ['may ask for other subprotocols beside', '/sip', { 'Sec-WebSocket-Protocol': 'chat, sip' }, 101],
    ['needs the subprotocol sip', '/sip', { 'Sec-WebSocket-Protocol': 'chat' }, 400],
    ['needs a subprotocol at all', '/sip', { 'Sec-WebSocket-Protocol': '' }, 400],
    ['needs a key', '/sip', { 'Sec-WebSocket-Key': 'short' }, 400],
    ['needs the path that is served', '/', {}, 404],
    ['needs version 13', '/sip', { 'Sec-WebSocket-Version': '8' }, 426],
    ['comes from a page that may', '/sip', { Origin: 'https://elsewhere.example' }, 403],
    ['names where it comes from', '/sip', { Origin: '' }, 403],
    ['is no plain request', '/sip', { Connection: 'close', Upgrade: '' }, 426],
  ])('%s', async (_rule, path, headers, status) => {
    const bob = await serve({ path: '/sip', origins: ['https://phone.example.com'] });
    const wanted: Record<string, string> = { ...good, Origin: 'https://phone.example.com', ...headers };
    const response = await handshake(bob, path, Object.fromEntries(Object.entries(wanted).filter(([, text]) => text)));
    expect(response.statusCode).toBe(status);
    if (status === 101) expect(response.headers['sec-websocket-protocol']).toBe('sip');
    if (wanted['Sec-WebSocket-Version'] === '8') expect(response.headers['sec-websocket-version']).toBe('13');
    if (status === 426) expect(response.headers).toMatchObject({ connection: 'close' });
    const { counters } = bob.transport as WsTransport;
    await expect.poll(() => counters.handshakesFailed).toBe(status === 101 ? 0 : 1);
  });

  test('ours says where it comes from, and what else it was told to', async () => {
    const bob = await serve({ path: '/sip', origins: ['https://phone.example.com'] });
    const headers = { Origin: 'https://phone.example.com' };
    const alice = await Listening.on(make('WS', { listen: false, path: '/sip', headers }));
    alice.transport.flow(bob.address).send(message('OPTIONS'));
    await bob.next('message');
  });

  test.each([
    ['says no', { path: '/elsewhere' }, 'server response: 400'],
    ['speaks something else', {}, 'not for SIP'],
  ])('a server that %s', async (_what, options, words) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'chat', ...options });
    open.push(() => server.close());
    await once(server, 'listening');
    const alice = await Listening.on(make('WS', { listen: false }));
    const { port } = server.address() as AddressInfo;
    alice.transport.flow({ host: '127.0.0.1', port }).send(message('OPTIONS'));
    const { error } = await alice.next('closed');
    expect(error?.message).toMatch(new RegExp(`${words}|subprotocol`));
    expect(error?.code).toBe('ERR_SIP_CONNECT');
  });

  test('a server that goes on answering, bit by bit, is left in time', async () => {
    const at = await plainServer((socket) => {
      socket.on('error', () => {}).write('HTTP/1.1 101 Switching Protocols\r\nX-A: ');
      const drip = setInterval(() => socket.write('a'), 5);
      socket.once('close', () => clearInterval(drip));
    });
    const alice = await Listening.on(make('WS', { listen: false, connectTimeout: 100 }));
    alice.transport.flow(at).send(message('OPTIONS'));
    expect((await alice.next('closed')).error).toMatchObject({
      code: 'ERR_SIP_CONNECT',
      message: expect.stringContaining('did not answer'),
    });
  });

  test('who does not finish it is left; of too many the oldest', async () => {
    const bob = await serve({ connectTimeout: 60_000, maxHandshakes: 2 });
    const clients = [await plainClient(bob.address)];
    const oldest = gone(clients[0]!);
    for (let index = 0; index < 2; index++) clients.push(await plainClient(bob.address));
    await oldest;
    expect(clients.map(({ destroyed }) => destroyed)).toEqual([true, false, false]);
    // Those who mean it get through.
    await stranger(bob);
    expect((bob.transport as WsTransport).counters).toEqual({ refused: 0, handshakesFailed: 2 });

    const strict = await serve({ connectTimeout: 50 });
    const slow = await plainClient(strict.address);
    slow.resume().write('GET / HTTP/1.1\r\n');
    await gone(slow);
    expect((strict.transport as WsTransport).counters.handshakesFailed).toBe(1);
  });

  test('one peer has only so many connections; there are only so many of all', async () => {
    for (const limit of [{ maxConnectionsPerPeer: 2 }, { maxConnections: 2 }]) {
      const bob = await serve(limit);
      const first = await stranger(bob);
      await stranger(bob);
      await expect(stranger(bob)).rejects.toThrow();
      expect((bob.transport as WsTransport).counters.refused).toBe(1);
      first.close();
      await bob.next('closed');
      // The server hears of it a moment later than the peer.
      await expect.poll(() => stranger(bob).catch(() => undefined)).toBeInstanceOf(WebSocket);
    }
  });

  test('an HTTP server there is serves other things too, and stays when we go', async () => {
    const http = createServer((_request, response) => response.end('a page'));
    http.listen(0, '127.0.0.1');
    open.push(() => http.close());
    // It may listen later than we do.
    const bob = await serve({ server: http, path: '/sip', maxConnectionsPerPeer: 1 });
    expect((await handshake(bob, '/', {})).statusCode).toBe(200);
    const socket = await stranger(bob, { path: '/sip' });
    socket.send(decode(message('OPTIONS')));
    await bob.next('message');
    expect((await handshake(bob, '/sip', good)).statusCode).toBe(503);
    await bob.transport.close();
    expect((await handshake(bob, '/', {})).statusCode).toBe(200);
  });
});

describe('what comes over a WebSocket', () => {
  test('messages in text and binary frames, whole or in fragments', async () => {
    const bob = await serve();
    const socket = await stranger(bob);
    const text = decode(message('MESSAGE', 'body'));
    socket.send(text);
    socket.send(encode(text));
    socket.send(text.slice(0, 10), { fin: false });
    socket.send(text.slice(10), { fin: true });
    for (let index = 0; index < 3; index++) expect(decode((await bob.next('message')).data)).toBe(text);
  });

  test('CRLF keep-alives are answered (RFC 5626 §3.5.1), and told to nobody; an empty frame is nothing', async () => {
    const bob = await serve();
    const socket = await stranger(bob);
    socket.send('\r\n\r\n');
    const [answer] = await once(socket, 'message');
    expect(String(answer)).toBe('\r\n');
    socket.send('');
    socket.send(decode(message('OPTIONS')));
    await bob.next('message');
    // A single one is the answer to a ping of ours, as pages give it.
    socket.send('\r\n');
    await bob.next('pong');
    expect(bob.told).toEqual([]);
  });

  test.each([
    ['a message longer than is taken', 1009, (socket: WebSocket) => socket.send('x'.repeat(200))],
    ['text that is no UTF-8', 1007, (socket: WebSocket) => socket.send(Uint8Array.of(0xff), { binary: false })],
  ])('%s closes the connection, and says why', async (_what, code, send) => {
    const bob = await serve({ maxMessageSize: 100 });
    const socket = await stranger(bob);
    const closed = once(socket, 'close');
    send(socket);
    expect((await closed)[0]).toBe(code);
    const { flow } = await bob.next('noise');
    expect(await bob.next('closed')).toMatchObject({ flow, error: { code: 'ERR_SIP_FRAMING' } });
  });

  test('a connection that breaks is told as such', async () => {
    const alice = await Listening.on(make('WS', { listen: false }));
    const bob = await serve();
    const flow = alice.transport.flow(bob.address);
    flow.send(message('OPTIONS'));
    await bob.next('message');
    const relay = await serve();
    const socket = await stranger(relay);
    socket.send(decode(message('OPTIONS')));
    const { flow: back } = await relay.next('message');
    socket.terminate();
    expect((await relay.next('closed')).flow).toBe(back);
    expect(back.closed).toBe(true);
  });

  test('a peer that has stopped reading is given up', async () => {
    const bob = await serve();
    const socket = await stranger(bob);
    socket.send(decode(message('INVITE')));
    const { flow } = await bob.next('message');
    socket.pause();
    for (let index = 0; index < 1_000 && !flow.closed; index++) flow.send(message('MESSAGE', 'x'.repeat(60_000)));
    expect((await bob.next('closed')).error?.message).toContain('stopped reading');
  });

  test('connections without traffic are closed after idleTimeout', async () => {
    const bob = await serve({ idleTimeout: 20 });
    const socket = await stranger(bob);
    expect((await once(socket, 'close'))[0]).toBe(1000);
    expect((await bob.next('closed')).error).toBeUndefined();
  });
});
