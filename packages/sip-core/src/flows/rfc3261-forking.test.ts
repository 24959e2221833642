import { describe, expect, test } from 'vitest';
import { clearTheStage, type Phone, Scene } from './scene';

clearTheStage();

const ALICE = 'sip:alice@atlanta.example.com';
const BOB = 'sip:bob@biloxi.example.com';

/** Alice calls Bob, who has a desk phone and a mobile one; the proxy has both ring at once. */
async function forked() {
  const scene = new Scene();
  await scene.proxy('proxy', '192.0.2.222', { route: () => ['sip:bob@192.0.2.201', 'sip:bob@192.0.2.202'] });
  const alice = await scene.phone('alice', ALICE, '192.0.2.101');
  const desk = await scene.phone('desk', BOB, '192.0.2.201');
  const mobile = await scene.phone('mobile', BOB, '192.0.2.202');
  const session = alice.invite(BOB);
  await scene.settle();
  await desk.call.ring();
  await mobile.call.ring();
  await scene.settle();
  return { scene, alice, desk, mobile, session };
}

const RINGING = [
  'alice > proxy INVITE*',
  'proxy > alice 100 INVITE',
  'proxy > desk INVITE*',
  'proxy > mobile INVITE*',
  'desk > proxy 180 INVITE',
  'mobile > proxy 180 INVITE',
  'proxy > alice 180 INVITE',
  'proxy > alice 180 INVITE',
];

const tagsOf = ({ call }: Phone) => call.dialog!.localTag;

