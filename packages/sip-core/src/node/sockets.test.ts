import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { SipRequest } from '../message/request';
import { TransactionLayer } from '../transaction/transaction-layer';
import { TcpTransport, type TcpTransportOptions } from './tcp-transport';
import {
  closeAfterEach,
  deadPort,
  decode,
  gone,
  hasIPv6,
  Listening,
  message,
  open,
  plainClient,
  plainServer,
} from './testing/listening';
import { UdpTransport } from './udp-transport';

closeAfterEach();

const kinds = [
  ['UDP', (host: string, port = 0) => new UdpTransport({ host, port })],
  ['TCP', (host: string, port = 0) => new TcpTransport({ host, port })],
] as const;

const tcp = (options: TcpTransportOptions = {}) => Listening.on(new TcpTransport({ host: '127.0.0.1', ...options }));

describe.each(kinds)('%s', (protocol, make) => {
  describe.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['::1', '::1', hasIPv6],
    ['0.0.0.0', '127.0.0.1', true],
    ['::', '::1', hasIPv6],
  ])('on %s', (host, loopback, possible) => {
    it.runIf(possible)('carries messages both ways over one flow', async () => {
      const alice = await Listening.on(make(host));
      const bob = await Listening.on(make(host));
      expect(alice.address.host).toBe(host);
      expect(alice.address.port).toBeGreaterThan(0);
      const to = { host: loopback, port: bob.address.port };
      const there = alice.transport.flow(to);
      expect(there).toMatchObject({ protocol, reliable: protocol === 'TCP', closed: false, remote: to });
      expect(there.local).toEqual({ host: loopback, port: alice.address.port });
      there.send(message('INVITE', 'hello\r\n\r\n'));
      const { data, flow: back } = await bob.next('message');
      expect(data).toEqual(message('INVITE', 'hello\r\n\r\n'));
      expect(back.remote.host).toBe(loopback);
      expect(back.local).toEqual(to);
      back.send(message('OPTIONS'));
      back.send(message('BYE'));
      const first = await alice.next('message');
      const second = await alice.next('message');
      expect([first, second].map(({ data }) => decode(data).split(' ')[0]).sort()).toEqual(['BYE', 'OPTIONS']);
      expect(first.flow).toBe(there);
      expect(second.flow).toBe(there);
    });
  });

  it('carries a message of 60,000 bytes whole', async () => {
    const alice = await Listening.on(make('127.0.0.1'));
    const bob = await Listening.on(make('127.0.0.1'));
    const large = message('MESSAGE', 'x'.repeat(60_000));
    alice.transport.flow(bob.address).send(large);
    expect((await bob.next('message')).data).toEqual(large);
  });

  it('says which port is in use', async () => {
    const first = await Listening.on(make('127.0.0.1'));
    const { port } = first.address;
    await expect(Listening.on(make('127.0.0.1', port))).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_SIP_PORT_IN_USE', message: expect.stringContaining(`127.0.0.1:${port}`) }),
    );
  });

  it('can listen on a port again that was closed', async () => {
    const first = await Listening.on(make('127.0.0.1'));
    const { port } = first.address;
    await first.transport.close();
    expect((await Listening.on(make('127.0.0.1', port))).address.port).toBe(port);
  });

  it('says when this machine has no such address', async () => {
    await expect(Listening.on(make('192.0.2.1'))).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_SIP_ADDRESS_NOT_AVAILABLE' }),
    );
  });

  it('keeps quiet after close(), which may be called twice', async () => {
    const alice = await Listening.on(make('127.0.0.1'));
    const bob = await Listening.on(make('127.0.0.1'));
    const flow = alice.transport.flow(bob.address);
    flow.send(message('INVITE'));
    await bob.next('message');
    await alice.transport.close();
    await alice.transport.close();
    flow.send(message('BYE'));
    expect(alice.told).toEqual([]);
  });

  it('may be closed without ever having listened', async () => {
    await expect(make('127.0.0.1').close()).resolves.toBeUndefined();
  });

  it('serves a transaction from end to end', async () => {
    const alice = new TransactionLayer({ request: () => {}, ack: () => {} });
    const bob = new TransactionLayer({ request: (transaction) => transaction.reply(200), ack: () => {} });
    open.push(
      () => alice.close(),
      () => bob.close(),
    );
    const [here, there] = [make('127.0.0.1'), make('127.0.0.1')];
    await alice.attach(here);
    await bob.attach(there);
    const request = SipRequest.create({
      method: 'OPTIONS',
      uri: 'sip:bob@127.0.0.1',
      headers: [
        ['From', '<sip:alice@127.0.0.1>;tag=1'],
        ['To', '<sip:bob@127.0.0.1>'],
        ['Call-ID', 'x'],
        ['CSeq', '1 OPTIONS'],
      ],
    });
    const response = await new Promise((resolve, reject) => {
      alice.request(request, here.flow(there.local), {
        response: resolve,
        timeout: () => reject(new Error('timeout')),
        transportError: reject,
      });
    });
    expect(response).toMatchObject({ status: 200 });
  });
});

