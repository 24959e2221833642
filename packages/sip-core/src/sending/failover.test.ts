import { describe, expect, test } from 'vitest';
import type { SipStack } from '../stack/sip-stack';
import { ScriptedMedia } from '../testing/scripted-media';
import { closeFarms, ServerFarm } from './testing/server-farm';

closeFarms();

/** Three servers in this order. */
const ZONE = `
  $ORIGIN example.com.
  _sip._udp SRV 10 0 5060 one
  _sip._udp SRV 20 0 5060 two
  _sip._udp SRV 30 0 5060 three
  _sip._tcp SRV 10 0 5060 one
  _sip._tcp SRV 20 0 5060 two
  one   A 192.0.2.11
  two   A 192.0.2.12
  three A 192.0.2.13
`;

const call = (stack: SipStack, uri = 'sip:bob@example.com') =>
  stack.invite({ uri, from: 'sip:alice@example.com', offerAnswer: new ScriptedMedia('A') });

describe('one server is dead, one is overloaded, one is good (RFC 3263 §4.3)', () => {
  test('a request other than INVITE finds the good one, each time with a new branch', async () => {
    const farm = await ServerFarm.start(ZONE);
    const two = await farm.server(12, 503);
    const three = await farm.server(13, 200);
    const began = farm.clock.now();
    const response = await farm.options();
    expect([response.status, response.to.tag]).toEqual([200, 'tag-13']);
    // 32 s of silence from the first, then at once.
    expect(farm.clock.now() - began).toBeLessThan(32_200);
    const [second, third] = [two.requests[0]!, three.requests[0]!];
    expect(second.via.branch).not.toBe(third.via.branch);
    expect([second.vias.length, third.vias.length]).toEqual([1, 1]);
    expect([second.callId, second.cseq]).toEqual([third.callId, third.cseq]);
  });

  test('so does an INVITE; the 503 is acknowledged where it came from', async () => {
    const farm = await ServerFarm.start(ZONE);
    const two = await farm.server(12, 503);
    const three = await farm.server(13, (request, server) => {
      if (request.method === 'INVITE') server.reply(request, 200, [], 'answer');
      else if (request.method === 'BYE') server.reply(request, 200);
    });
    const session = call(farm.stack);
    await farm.clock.advance(33_000);
    expect(session.state).toBe('confirmed');
    expect(two.methods).toEqual(['INVITE', 'ACK']);
    expect(three.methods).toEqual(['INVITE', 'ACK']);
    expect(two.requests[1]!.via.branch).toBe(two.requests[0]!.via.branch);
  });

  test('the next request goes to the good one without the wait', async () => {
    const farm = await ServerFarm.start(ZONE);
    const two = await farm.server(12, 503);
    await farm.server(13, 200);
    await farm.options();
    const began = farm.clock.now();
    await farm.options();
    expect(farm.clock.now() - began).toBeLessThan(100);
    expect(two.requests.length).toBe(1);
  });

  test('when the dead one is back, it is used again after its penalty', async () => {
    const farm = await ServerFarm.start(ZONE);
    await farm.server(12, 200);
    await farm.options();
    const one = await farm.server(11, 200);
    await farm.options();
    expect(one.requests.length).toBe(0);
    await farm.clock.advance(60_000);
    await farm.options();
    expect(one.requests.length).toBe(1);
  });

  test('the 503 of the last is given as it is', async () => {
    const farm = await ServerFarm.start(ZONE);
    await farm.server(11, 503);
    await farm.server(12, 503);
    await farm.server(13, (request, server) => server.reply(request, 503, [['Warning', '399 three "full"']]));
    const response = await farm.options();
    expect([response.status, response.headers.get('Warning')]).toEqual([503, '399 three "full"']);
  });

  test('a 503 tells more than silence: it is given when all others are dead', async () => {
    const farm = await ServerFarm.start(ZONE);
    await farm.server(11, 503);
    expect((await farm.options()).status).toBe(503);
  });

  test('when nobody answers at all, it is a time-out', async () => {
    const farm = await ServerFarm.start(ZONE);
    await expect(farm.options()).rejects.toMatchObject({ code: 'ERR_SIP_TIMEOUT', status: 408 });
    expect(farm.clock.now()).toBeGreaterThan(96_000);
  });

  test('other refusals are final: nobody else is asked', async () => {
    const farm = await ServerFarm.start(ZONE);
    await farm.server(11, 500);
    const two = await farm.server(12, 200);
    expect((await farm.options()).status).toBe(500);
    expect(two.requests.length).toBe(0);
  });

  test('credentials go along to the next server', async () => {
    const farm = await ServerFarm.start(ZONE);
    const challenge = ['WWW-Authenticate', 'Digest realm="example.com", nonce="n", qop="auth"'] as const;
    await farm.server(11, (request, server) => {
      if (request.headers.has('Authorization')) server.reply(request, 503);
      else server.reply(request, 401, [challenge]);
    });
    const two = await farm.server(12, 200);
    const { status } = await farm.options(undefined, { credentials: { username: 'alice', password: 'secret' } });
    expect(status).toBe(200);
    expect(two.requests[0]!.headers.get('Authorization')).toContain('username="alice"');
    expect(two.requests[0]!.cseq.sequence).toBe(2);
  });
});

