import { describe, expect, test } from 'vitest';
import { RAck, RSeq } from '../headers/reliability';
import { clearTheStage, Scene } from './scene';

clearTheStage();

const ALICE = 'sip:alice@atlanta.example.com';
const BOB = 'sip:bob@biloxi.example.com';

/** Alice has called, without anybody in between. */
async function called(options: { delayedOffer?: boolean } = {}) {
  const scene = new Scene();
  const alice = await scene.phone('alice', ALICE, '192.0.2.101');
  const bob = await scene.phone('bob', BOB, '192.0.2.201');
  const session = alice.invite(bob.uri, options);
  await scene.settle();
  return { scene, alice, bob, session };
}

const ways = (line: string) => [`bob > proxy2 ${line}`, `proxy2 > proxy1 ${line}`, `proxy1 > alice ${line}`];
const back = (line: string) => [`alice > proxy1 ${line}`, `proxy1 > proxy2 ${line}`, `proxy2 > bob ${line}`];

describe('RFC 3262: provisional responses that are acknowledged', () => {
  test('through two proxies: early media, ringing, and an answer that says nothing new', async () => {
    const scene = new Scene();
    await scene.proxy('proxy1', '192.0.2.111');
    await scene.proxy('proxy2', '192.0.2.222', { route: () => ['sip:bob@client.biloxi.example.com'] });
    const alice = await scene.phone('alice', ALICE, '192.0.2.101');
    const bob = await scene.phone('bob', BOB, '192.0.2.201');
    const session = alice.invite(BOB, { server: 'sip:atlanta.example.com' });
    await scene.settle();
    await bob.call.ring({ earlyMedia: true });
    await scene.settle();
    await bob.call.ring({ reliable: true });
    await scene.settle();
    void bob.call.accept();
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'alice > proxy1 INVITE*',
      'proxy1 > alice 100 INVITE',
      'proxy1 > proxy2 INVITE*',
      'proxy2 > proxy1 100 INVITE',
      'proxy2 > bob INVITE*',
      ...ways('183 INVITE*'),
      ...back('PRACK'),
      ...ways('200 PRACK'),
      ...ways('180 INVITE'),
      ...back('PRACK'),
      ...ways('200 PRACK'),
      ...ways('200 INVITE'),
      ...back('ACK'),
    ]);
    // RSeq goes up by one; RAck says which response, and of which request.
    const [progress] = scene.wire.messages('183 INVITE');
    const [ringing] = scene.wire.messages('180 INVITE');
    const [first, , , second] = scene.wire.messages('PRACK');
    const invite = session.invite.cseq.sequence;
    expect([RSeq.read(ringing!), progress!.require, ringing!.require]).toEqual([
      RSeq.read(progress!)! + 1,
      ['100rel'],
      ['100rel'],
    ]);
    expect([RAck.read(first!), RAck.read(second!)]).toEqual([
      { rseq: RSeq.read(progress!), sequence: invite, method: 'INVITE' },
      { rseq: RSeq.read(ringing!), sequence: invite, method: 'INVITE' },
    ]);
    // PRACKs are requests of the early dialog: its tags, its route set, the next numbers.
    expect([first!.to.tag, first!.cseq.sequence, second!.cseq.sequence]).toEqual([
      progress!.to.tag,
      invite + 1,
      invite + 2,
    ]);
    expect(first!.routes.map(String)).toEqual(['<sip:192.0.2.111:5060;lr>', '<sip:192.0.2.222:5060;lr>']);
    expect(scene.wire.request('ACK').cseq.sequence).toBe(invite);
    expect(alice.media.log).toEqual(['alice offer 1', 'accepted bob answer 1']);
    expect([session.state, bob.call.state]).toEqual(['confirmed', 'confirmed']);
  });

  test('the response gets lost: it comes again, and is acknowledged once', async () => {
    const { scene, bob } = await called();
    await scene.settle(300);
    scene.lose('bob > alice 180 INVITE');
    await bob.call.ring({ reliable: true });
    await scene.settle(2_000);
    expect(scene.wire.lines).toEqual([
      'alice > bob INVITE*',
      'bob > alice 100 INVITE',
      'bob > alice 180 INVITE',
      'bob > alice 180 INVITE',
      'alice > bob PRACK',
      'bob > alice 200 PRACK',
    ]);
    bob.call.reject(480);
    await scene.settle();
  });

  test('the PRACK gets lost: both come again, and the application hears of one response', async () => {
    const { scene, bob, session } = await called();
    const heard: number[] = [];
    session.on('provisional', ({ status }) => heard.push(status));
    scene.lose('alice > bob PRACK');
    await bob.call.ring({ reliable: true });
    await scene.settle(2_000);
    expect(scene.wire.lines.slice(1)).toEqual([
      'bob > alice 180 INVITE',
      'alice > bob PRACK',
      'bob > alice 180 INVITE',
      'alice > bob PRACK',
      'bob > alice 200 PRACK',
    ]);
    expect(new Set(scene.wire.messages('PRACK').map(({ cseq }) => cseq.sequence)).size).toBe(1);
    expect(heard).toEqual([180]);
    bob.call.reject(480);
    await scene.settle();
  });

  test('the 200 of the PRACK gets lost: the PRACK comes again, the response does not', async () => {
    const { scene, bob } = await called();
    scene.lose('bob > alice 200 PRACK');
    await bob.call.ring({ reliable: true });
    await scene.settle(2_000);
    expect(scene.wire.lines.slice(1)).toEqual([
      'bob > alice 180 INVITE',
      'alice > bob PRACK',
      'bob > alice 200 PRACK',
      'alice > bob PRACK',
      'bob > alice 200 PRACK',
    ]);
    bob.call.reject(480);
    await scene.settle();
  });

  test('§3 Bob answers before the PRACK has come: it is answered all the same', async () => {
    const { scene, bob, session } = await called();
    const release = scene.hold('alice > bob PRACK');
    await bob.call.ring({ reliable: true });
    await scene.settle(10);
    void bob.call.accept();
    await scene.settle(10);
    release();
    await scene.settle();
    expect(scene.wire.lines.slice(1)).toEqual([
      'bob > alice 180 INVITE',
      'alice > bob PRACK',
      'bob > alice 200 INVITE*',
      'alice > bob ACK',
      'bob > alice 200 PRACK',
    ]);
    expect([session.state, bob.call.state]).toEqual(['confirmed', 'confirmed']);
  });

  test('Bob answers while his early media is still being made: it is told and acknowledged first', async () => {
    const { scene, bob, session } = await called();
    bob.media.pause = new Promise((resolve) => scene.clock.setTimer(300, resolve));
    void bob.call.ring({ earlyMedia: true });
    void bob.call.accept();
    await scene.settle(1_000);
    expect(scene.wire.lines.slice(1)).toEqual([
      'bob > alice 100 INVITE',
      'bob > alice 183 INVITE*',
      'alice > bob PRACK',
      'bob > alice 200 PRACK',
      'bob > alice 200 INVITE',
      'alice > bob ACK',
    ]);
    expect([session.state, bob.call.state, bob.media.log]).toEqual([
      'confirmed',
      'confirmed',
      ['bob answer 1 to alice offer 1'],
    ]);
    await expect(bob.call.ring()).rejects.toMatchObject({ code: 'ERR_SIP_STATE' });
  });

  test('early media that is taken in slowly, and a 200 that says the same: what comes next waits', async () => {
    const { scene, alice, bob, session } = await called();
    alice.media.pause = new Promise((resolve) => scene.clock.setTimer(1_000, resolve));
    await bob.call.ring({ earlyMedia: true, reliable: false });
    await scene.settle();
    void bob.call.accept();
    await scene.settle();
    expect([session.state, bob.call.state]).toEqual(['answering', 'confirmed']);
    await scene.clock.until(bob.call.reinvite());
    expect(session.state).toBe('confirmed');
    expect(alice.media.log).toEqual(['alice offer 1', 'accepted bob answer 1', 'alice answer 2 to bob offer 2']);
  });

  test('§5 the offer in the response, the answer in the PRACK', async () => {
    const { scene, alice, bob, session } = await called({ delayedOffer: true });
    await bob.call.ring({ reliable: true });
    await scene.settle();
    void bob.call.accept();
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'alice > bob INVITE',
      'bob > alice 180 INVITE*',
      'alice > bob PRACK*',
      'bob > alice 200 PRACK',
      'bob > alice 200 INVITE',
      'alice > bob ACK',
    ]);
    expect([alice.media.log, bob.media.log]).toEqual([
      ['alice answer 1 to bob offer 1'],
      ['bob offer 1', 'accepted alice answer 1'],
    ]);
    expect([session.state, bob.call.state]).toEqual(['confirmed', 'confirmed']);
  });

  test('a CANCEL that crosses a reliable response: nobody waits for its PRACK', async () => {
    const { scene, alice, bob, session } = await called();
    await bob.call.ring();
    await scene.settle();
    const release = scene.hold('bob > alice 183 INVITE*');
    await bob.call.ring({ earlyMedia: true });
    await scene.settle(10);
    const done = session.terminate();
    await scene.settle(10);
    release();
    await scene.clock.until(done);
    await scene.settle(40_000);
    expect(scene.wire.lines.slice(2)).toEqual([
      'bob > alice 183 INVITE*',
      'alice > bob CANCEL',
      'bob > alice 200 CANCEL',
      'bob > alice 487 INVITE',
      'alice > bob ACK',
    ]);
    expect([alice.ends, bob.ends]).toMatchObject([[{ by: 'local' }], [{ by: 'remote', status: 487 }]]);
  });
});