describe('TCP', () => {
  it('uses one connection both ways and for everything, and a new one when it has closed', async () => {
    const alice = await tcp();
    const bob = await tcp();
    const flow = alice.transport.flow(bob.address);
    expect(alice.transport.flow(bob.address)).toBe(flow);
    flow.send(message('INVITE'));
    flow.send(message('OPTIONS'));
    const first = await bob.next('message');
    const second = await bob.next('message');
    expect([decode(first.data), decode(second.data)].map((each) => each.split(' ')[0])).toEqual(['INVITE', 'OPTIONS']);
    expect(second.flow).toBe(first.flow);
    // The way back is the connection there is: no listening port of Alice's is asked for.
    expect(bob.transport.flow(first.flow.remote)).toBe(first.flow);

    first.flow.close();
    expect((await bob.next('closed')).error).toBeUndefined();
    const closed = await alice.next('closed');
    expect(closed.flow).toBe(flow);
    expect(closed.error).toBeUndefined();
    expect(flow.closed).toBe(true);
    const again = alice.transport.flow(bob.address);
    expect(again).not.toBe(flow);
    again.send(message('BYE'));
    expect(decode((await bob.next('message')).data)).toContain('BYE');
  });

  it('lets what is sent while it connects wait, in order', async () => {
    const alice = await tcp();
    const bob = await tcp();
    const flow = alice.transport.flow(bob.address);
    for (let index = 0; index < 50; index++) flow.send(message('MESSAGE', String(index)));
    for (let index = 0; index < 50; index++) {
      expect(decode((await bob.next('message')).data).split('\r\n\r\n')[1]).toBe(String(index));
    }
  });

  it('sends what was sent before close()', async () => {
    const alice = await tcp();
    const bob = await tcp();
    const flow = alice.transport.flow(bob.address);
    flow.send(message('INVITE'));
    const { flow: back } = await bob.next('message');
    back.send(message('MESSAGE', 'x'.repeat(50_000)));
    back.close();
    expect((await alice.next('message')).data).toHaveLength(message('MESSAGE', 'x'.repeat(50_000)).length);
    await alice.next('closed');
  });

  it('tells of a connection refused', async () => {
    const alice = await tcp();
    const port = await deadPort();
    const flow = alice.transport.flow({ host: '127.0.0.1', port });
    flow.send(message('INVITE'));
    const closed = await alice.next('closed');
    expect(closed.flow).toBe(flow);
    expect(flow.closed).toBe(true);
    expect(closed.error).toMatchObject({ code: 'ERR_SIP_CONNECT' });
    expect(closed.error!.message).toContain(`127.0.0.1:${port}`);
    expect(closed.error!.message).toContain('nobody listens');
  });

  it('tells of a connection broken by the peer as such, not as one that could not be made', async () => {
    const alice = await tcp();
    const at = await plainServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    alice.transport.flow(at).send(message('INVITE'));
    expect((await alice.next('closed')).error).toMatchObject({ code: 'ERR_SIP_TRANSPORT' });
  });

  it('answers a CRLF ping with a single CRLF (RFC 5626 §3.5.1), and tells nobody', async () => {
    const bob = await tcp();
    const client = await plainClient(bob.address);
    client.write('\r\n\r\n');
    const [answer] = await once(client, 'data');
    expect(String(answer)).toBe('\r\n');
    client.write('\r\n');
    client.write(message('INVITE'));
    // A single CRLF is the answer to a ping of ours.
    await bob.next('pong');
    await bob.next('message');
    expect(bob.told).toEqual([]);
  });

  it('cuts messages out of whatever pieces come', async () => {
    const bob = await tcp();
    const client = await plainClient(bob.address);
    client.setNoDelay(true);
    for (const byte of message('INVITE', 'body')) client.write(Uint8Array.of(byte));
    client.write(Buffer.concat([message('OPTIONS'), message('BYE')]));
    const names: string[] = [];
    for (let index = 0; index < 3; index++) names.push(decode((await bob.next('message')).data).split(' ')[0]!);
    expect(names).toEqual(['INVITE', 'OPTIONS', 'BYE']);
  });

  it.each([
    [
      'a connection that came in',
      async () => {
        const bob = await tcp();
        const client = await plainClient(bob.address);
        client.resume().write(`${decode(message('INVITE'))}GET / HTTP/1.1\r\n\r\n`);
        return { listening: bob, ended: gone(client) };
      },
    ],
    [
      'a connection that went out',
      async () => {
        const alice = await tcp();
        const ended = new Promise((resolve, reject) => {
          plainServer((socket) => {
            socket.resume().once('close', resolve);
            socket.write(`${decode(message('INVITE'))}GET / HTTP/1.1\r\n\r\n`);
          }).then((at) => alice.transport.flow(at), reject);
        });
        return { listening: alice, ended };
      },
    ],
  ])('closes %s when garbage comes, and tells of it as noise; what came before is served', async (_, begin) => {
    const { listening, ended } = await begin();
    expect(decode((await listening.next('message')).data)).toContain('INVITE');
    const noise = await listening.next('noise');
    expect(noise.reason).toContain('Content-Length');
    const closed = await listening.next('closed');
    expect(closed.flow).toBe(noise.flow);
    expect(closed.error).toMatchObject({ code: 'ERR_SIP_FRAMING' });
    await ended;
  });

  it('counts garbage as malformed in the transaction layer', async () => {
    const bob = new TransactionLayer({ request: () => {}, ack: () => {} });
    open.push(() => bob.close());
    const transport = new TcpTransport({ host: '127.0.0.1' });
    await bob.attach(transport);
    const client = await plainClient(transport.local);
    client.resume().write('nonsense\r\n\r\n');
    await gone(client);
    expect(bob.counters).toMatchObject({ received: 0, malformed: 1 });
  });

  it('refuses a message longer than it was told to take', async () => {
    const bob = await tcp({ maxMessageSize: 100 });
    const client = await plainClient(bob.address);
    client.resume().write(message('MESSAGE', 'x'.repeat(200)));
    // What came before its body, for a 413.
    await bob.next('message');
    await bob.next('noise');
    await bob.next('closed');
  });

  it('closes connections without traffic after idleTimeout', async () => {
    const bob = await tcp({ idleTimeout: 20 });
    const client = await plainClient(bob.address);
    client.resume();
    expect((await bob.next('closed')).error).toBeUndefined();
    await gone(client);
  });

  it('leaves who does not finish a message', async () => {
    const bob = await tcp({ messageTimeout: 30 });
    const client = await plainClient(bob.address);
    const closed = gone(client);
    client.write(message('INVITE'));
    await bob.next('message');
    // Whole messages may be as far apart as they like; half of one may not wait.
    client.write('INVITE sip:a SIP/2.0\r\n');
    const drip = setInterval(() => client.write('X: y\r\n'), 5);
    expect((await bob.next('noise')).reason).toContain('not complete');
    expect((await bob.next('closed')).error).toMatchObject({ code: 'ERR_SIP_FRAMING' });
    clearInterval(drip);
    await closed;
  });

  it('gives one peer only so many connections, and all together', async () => {
    for (const limit of [{ maxConnectionsPerPeer: 2 }, { maxConnections: 2 }]) {
      const bob = await tcp(limit);
      const [first] = [await plainClient(bob.address), await plainClient(bob.address)];
      const third = await plainClient(bob.address);
      await gone(third);
      const { counters } = bob.transport as TcpTransport;
      expect(counters.refused).toBe(1);
      expect(bob.transport.connections).toBe(2);
      first.end();
      await bob.next('closed');
      await expect
        .poll(async () => {
          const again = await plainClient(bob.address);
          again.write(message('OPTIONS'));
          return bob.told[0]?.kind;
        })
        .toBe('message');
    }
  });

  it('has no way to anywhere before it listens, and after it has closed', async () => {
    const transport = new TcpTransport({ host: '127.0.0.1' });
    const to = { host: '127.0.0.1', port: 5060 };
    const refused = expect.objectContaining({ code: 'ERR_SIP_NO_TRANSPORT' });
    expect(() => transport.flow(to)).toThrow(refused);
    await transport.listen({ message: () => {}, flowClosed: () => {}, noise: () => {} });
    await transport.close();
    expect(() => transport.flow(to)).toThrow(refused);
  });

  describe('close()', () => {
    it('ends connections made, accepted and under way, and the peers see it', async () => {
      const alice = await tcp();
      const bob = await tcp();
      const flow = alice.transport.flow(bob.address);
      flow.send(message('INVITE'));
      await bob.next('message');
      const client = await plainClient(alice.address);
      const clientEnded = gone(client);
      const connecting = alice.transport.flow({ host: '127.0.0.1', port: await deadPort() });
      await alice.transport.close();
      expect([flow, connecting].map(({ closed }) => closed)).toEqual([true, true]);
      expect((await bob.next('closed')).error).toBeUndefined();
      await clientEnded;
      expect(alice.told).toEqual([]);
    });

    it('ends also when a peer has stopped reading', async () => {
      const bob = await tcp();
      const client = await plainClient(bob.address);
      client.write(message('INVITE'));
      const { flow } = await bob.next('message');
      // More than the buffers of two sockets hold while nobody reads, less than makes the flow give up by itself.
      for (let index = 0; index < 70; index++) flow.send(message('MESSAGE', 'x'.repeat(60_000)));
      expect(flow.closed).toBe(false);
      await bob.transport.close();
      expect(flow.closed).toBe(true);
    });
  });

  it('gives up a connection whose peer has stopped reading', async () => {
    const bob = await tcp();
    const client = await plainClient(bob.address);
    client.write(message('INVITE'));
    const { flow } = await bob.next('message');
    for (let index = 0; index < 1_000 && !flow.closed; index++) flow.send(message('MESSAGE', 'x'.repeat(60_000)));
    const closed = await bob.next('closed');
    expect(closed.error?.message).toContain('stopped reading');
    expect(flow.closed).toBe(true);
  });
});