describe('RFC 3261 §13.2.2.4 and §16.7: an INVITE that forks', () => {
  test('one phone answers, the other is cancelled', async () => {
    const { scene, desk, mobile, session } = await forked();
    expect(session.dialogs.map(({ remoteTag }) => remoteTag)).toEqual([tagsOf(desk), tagsOf(mobile)]);
    void mobile.call.accept();
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      ...RINGING,
      'mobile > proxy 200 INVITE*',
      'proxy > alice 200 INVITE*',
      'proxy > desk CANCEL',
      'alice > proxy ACK',
      'desk > proxy 200 CANCEL',
      'desk > proxy 487 INVITE',
      'proxy > mobile ACK',
      'proxy > desk ACK',
    ]);
    expect([session.state, session.dialog!.remoteTag, session.dialogs.length]).toEqual([
      'confirmed',
      tagsOf(mobile),
      1,
    ]);
    expect(desk.ends).toMatchObject([{ by: 'remote', status: 487 }]);
  });

  test('both answer at once: each 200 gets its ACK, and the second call ends by BYE', async () => {
    const { scene, alice, desk, mobile, session } = await forked();
    void desk.call.accept();
    void mobile.call.accept().catch(() => {});
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      ...RINGING,
      'desk > proxy 200 INVITE*',
      'mobile > proxy 200 INVITE*',
      'proxy > alice 200 INVITE*',
      'proxy > mobile CANCEL',
      'proxy > alice 200 INVITE*',
      'alice > proxy ACK',
      'mobile > proxy 200 CANCEL',
      'alice > proxy ACK',
      'alice > proxy BYE',
      'proxy > desk ACK',
      'proxy > mobile ACK',
      'proxy > mobile BYE',
      'mobile > proxy 200 BYE',
      'proxy > alice 200 BYE',
    ]);
    const [first, second] = scene.wire.messages('ACK');
    expect([first!.to.tag, second!.to.tag]).toEqual([tagsOf(desk), tagsOf(mobile)]);
    // One number for both, as they answer one INVITE; the BYE of the second has the next.
    const sequence = session.invite.cseq.sequence;
    const bye = scene.wire.request('BYE');
    expect([first!.cseq.sequence, second!.cseq.sequence, bye.cseq.sequence, bye.to.tag]).toEqual([
      sequence,
      sequence,
      sequence + 1,
      tagsOf(mobile),
    ]);
    expect([session.state, desk.call.state, mobile.call.state]).toEqual(['confirmed', 'confirmed', 'terminated']);
    expect(mobile.ends).toMatchObject([{ by: 'remote' }]);
    expect(alice.ends).toEqual([]);
    expect(alice.stack.dialogs.size).toBe(1);
  });

  test('both answer as Alice gives up: two calls are acknowledged and ended', async () => {
    const { scene, alice, desk, mobile, session } = await forked();
    const release = scene.hold('proxy > alice 200 INVITE*');
    void desk.call.accept().catch(() => {});
    void mobile.call.accept().catch(() => {});
    await scene.settle(10);
    const done = session.terminate();
    release();
    await scene.clock.until(done);
    await scene.settle(1_000);
    const byes = scene.wire.lines.filter((line) => line.startsWith('alice > proxy BYE'));
    expect([byes.length, scene.wire.lines.filter((line) => line === 'alice > proxy ACK').length >= 2]).toEqual([
      2,
      true,
    ]);
    expect([session.state, desk.call.state, mobile.call.state]).toEqual(Array(3).fill('terminated'));
    expect([alice.ends, alice.stack.dialogs.size]).toMatchObject([[{ by: 'local' }], 0]);
  });

  test.each([
    ['vanishes without an answer', false],
    ['refuses it, as it has been cancelled', true],
  ])(
    'the phone that was asked for something in its early dialog %s: the call with the other one goes on',
    async (_, answers) => {
      const { scene, alice, desk, mobile, session } = await forked();
      const asked = session.send('OPTIONS').catch((error: unknown) => error);
      const asking = scene.hold('proxy > desk OPTIONS');
      await scene.settle();
      void mobile.call.accept();
      await scene.settle();
      expect([session.state, desk.call.state]).toEqual(['confirmed', 'terminated']);
      if (answers) asking();
      await scene.settle(40_000);
      expect(await asked).toMatchObject({ status: answers ? 481 : 408 });
      expect([session.state, mobile.call.state, alice.ends]).toEqual(['confirmed', 'confirmed', []]);
    },
  );

  test('one is busy, the other declines: of the refusals Alice hears the one that counts most', async () => {
    const { scene, alice, desk, mobile, session } = await forked();
    desk.call.reject(486);
    await scene.settle();
    expect(session.state).toBe('early');
    mobile.call.reject(603);
    await scene.settle();
    expect(scene.wire.lines.slice(RINGING.length)).toEqual([
      'desk > proxy 486 INVITE',
      'proxy > desk ACK',
      'mobile > proxy 603 INVITE',
      'proxy > mobile ACK',
      'proxy > alice 603 INVITE',
      'alice > proxy ACK',
    ]);
    expect(alice.ends).toMatchObject([{ by: 'remote', status: 603 }]);
  });
});

describe('RFC 3261 §8.2.2.2: merged requests', () => {
  test('the same INVITE by two paths: one rings, the other is refused with 482', async () => {
    const scene = new Scene();
    await scene.proxy('proxy', '192.0.2.222', { route: () => ['sip:bob@192.0.2.111', 'sip:bob@192.0.2.112'] });
    await scene.proxy('left', '192.0.2.111', { route: () => ['sip:bob@192.0.2.201'] });
    await scene.proxy('right', '192.0.2.112', { route: () => ['sip:bob@192.0.2.201'] });
    const alice = await scene.phone('alice', ALICE, '192.0.2.101');
    const bob = await scene.phone('bob', BOB, '192.0.2.201');
    const session = alice.invite(BOB);
    await scene.settle();
    expect(bob.incoming).toHaveLength(1);
    void bob.call.accept();
    await scene.settle();
    expect(scene.wire.lines.filter((line) => line.includes('bob'))).toEqual([
      'left > bob INVITE*',
      'right > bob INVITE*',
      'bob > right 482 INVITE',
      'right > bob ACK',
      'bob > left 200 INVITE*',
      'left > bob ACK',
    ]);
    expect(session.state).toBe('confirmed');
  });
});
