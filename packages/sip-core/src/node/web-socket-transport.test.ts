import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { SipStack } from '../stack/sip-stack';
import { type WebSocketLike, WebSocketTransport, type WebSocketTransportOptions } from '../web/web-socket-transport';
import { closeAfterEach, deadPort, decode, encode, hasIPv6, Listening, message, open } from './testing/listening';
import { WsTransport, type WsTransportOptions } from './ws-transport';

closeAfterEach();

/** That of the `ws` package behaves like a browser's. */
const Platform = WebSocket as unknown as NonNullable<WebSocketTransportOptions['WebSocket']>;

const serve = (options: WsTransportOptions = {}) => Listening.on(new WsTransport({ host: '127.0.0.1', ...options }));

const page = (url: string, options: Partial<WebSocketTransportOptions> = {}) =>
  Listening.on(new WebSocketTransport({ url, WebSocket: Platform, ...options }));

const urlOf = ({ address: { host, port } }: Listening, path = '/') =>
  `ws://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;

describe('the WebSocket of a platform', () => {
  test.each([
    ['127.0.0.1', true],
    ['::1', hasIPv6],
  ])('carries messages both ways: %s', async (host, possible) => {
    if (!possible) return;
    const bob = await serve({ host, path: '/sip' });
    const alice = await page(urlOf(bob, '/sip'));
    const flow = alice.transport.flow({ host: '192.0.2.1', port: 5060 });
    // Whatever the address, there is one server only.
    expect(alice.transport.flow(bob.address)).toBe(flow);
    expect(flow.remote).toMatchObject(bob.address);
    for (const name of ['INVITE', 'OPTIONS']) flow.send(message(name));
    const first = await bob.next('message');
    expect(decode(first.data)).toContain('INVITE');
    await bob.next('message');
    first.flow.send(message('BYE'));
    expect(decode((await alice.next('message')).data)).toContain('BYE');
    const body = new Uint8Array([...message('MESSAGE'), 0xff, 0xfe]);
    flow.send(body);
    expect(new Uint8Array((await bob.next('message')).data)).toEqual(body);
    first.flow.send(body);
    expect(new Uint8Array((await alice.next('message')).data)).toEqual(body);
  });

  test('pings by CRLF, and answers what the server pings (RFC 7118 §6)', async () => {
    const bob = await serve();
    const alice = await page(urlOf(bob));
    const flow = alice.transport.flow(bob.address);
    flow.ping();
    flow.send(message('OPTIONS'));
    const { flow: back } = await bob.next('message');
    flow.ping();
    expect((await alice.next('pong')).flow).toBe(flow);
    back.ping();
    await bob.next('pong');
    back.send(encode('\r\n\r\n'));
    await bob.next('pong');
    expect([alice.told, bob.told]).toEqual([[], []]);
  });

  test('a connection that closes is made anew by the next request', async () => {
    const bob = await serve();
    const alice = await page(urlOf(bob));
    alice.transport.flow(bob.address).send(message('OPTIONS'));
    (await bob.next('message')).flow.close();
    await bob.next('closed');
    const { flow, error } = await alice.next('closed');
    expect([flow.closed, error, alice.transport.connections]).toEqual([true, undefined, 0]);
    alice.transport.flow(bob.address).send(message('BYE'));
    expect(decode((await bob.next('message')).data)).toContain('BYE');
    expect(alice.transport.connections).toBe(1);
  });

  test('a server that cannot be reached, one that speaks something else, and one that never answers', async () => {
    const other = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'sip' });
    open.push(() => other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    class Careless extends WebSocket {
      constructor(url: string) {
        super(url, 'sip');
        Object.defineProperty(this, 'protocol', { value: '' });
      }
    }
    const silent = createServer((socket) => open.push(() => socket.destroy())).listen(0, '127.0.0.1');
    open.push(() => silent.close());
    await once(silent, 'listening');
    for (const [url, words, options] of [
      [`ws://127.0.0.1:${await deadPort()}/`, 'cannot be reached', {}],
      [`ws://127.0.0.1:${port}/`, 'not for SIP', { WebSocket: Careless as unknown as typeof Platform }],
      [`ws://127.0.0.1:${(silent.address() as AddressInfo).port}/`, 'did not answer', { connectTimeout: 50 }],
    ] as const) {
      const alice = await page(url, options);
      const flow = alice.transport.flow({ host: '127.0.0.1', port: 1 });
      flow.send(message('OPTIONS'));
      expect(await alice.next('closed')).toMatchObject({
        flow,
        error: { code: 'ERR_SIP_CONNECT', message: expect.stringContaining(words) },
      });
      expect(alice.told).toEqual([]);
    }
  });

  test('closed while it connects, it keeps quiet, and connects no more', async () => {
    const alice = await page('ws://127.0.0.1:1/');
    const flow = alice.transport.flow({ host: '127.0.0.1', port: 1 });
    await alice.transport.close();
    expect([flow.closed, alice.told]).toEqual([true, []]);
    expect(() => alice.transport.flow({ host: '127.0.0.1', port: 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_SIP_NO_TRANSPORT' }),
    );
  });

  test('a peer that has stopped reading is given up', async () => {
    const sockets: { bufferedAmount: number; readyState: number; onopen?: () => void }[] = [];
    class Full implements WebSocketLike {
      binaryType = '';
      readyState = 0;
      protocol = 'sip';
      bufferedAmount = 0;
      onopen = null;
      onclose = null;
      onerror = null;
      onmessage = null;
      constructor() {
        sockets.push(this as unknown as (typeof sockets)[0]);
      }
      send(data: string | Uint8Array): void {
        this.bufferedAmount += data.length;
      }
      close(): void {}
    }
    const alice = await page('wss://pbx.example.com/sip', { WebSocket: Full });
    const flow = alice.transport.flow({ host: '127.0.0.1', port: 1 });
    sockets[0]!.readyState = 1;
    sockets[0]!.onopen!();
    for (let index = 0; index < 200 && !flow.closed; index++) flow.send(message('MESSAGE', 'x'.repeat(60_000)));
    expect((await alice.next('closed')).error?.message).toContain('WSS pbx.example.com:443 has stopped reading');
  });

  test('a URL of something else is refused, and a platform without WebSocket says so', async () => {
    expect(() => new WebSocketTransport({ url: 'https://pbx.example.com' })).toThrow(TypeError);
    expect(() => new WebSocketTransport({ url: 'pbx.example.com' })).toThrow(TypeError);
    expect(new WebSocketTransport({ url: 'ws://[::1]/sip' }).server).toEqual({ protocol: 'WS', host: '::1', port: 80 });
  });

  test('a stack on a page needs no resolver: all names are the one server', async () => {
    const ws = new WsTransport({ host: '127.0.0.1' });
    const server = new SipStack({ transports: [ws] });
    open.push(() => server.close());
    await server.start();
    server.on('request', (transaction) => transaction.reply(200));
    const url = `ws://127.0.0.1:${ws.local.port}/`;
    const phone = new SipStack({ transports: [new WebSocketTransport({ url, WebSocket: Platform })] });
    open.push(() => phone.close());
    await phone.start();
    const request = { method: 'OPTIONS', uri: 'sip:bob@example.com', from: 'sip:alice@example.com' };
    expect((await phone.request(request)).status).toBe(200);
  });
});
