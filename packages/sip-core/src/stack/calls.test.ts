import { afterEach, describe, expect, test } from 'vitest';
import { parseMessage } from '../message/parse';
import type { SipRequest } from '../message/request';
import { SipError } from '../platform/errors';
import type { IncomingSession } from '../session/incoming-session';
import type { SessionEnd } from '../session/session-events';
import { MemoryNetwork, type MemoryNetworkOptions } from '../testing/memory-network';
import { ScriptedMedia } from '../testing/scripted-media';
import { seededRandomBytes } from '../testing/seeded-random';
import { VirtualClock } from '../testing/virtual-clock';
import type { TransportProtocol } from '../transport/transport';
import { SipStack } from './sip-stack';
import type { StackInviteOptions } from './stack-options';

let running: { clock: VirtualClock; stacks: SipStack[] } | undefined;

afterEach(async () => {
  // Whatever a test did, closing leaves nothing behind.
  const { clock, stacks } = running!;
  await clock.until(Promise.all(stacks.map((stack) => stack.close())));
  for (const stack of stacks)
    expect(stack.load).toEqual({ sessions: 0, transactions: 0, registrations: 0, features: 0 });
  await clock.advance(100);
  expect(clock.pending).toBe(0);
});

async function setUp(network: MemoryNetworkOptions = {}, protocol: TransportProtocol = 'UDP') {
  const clock = new VirtualClock();
  const net = new MemoryNetwork(clock, network);
  const make = (host: string, seed: number) =>
    new SipStack({
      clock,
      random: seededRandomBytes(seed),
      transports: [net.transport(protocol, { host, port: 5060 })],
      userAgent: 'test',
    });
  const alice = make('192.0.2.1', (network.seed ?? 1) * 2 + 1);
  const bob = make('192.0.2.2', (network.seed ?? 1) * 2 + 2);
  await alice.start();
  await bob.start();
  running = { clock, stacks: [alice, bob] };
  const wire: string[] = [];
  for (const stack of [alice]) {
    stack.on('trace', ({ direction, data }) => {
      const message = parseMessage(data);
      const what = 'status' in message ? `${message.status}` : message.method;
      wire.push(`${direction === 'out' ? '>' : '<'} ${what}${message.body.length > 0 ? ` (${message.text})` : ''}`);
    });
  }
  const media = { alice: new ScriptedMedia('A'), bob: new ScriptedMedia('B') };
  let incoming: IncomingSession | undefined;
  bob.on('invite', (session) => {
    incoming = session;
    session.offerAnswer = media.bob;
  });
  const suffix = protocol === 'UDP' ? '' : `;transport=${protocol.toLowerCase()}`;
  const call = (options: Partial<StackInviteOptions> = {}) => {
    const session = alice.invite({
      uri: `sip:bob@192.0.2.2${suffix}`,
      from: 'sip:alice@192.0.2.1',
      offerAnswer: media.alice,
      ...options,
    });
    const ends: SessionEnd[] = [];
    session.on('ended', (end) => ends.push(end));
    return { session, ends };
  };
  const established = async (options: Partial<StackInviteOptions> = {}) => {
    const { session, ends } = call(options);
    await clock.advance(100);
    await clock.until(incoming!.accept());
    await clock.advance(100);
    expect(session.state).toBe('confirmed');
    return { session, ends, peer: incoming! };
  };
  return { clock, net, alice, bob, wire, media, call, established, incoming: () => incoming! };
}