describe('Retry-After of a 503 (RFC 3261 §21.5.4)', () => {
  test('nothing is sent to that server for as long as it says, and it is asked first again afterwards', async () => {
    const farm = await ServerFarm.start(ZONE);
    const one = await farm.server(11, (request, server) => server.reply(request, 503, [['Retry-After', '120 (busy)']]));
    const two = await farm.server(12, 200);
    await farm.options();
    one.answer = 200;
    for (const pause of [30_000, 60_000, 29_900]) {
      await farm.clock.advance(pause);
      await farm.options();
    }
    expect([one.requests.length, two.requests.length]).toEqual([1, 4]);
    await farm.clock.advance(1_000);
    await farm.options();
    expect([one.requests.length, two.requests.length]).toEqual([2, 4]);
  });

  test('when there is no other, it is asked all the same', async () => {
    const farm = await ServerFarm.start('one.example.com A 192.0.2.11');
    const one = await farm.server(11, (request, server) => server.reply(request, 503, [['Retry-After', '3600']]));
    expect((await farm.options('sip:one.example.com')).status).toBe(503);
    one.answer = 200;
    expect((await farm.options('sip:one.example.com')).status).toBe(200);
  });
});

describe('calls', () => {
  test('that ring somewhere do not begin anew elsewhere', async () => {
    const farm = await ServerFarm.start(ZONE);
    await farm.server(11, (request, server) => {
      if (request.method !== 'INVITE') return;
      server.reply(request, 180);
      server.reply(request, 503);
    });
    const two = await farm.server(12, 200);
    const session = call(farm.stack);
    const ended = new Promise((resolve) => session.on('ended', resolve));
    expect(await farm.clock.until(ended)).toMatchObject({ status: 503 });
    expect(two.requests.length).toBe(0);
  });

  test('CANCEL goes the way of the INVITE', async () => {
    const farm = await ServerFarm.start(ZONE);
    const one = await farm.server(11, 503);
    const two = await farm.server(12, (request, server) => {
      if (request.method === 'INVITE') server.reply(request, 180);
      if (request.method === 'CANCEL') {
        server.reply(request, 200);
        server.reply(two.requests[0]!, 487);
      }
    });
    const session = call(farm.stack);
    await farm.clock.advance(1_000);
    expect(session.state).toBe('early');
    await farm.clock.until(session.terminate());
    await farm.clock.advance(100);
    expect(two.methods).toEqual(['INVITE', 'CANCEL', 'ACK']);
    expect(one.methods).toEqual(['INVITE', 'ACK']);
    expect(two.requests[1]!.via.branch).toBe(two.requests[0]!.via.branch);
  });

  test('given up while a server keeps silent are not offered to the next', async () => {
    const farm = await ServerFarm.start(ZONE);
    const two = await farm.server(12, 200);
    const session = call(farm.stack);
    await farm.clock.advance(1_000);
    void session.terminate();
    await farm.clock.advance(40_000);
    expect([session.state, two.requests.length]).toEqual(['terminated', 0]);
  });
});

