import { describe, expect, test } from 'vitest';
import { MinSE, SessionExpires } from '../headers/session-timer';
import type { SipMessage } from '../message/message';
import type { SipRequest } from '../message/request';
import { clearTheStage, Scene } from './scene';

clearTheStage();

const ALICE = 'sip:alice@atlanta.example.com';
const BOB = 'sip:bob@biloxi.example.com';

const timer = (message: SipMessage) => [SessionExpires.read(message)?.seconds, MinSE.read(message)];

/** A proxy that takes no session shorter than this: what is shorter it refuses, what has no interval gets one (RFC 4028 §8.1). */
function insists(minimum: number, onward: string[]) {
  return (request: SipRequest) => {
    const offered = SessionExpires.read(request);
    if (request.method !== 'INVITE' || !offered || offered.seconds >= minimum) return onward;
    return { status: 422, headers: [['Min-SE', String(minimum)]] as const };
  };
}

describe('RFC 4028: session timers', () => {
  test('§12 two proxies raise the interval by 422, Alice refreshes by UPDATE, and Bob’s end of it runs out', async () => {
    const scene = new Scene();
    await scene.proxy('proxy1', '192.0.2.111', { route: insists(3_600, ['sip:bob@192.0.2.222']) });
    await scene.proxy('proxy2', '192.0.2.222', { route: insists(4_000, ['sip:bob@192.0.2.201']) });
    const alice = await scene.phone('alice', ALICE, '192.0.2.101', { sessionTimer: { expires: 90 } });
    const bob = await scene.phone('bob', BOB, '192.0.2.201', { sessionTimer: { expires: 7_200 } });
    const session = alice.invite(BOB, { server: 'sip:192.0.2.111' });
    await scene.settle();
    void bob.call.accept();
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'alice > proxy1 INVITE*',
      'proxy1 > alice 422 INVITE',
      'alice > proxy1 ACK',
      'alice > proxy1 INVITE*',
      'proxy1 > alice 100 INVITE',
      'proxy1 > proxy2 INVITE*',
      'proxy2 > proxy1 422 INVITE',
      'proxy1 > proxy2 ACK',
      'proxy1 > alice 422 INVITE',
      'alice > proxy1 ACK',
      'alice > proxy1 INVITE*',
      'proxy1 > alice 100 INVITE',
      'proxy1 > proxy2 INVITE*',
      'proxy2 > proxy1 100 INVITE',
      'proxy2 > bob INVITE*',
      'bob > proxy2 200 INVITE*',
      'proxy2 > proxy1 200 INVITE*',
      'proxy1 > alice 200 INVITE*',
      'alice > proxy1 ACK',
      'proxy1 > proxy2 ACK',
      'proxy2 > bob ACK',
    ]);
    // From Alice, from Alice, on from the first proxy, and so forth.
    const [first, second, , third] = scene.wire.messages('INVITE');
    expect([first!, second!, third!].map(timer)).toEqual([
      [90, undefined],
      [3_600, 3_600],
      [4_000, 4_000],
    ]);
    // One call all along: the same Call-ID and From, the next number.
    expect([second!.callId, third!.callId, third!.cseq.sequence, third!.from.tag]).toEqual([
      first!.callId,
      first!.callId,
      first!.cseq.sequence + 2,
      first!.from.tag,
    ]);
    const [ok] = scene.wire.messages('200 INVITE');
    expect([SessionExpires.read(ok!), ok!.require]).toMatchObject([{ seconds: 4_000, refresher: 'uac' }, ['timer']]);
    expect(session.sessionTimer).toEqual({ interval: 4_000, refresher: 'local' });

    scene.wire.clear();
    await scene.settle(2_000_000);
    expect(scene.wire.lines).toEqual([
      'alice > proxy1 UPDATE',
      'proxy1 > proxy2 UPDATE',
      'proxy2 > bob UPDATE',
      'bob > proxy2 200 UPDATE',
      'proxy2 > proxy1 200 UPDATE',
      'proxy1 > alice 200 UPDATE',
    ]);
    expect([timer(scene.wire.request('UPDATE')), SessionExpires.read(scene.wire.request('UPDATE'))?.refresher]).toEqual(
      [[4_000, 4_000], 'uac'],
    );

    // Alice vanishes: what she sends gets lost, and so does what is sent to her.
    scene.wire.clear();
    scene.network.filter = (_data, from, to) => ![from.host, to.host].includes('192.0.2.101');
    await scene.settle(4_000_000 - 32_000 + 100);
    const said = scene.wire.lines.filter((line) => !line.startsWith('alice') && !line.startsWith('proxy1'));
    expect(said.slice(0, 2)).toEqual(['bob > proxy2 BYE', 'proxy2 > proxy1 BYE']);
    expect(bob.ends).toMatchObject([{ by: 'error', status: 408, error: { code: 'ERR_SIP_SESSION_EXPIRED' } }]);
    expect(session.state).toBe('terminated');
    await scene.settle(40_000);
  });

  test('§9 Bob refreshes, as Alice wants it', async () => {
    const scene = new Scene();
    const alice = await scene.phone('alice', ALICE, '192.0.2.101', {
      sessionTimer: { refresher: 'remote', expires: 600 },
    });
    const bob = await scene.phone('bob', BOB, '192.0.2.201');
    const session = alice.invite(bob.uri);
    await scene.settle();
    void bob.call.accept();
    await scene.settle();
    const [ok] = scene.wire.messages('200 INVITE');
    expect([SessionExpires.read(session.invite), SessionExpires.read(ok!)]).toMatchObject([
      { seconds: 600, refresher: 'uas' },
      { seconds: 600, refresher: 'uas' },
    ]);
    scene.wire.clear();
    await scene.settle(900_000);
    const round = ['bob > alice UPDATE', 'alice > bob 200 UPDATE'];
    expect(scene.wire.lines).toEqual([...round, ...round, ...round]);
    expect([session.sessionTimer?.refresher, bob.call.sessionTimer?.refresher]).toEqual(['remote', 'local']);
  });

  test('§7.4 by re-INVITE, in which nothing changes', async () => {
    const scene = new Scene();
    const alice = await scene.phone('alice', ALICE, '192.0.2.101', {
      sessionTimer: { expires: 600, method: 'INVITE' },
    });
    const bob = await scene.phone('bob', BOB, '192.0.2.201');
    const session = await scene.connect(alice, bob);
    await scene.settle(300_000);
    expect(scene.wire.lines).toEqual(['alice > bob INVITE*', 'bob > alice 200 INVITE*', 'alice > bob ACK']);
    expect([SessionExpires.read(scene.wire.request('INVITE')), session.state]).toMatchObject([
      { seconds: 600, refresher: 'uac' },
      'confirmed',
    ]);
  });

  test('§10 nobody answers the refresh: Alice, who is to refresh, ends the call', async () => {
    const scene = new Scene();
    const alice = await scene.phone('alice', ALICE, '192.0.2.101', { sessionTimer: { expires: 600 } });
    const bob = await scene.phone('bob', BOB, '192.0.2.201');
    const session = await scene.connect(alice, bob);
    scene.hold('alice > bob UPDATE');
    await scene.settle(332_500);
    const updates = Array(11).fill('alice > bob UPDATE');
    expect(scene.wire.lines).toEqual([...updates, 'alice > bob BYE', 'bob > alice 200 BYE']);
    expect([session.state, alice.ends, bob.ends]).toMatchObject([
      'terminated',
      [{ by: 'error', status: 408 }],
      [{ by: 'remote' }],
    ]);
  });
});