describe('a call (RFC 3665 §3.1)', () => {
  test.each(['UDP', 'TCP'] as const)('over %s: INVITE, 180, 200, ACK, BYE, 200', async (protocol) => {
    const { clock, wire, media, call, incoming } = await setUp({}, protocol);
    const { session, ends } = call();
    await clock.advance(10);
    await incoming().ring();
    await clock.advance(10);
    expect(session.state).toBe('early');
    const accepted = incoming().accept();
    await clock.advance(10);
    await accepted;
    expect(session.state).toBe('confirmed');
    expect(incoming().state).toBe('confirmed');
    const done = session.terminate();
    await clock.advance(10);
    await done;
    expect(wire).toEqual(['> INVITE (A offer 1)', '< 180', '< 200 (B answer 1)', '> ACK', '> BYE', '< 200']);
    expect(media.alice.log).toEqual(['A offer 1', 'accepted B answer 1']);
    expect(ends).toEqual([{ by: 'local' }]);
  });

  test('the callee hangs up', async () => {
    const { clock, established } = await setUp();
    const { peer, ends } = await established();
    await clock.until(peer.terminate());
    expect(ends).toMatchObject([{ by: 'remote' }]);
  });

  test('without an offer: it comes in the 200, the answer in the ACK (§13.2.1)', async () => {
    const { wire, media, established } = await setUp();
    await established({ delayedOffer: true });
    expect(wire).toEqual(['> INVITE', '< 200 (B offer 1)', '> ACK (A answer 1)']);
    expect(media.bob.log).toEqual(['B offer 1', 'accepted A answer 1']);
  });

  test('early media: the description of a 183 is heard, the 200 repeats it', async () => {
    const { clock, media, call, incoming } = await setUp();
    const { session } = call();
    await clock.advance(10);
    await incoming().ring({ earlyMedia: true });
    await clock.advance(10);
    expect(media.alice.log).toEqual(['A offer 1', 'accepted B answer 1']);
    const accepted = incoming().accept();
    await clock.until(accepted);
    await clock.advance(10);
    expect(session.state).toBe('confirmed');
    expect(media.alice.log).toHaveLength(2);
  });

  test('busy', async () => {
    const { clock, call, incoming, wire } = await setUp();
    const { ends } = call();
    await clock.advance(10);
    incoming().reject(486);
    await clock.advance(10);
    expect(ends).toMatchObject([{ by: 'remote', status: 486, reason: 'Busy Here' }]);
    expect(wire).toEqual(['> INVITE (A offer 1)', '< 486', '> ACK']);
  });

  test('refused for its offer: 488 and a Warning with the reason', async () => {
    const { clock, call, incoming, media } = await setUp();
    media.bob.refusal = new SipError('no codec in common', { status: 488 });
    const { ends } = call();
    await clock.advance(10);
    await expect(incoming().accept()).rejects.toThrow('no codec');
    await clock.advance(10);
    expect(ends).toMatchObject([{ by: 'remote', status: 488 }]);
    expect(ends[0]!.message!.headers.get('Warning')).toContain('no codec in common');
    expect(media.alice.log).toContain('rollback');
  });

  test('an answer that cannot be used ends the call by BYE', async () => {
    const { clock, call, incoming, media } = await setUp();
    media.alice.answerRefusal = new Error('what is this');
    const { ends } = call();
    await clock.advance(10);
    incoming()
      .accept()
      .catch(() => {});
    await clock.advance(50);
    expect(ends).toMatchObject([{ by: 'error', status: 488 }]);
    expect(incoming().state).toBe('terminated');
  });

  test('nobody there: 32 s, then a time-out', async () => {
    const { clock, call } = await setUp();
    const { ends } = call({ uri: 'sip:bob@192.0.2.99' });
    await clock.advance(31_900);
    expect(ends).toEqual([]);
    await clock.advance(200);
    expect(ends).toMatchObject([{ by: 'error', status: 408, error: { code: 'ERR_SIP_TIMEOUT' } }]);
  });

  test('a name without a resolver is told at once', async () => {
    const { clock, call } = await setUp();
    const { ends } = call({ uri: 'sip:bob@example.com' });
    await clock.advance(1);
    expect(ends).toMatchObject([{ by: 'error', error: { code: 'ERR_SIP_RESOLVE' } }]);
  });
});