describe('connections', () => {
  const TCP = 'sip:bob@example.com;transport=tcp';

  test('one that is refused leads to the next server at once', async () => {
    const farm = await ServerFarm.start(ZONE, ['TCP']);
    await farm.server(12, 200, 'TCP');
    const began = farm.clock.now();
    expect((await farm.options(TCP)).status).toBe(200);
    expect(farm.clock.now() - began).toBeLessThan(100);
  });

  test('a server that refuses is not hammered: a thousand requests are a few connections', async () => {
    const farm = await ServerFarm.start('one.example.com A 192.0.2.11', ['TCP']);
    let dialed = 0;
    const { flow } = farm.stack.transports[0]!;
    farm.stack.transports[0]!.flow = function (remote) {
      dialed++;
      return flow.call(this, remote);
    };
    const codes = new Set<string>();
    for (let count = 0; count < 1_000; count++) {
      const sent = farm.stack.request({
        method: 'OPTIONS',
        uri: 'sip:one.example.com;transport=tcp',
        from: 'sip:a@b.c',
      });
      sent.catch((error) => codes.add(error.code));
      await farm.clock.advance(20);
    }
    // In 20 s: at 0, 0.5, 1.5, 3.5, 7.5 and 15.5 s when pauses are longest, twice as many when they are shortest.
    expect(dialed).toBeGreaterThanOrEqual(5);
    expect(dialed).toBeLessThanOrEqual(10);
    expect([...codes]).toEqual(['ERR_SIP_CONNECT']);
    await farm.server(11, 200, 'TCP');
    await farm.clock.advance(8_000);
    expect((await farm.options('sip:one.example.com;transport=tcp')).status).toBe(200);
  });

  test('one that was idle and breaks under the request is made again, once (RFC 3261 §18.4)', async () => {
    const farm = await ServerFarm.start('one.example.com A 192.0.2.11', ['TCP']);
    let breaking = 0;
    const one = await farm.server(
      11,
      (request, server) => {
        if (breaking-- > 0) server.flowOf(request).close();
        else server.reply(request, 200);
      },
      'TCP',
    );
    const uri = 'sip:one.example.com;transport=tcp';
    await farm.options(uri);
    breaking = 1;
    expect((await farm.options(uri)).status).toBe(200);
    expect(one.requests.length).toBe(3);
    // The same transaction: a server that had it already takes it for a repetition (RFC 3261 §17.2.3), and no MESSAGE is read twice.
    expect(one.requests[1]!.via.branch).toBe(one.requests[2]!.via.branch);
    breaking = 2;
    await expect(farm.options(uri)).rejects.toMatchObject({ code: 'ERR_SIP_TRANSPORT' });
    expect(one.requests.length).toBe(5);
  });
});

describe('both IP versions', () => {
  test('an IPv6 address that leads nowhere gives way to IPv4', async () => {
    const zone = 'dual.example.com AAAA 2001:db8::11\ndual.example.com A 192.0.2.11';
    const farm = await ServerFarm.start(zone, ['TCP6', 'TCP']);
    const one = await farm.server(11, 200, 'TCP');
    expect((await farm.options('sip:dual.example.com;transport=tcp')).status).toBe(200);
    expect(one.requests[0]!.via.host).toBe('192.0.2.1');
    expect(farm.clock.now()).toBeLessThan(100);
  });

  test('a version without a transport is not even looked up', async () => {
    const farm = await ServerFarm.start('dual.example.com AAAA 2001:db8::11\ndual.example.com A 192.0.2.11', ['UDP']);
    await farm.server(11, 200);
    await farm.options('sip:dual.example.com:5060');
    expect(farm.dns.queries).toEqual(['A dual.example.com']);
  });
});