describe('RFC 6228: a callee has refused, another may still answer', () => {
  test('the proxy tells by 199, and the early dialog is over', async () => {
    const scene = new Scene();
    await scene.proxy('proxy', '192.0.2.222', {
      route: () => ['sip:bob@192.0.2.201', 'sip:bob@192.0.2.202'],
      earlyEnds: true,
    });
    const alice = await scene.phone('alice', ALICE, '192.0.2.101');
    const desk = await scene.phone('desk', BOB, '192.0.2.201');
    const mobile = await scene.phone('mobile', BOB, '192.0.2.202');
    const session = alice.invite(BOB);
    await scene.settle();
    await desk.call.ring({ earlyMedia: true });
    await mobile.call.ring();
    await scene.settle();
    const { localTag: gone } = desk.call.dialog!;
    const { localTag: left } = mobile.call.dialog!;
    expect(session.dialogs.map(({ remoteTag }) => remoteTag)).toEqual([gone, left]);
    scene.wire.clear();
    desk.call.reject(486);
    await scene.settle();
    expect(scene.wire.lines).toEqual(['desk > proxy 486 INVITE', 'proxy > desk ACK', 'proxy > alice 199 INVITE']);
    const [notice] = scene.wire.messages('199 INVITE');
    expect([notice!.to.tag, notice!.headers.get('Reason'), notice!.headers.has('Contact')]).toEqual([
      gone,
      'SIP ;cause=486',
      false,
    ]);
    expect([session.dialogs.map(({ remoteTag }) => remoteTag), session.dialog!.remoteTag]).toEqual([[left], left]);
    void mobile.call.accept();
    await scene.settle();
    expect([session.state, session.dialog!.remoteTag]).toEqual(['confirmed', left]);
  });
});