describe('giving up (RFC 3261 §9, §15)', () => {
  test('while it rings: CANCEL, 200, 487, ACK', async () => {
    const { clock, call, incoming, wire } = await setUp();
    const { session, ends } = call();
    const callee: SessionEnd[] = [];
    await clock.advance(10);
    incoming().on('ended', (end) => callee.push(end));
    await incoming().ring();
    await clock.advance(10);
    await clock.until(session.terminate());
    expect(wire.slice(2)).toEqual(['> CANCEL', '< 200', '< 487', '> ACK']);
    expect(ends).toMatchObject([{ by: 'local' }]);
    expect(callee).toMatchObject([{ by: 'remote', status: 487 }]);
  });

  test('before anything was answered: over at once; the late 2xx gets ACK and BYE', async () => {
    const { clock, call, incoming, wire } = await setUp({ delay: 150 });
    const { session, ends } = call();
    await clock.advance(160);
    void session.terminate();
    expect(ends).toMatchObject([{ by: 'local' }]);
    incoming()
      .accept()
      .catch(() => {});
    await clock.advance(2_000);
    expect(wire).toContain('> BYE');
    expect(incoming().state).toBe('terminated');
  });

  test('a CANCEL that crosses the 200: ACK, then BYE', async () => {
    const { clock, call, incoming, wire } = await setUp({ delay: 50 });
    const { session, ends } = call();
    await clock.advance(60);
    await incoming().ring();
    await clock.advance(60);
    incoming()
      .accept()
      .catch(() => {});
    void session.terminate();
    await clock.advance(1_000);
    expect(wire.filter((each) => !each.includes('100'))).toEqual([
      '> INVITE (A offer 1)',
      '< 180',
      '> CANCEL',
      '< 200 (B answer 1)',
      '> ACK',
      '> BYE',
      '< 200',
      '< 200',
    ]);
    expect(ends).toMatchObject([{ by: 'local' }]);
    expect(incoming().state).toBe('terminated');
  });

  test('the callee hangs up before the ACK: its BYE waits for it', async () => {
    const { clock, call, incoming, net } = await setUp();
    const { session } = call();
    await clock.advance(10);
    const acks = { blocked: true };
    net.filter = (data) => !(acks.blocked && new TextDecoder().decode(data.subarray(0, 3)) === 'ACK');
    incoming()
      .accept()
      .catch(() => {});
    await clock.advance(10);
    const done = incoming().terminate();
    await clock.advance(3_000);
    expect(session.state).toBe('confirmed');
    acks.blocked = false;
    await clock.until(done);
    expect(session.state).toBe('terminated');
  });

  test('a 200 that is never acknowledged is repeated for 32 s, then BYE (§13.3.1.4)', async () => {
    const { clock, call, incoming, net } = await setUp();
    const sent: number[] = [];
    net.filter = (data, from) => {
      const start = new TextDecoder().decode(data.subarray(0, 11));
      if (start === 'SIP/2.0 200' && from.host === '192.0.2.2') sent.push(clock.now());
      return !start.startsWith('ACK');
    };
    call();
    await clock.advance(10);
    const failure = incoming()
      .accept()
      .catch((error: SipError) => error);
    await clock.advance(40_000);
    expect(await failure).toMatchObject({ code: 'ERR_SIP_NO_ACK' });
    expect(sent.slice(0, 6).map((time) => time - sent[0]!)).toEqual([0, 500, 1500, 3500, 7500, 11500]);
  });
});

test('a BYE said just before the stack closes still goes out', async () => {
  const { clock, alice, established } = await setUp();
  const { session, peer } = await established();
  void session.terminate();
  await clock.until(alice.close());
  expect(peer.state).toBe('terminated');
});

describe('changing a session (RFC 3261 §14)', () => {
  test('re-INVITE by either side, with and without an offer', async () => {
    const { clock, wire, established } = await setUp();
    const { session, peer } = await established();
    wire.length = 0;
    await clock.until(session.reinvite());
    await clock.until(peer.reinvite());
    await clock.until(peer.reinvite({ delayedOffer: true }));
    await clock.advance(10);
    expect(wire).toEqual([
      '> INVITE (A offer 2)',
      '< 200 (B answer 2)',
      '> ACK',
      '< INVITE (B offer 3)',
      '> 200 (A answer 3)',
      '< ACK',
      '< INVITE',
      '> 200 (A offer 4)',
      '< ACK (B answer 4)',
    ]);
  });

  test('refused: 488, the session stays as it was', async () => {
    const { clock, media, established } = await setUp();
    const { session } = await established();
    media.bob.refusal = new SipError('not that', { status: 488 });
    await expect(clock.until(session.reinvite())).rejects.toMatchObject({ status: 488 });
    expect(session.state).toBe('confirmed');
    expect(media.alice.log.at(-1)).toBe('rollback');
  });

  test('glare: both get 491, wait, and one after the other succeed', async () => {
    const { clock, wire, established } = await setUp({ delay: 20 });
    const { session, peer } = await established();
    wire.length = 0;
    await clock.until(Promise.all([session.reinvite(), peer.reinvite()]));
    expect(wire.filter((each) => each.includes('491'))).toHaveLength(2);
    expect(wire.filter((each) => each.includes('INVITE'))).toHaveLength(4);
    expect([session.state, peer.state]).toEqual(['confirmed', 'confirmed']);
  });

  test('a peer that lost the dialog: 481 ends the session', async () => {
    const { clock, established } = await setUp();
    const { session, ends, peer } = await established();
    peer.end({ by: 'error' });
    await expect(clock.until(session.reinvite())).rejects.toMatchObject({ status: 481 });
    expect(ends).toMatchObject([{ by: 'remote', status: 481 }]);
  });
});

describe('requests inside the dialog', () => {
  test('go to who listens; else 405, an unknown event 489; out of order 500', async () => {
    const { clock, established } = await setUp();
    const { session, peer } = await established();
    expect((await clock.until(session.send('INFO'))).status).toBe(405);
    expect((await clock.until(session.send('NOTIFY', { headers: [['Event', 'talk']] }))).status).toBe(489);
    peer.on('request', (transaction) => transaction.reply(202));
    expect((await clock.until(session.send('INFO'))).status).toBe(202);
    session.dialog!.createRequest('INFO', 1);
  });

  test('reach the callee while it rings, in the early dialog', async () => {
    const { clock, call, incoming } = await setUp();
    const { session } = call();
    await clock.advance(10);
    await incoming().ring();
    await clock.advance(10);
    incoming().on('request', (transaction) => transaction.reply(200));
    expect((await clock.until(session.send('NOTIFY', { headers: [['Event', 'talk']] }))).status).toBe(200);
  });

  test('unknown dialogs get 481, OPTIONS the capabilities', async () => {
    const { clock, alice } = await setUp();
    const to = 'sip:bob@192.0.2.2';
    const from = 'sip:alice@192.0.2.1';
    const bye = alice.request({ method: 'BYE', uri: to, from, to: '<sip:bob@192.0.2.2>;tag=x' });
    expect((await clock.until(bye)).status).toBe(481);
    const options = await clock.until(alice.request({ method: 'OPTIONS', uri: to, from }));
    expect(options.status).toBe(200);
    expect(options.allow).toContain('INVITE');
    expect(options.headers.get('Accept')).toBe('application/sdp');
    const odd = await clock.until(alice.request({ method: 'PUBLISH', uri: to, from }));
    expect(odd.status).toBe(405);
    const picky = await clock.until(
      alice.request({ method: 'OPTIONS', uri: to, from, headers: [['Require', 'telepathy']] }),
    );
    expect([picky.status, picky.headers.get('Unsupported')]).toEqual([420, 'telepathy']);
  });
});

describe('a bad network', () => {
  test('30 % loss each way, duplicates and reordering: 40 calls come about and end', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { clock, alice, bob, call, incoming } = await setUp({ loss: 0.3, duplicate: 0.1, jitter: 80, seed });
      const { session, ends } = call();
      for (let i = 0; i < 300 && !incoming(); i++) await clock.advance(100);
      const accepted = incoming().accept();
      await clock.until(accepted, 64_000);
      await clock.advance(8_000);
      expect(session.state, `seed ${seed}`).toBe('confirmed');
      await clock.until(session.terminate());
      await clock.advance(40_000);
      expect(ends).toHaveLength(1);
      expect([alice.load.transactions, bob.load.transactions]).toEqual([0, 0]);
    }
  });
});

describe('a bad network, and calls that change', () => {
  test('15 % loss each way: re-INVITEs of both sides at once, with and without an offer, leave both with the same', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { clock, call, incoming } = await setUp({ loss: 0.15, duplicate: 0.1, jitter: 80, seed });
      const { session } = call({ delayedOffer: seed % 2 === 0 });
      for (let i = 0; i < 300 && !incoming(); i++) await clock.advance(100);
      await clock.until(incoming().accept(), 64_000);
      const changes = [session.reinvite({ delayedOffer: seed % 3 === 0 }), incoming().reinvite(), session.reinvite()];
      const results = await clock.until(Promise.allSettled(changes), 200_000);
      expect(
        results.map(({ status }) => status),
        `seed ${seed}`,
      ).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
      await clock.advance(40_000);
      expect([session.state, incoming().state], `seed ${seed}`).toEqual(['confirmed', 'confirmed']);
      await clock.until(incoming().terminate());
      await clock.advance(40_000);
      expect(session.state, `seed ${seed}`).toBe('terminated');
    }
  });
});

describe('forking', () => {
  test('two callees answer: the second dialog is acknowledged and ended (§13.2.2.4)', async () => {
    const { clock, net, wire, call } = await setUp();
    const { session } = call({ uri: 'sip:bob@192.0.2.50' });
    const seen: SipRequest[] = [];
    const proxy = net.transport('UDP', { host: '192.0.2.50', port: 5060 });
    await proxy.listen({
      message(data, flow) {
        const request = parseMessage(data) as SipRequest;
        seen.push(request);
        if (request.method === 'INVITE') {
          for (const tag of ['one', 'two']) {
            const text = new TextDecoder().decode(data);
            const head = text.split('\r\n').filter((line) => /^(Via|From|Call-ID|CSeq|To):/i.test(line));
            const lines = head.map((line) => (/^To:/i.test(line) ? `${line};tag=${tag}` : line));
            const body = `answer ${tag}`;
            flow.send(
              new TextEncoder().encode(
                [
                  'SIP/2.0 200 OK',
                  ...lines,
                  `Contact: <sip:${tag}@192.0.2.50>`,
                  'Content-Type: application/sdp',
                  `Content-Length: ${body.length}`,
                  '',
                  body,
                ].join('\r\n'),
              ),
            );
          }
        } else if (request.method === 'BYE') {
          const text = new TextDecoder().decode(data);
          const head = text.split('\r\n').filter((line) => /^(Via|From|Call-ID|CSeq|To):/i.test(line));
          flow.send(new TextEncoder().encode(['SIP/2.0 200 OK', ...head, 'Content-Length: 0', '', ''].join('\r\n')));
        }
      },
      flowClosed() {},
      noise() {},
    });
    await clock.advance(100);
    expect(session.state).toBe('confirmed');
    expect(wire.filter((each) => each.startsWith('>'))).toEqual(['> INVITE (A offer 1)', '> ACK', '> ACK', '> BYE']);
    expect(seen.at(-1)!.uriText).toBe('sip:two@192.0.2.50');
    await clock.until(session.terminate());
    await proxy.close();
  });
});
