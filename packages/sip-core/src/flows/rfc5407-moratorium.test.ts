import { describe, expect, test } from 'vitest';
import { SipRequest } from '../message/request';
import { clearTheStage, Scene } from './scene';

clearTheStage();

const ALICE = 'sip:alice@atlanta.example.com';
const BOB = 'sip:bob@biloxi.example.com';

async function two() {
  const scene = new Scene();
  const alice = await scene.phone('alice', ALICE, '192.0.2.101');
  const bob = await scene.phone('bob', BOB, '192.0.2.201');
  return { scene, alice, bob };
}

/** Alice has called, and Bob’s phone rings. */
async function ringing(options: { delayedOffer?: boolean } = {}) {
  const people = await two();
  const { scene, alice, bob } = people;
  const session = alice.invite(bob.uri, options);
  await scene.settle();
  await bob.call.ring();
  await scene.settle();
  scene.wire.clear();
  return { ...people, session };
}

describe('RFC 5407 §3.1: messages that come between our 200 and its ACK', () => {
  test('§3.1.1 the INVITE again, as the 180 was lost: it is no other call', async () => {
    const { scene, alice, bob } = await two();
    const session = alice.invite(bob.uri);
    await scene.settle();
    scene.lose('bob > alice 180 INVITE');
    await bob.call.ring();
    await scene.settle(350);
    const release = scene.hold('bob > alice 200 INVITE*');
    void bob.call.accept();
    await scene.settle(100);
    release();
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'alice > bob INVITE*',
      'bob > alice 180 INVITE',
      'bob > alice 200 INVITE*',
      'alice > bob INVITE*',
      'alice > bob ACK',
    ]);
    expect([bob.incoming.length, session.state, bob.call.state]).toEqual([1, 'confirmed', 'confirmed']);
  });

  test('§3.1.2 a CANCEL that crosses the 200: the call stands, so Alice ends it by BYE', async () => {
    const { scene, alice, bob, session } = await ringing();
    const release = scene.hold('bob > alice 200 INVITE*');
    void bob.call.accept().catch(() => {});
    await scene.settle(10);
    const done = session.terminate();
    await scene.settle(10);
    expect(bob.call.state).toBe('answering');
    release();
    await scene.clock.until(done);
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'bob > alice 200 INVITE*',
      'alice > bob CANCEL',
      'bob > alice 200 CANCEL',
      'alice > bob ACK',
      'alice > bob BYE',
      'bob > alice 200 BYE',
    ]);
    expect([alice.ends, bob.ends]).toMatchObject([[{ by: 'local' }], [{ by: 'remote' }]]);
    // The CANCEL has the number of its INVITE, the BYE the next one.
    const { sequence } = session.invite.cseq;
    expect([scene.wire.request('CANCEL').cseq.sequence, scene.wire.request('BYE').cseq.sequence]).toEqual([
      sequence,
      sequence + 1,
    ]);
  });

  test('§3.1.3 a BYE of the early dialog that crosses the 200', async () => {
    const scene = new Scene();
    const alice = await scene.peer('alice', '192.0.2.101');
    const bob = await scene.phone('bob', BOB, '192.0.2.201');
    const at = { host: '192.0.2.201', port: 5060 };
    const request = (method: string, sequence: number, to: string) =>
      SipRequest.create({
        method,
        uri: 'sip:bob@192.0.2.201',
        headers: [
          ['Max-Forwards', '70'],
          ['From', `<${ALICE}>;tag=alice`],
          ['To', to],
          ['Call-ID', 'early-bye'],
          ['CSeq', `${sequence} ${method}`],
          ['Contact', '<sip:alice@192.0.2.101>'],
        ],
      });
    const invite = request('INVITE', 1, `<${BOB}>`);
    invite.setBody('application/sdp', 'offer');
    alice.send(invite, at);
    await scene.settle();
    await bob.call.ring();
    const { to } = await alice.receiveStatus(180);
    void bob.call.accept().catch(() => {});
    await scene.settle(0);
    alice.send(request('BYE', 2, to.toString()), at);
    await scene.settle();
    alice.send(request('ACK', 1, to.toString()), at);
    await scene.settle(5_000);
    expect(scene.wire.lines).toEqual([
      'alice > bob INVITE*',
      'bob > alice 180 INVITE',
      'bob > alice 200 INVITE*',
      'alice > bob BYE',
      'bob > alice 200 BYE',
      'alice > bob ACK',
    ]);
    expect([bob.call.state, bob.ends]).toMatchObject(['terminated', [{ by: 'remote' }]]);
  });

  test('§3.1.4 a re-INVITE that overtakes the ACK: the first exchange is over, so it is served', async () => {
    const { scene, bob, session } = await ringing();
    scene.lose('alice > bob ACK');
    void bob.call.accept();
    await scene.settle(10);
    expect([session.state, bob.call.state]).toEqual(['confirmed', 'answering']);
    await scene.clock.until(session.reinvite());
    await scene.settle(40_000);
    expect(scene.wire.lines).toEqual([
      'bob > alice 200 INVITE*',
      'alice > bob ACK',
      'alice > bob INVITE*',
      'bob > alice 200 INVITE*',
      'alice > bob ACK',
    ]);
    const [lost, second] = scene.wire.messages('ACK');
    expect(second!.cseq.sequence).toBe(lost!.cseq.sequence + 1);
    expect([session.state, bob.call.state]).toEqual(['confirmed', 'confirmed']);
  });

  test('§3.1.5 the same, but the lost ACK had the answer: 491, and the re-INVITE comes again', async () => {
    const { scene, bob, session } = await ringing({ delayedOffer: true });
    scene.lose('alice > bob ACK*');
    void bob.call.accept();
    await scene.settle(10);
    const changed = session.reinvite();
    await scene.clock.until(changed);
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'bob > alice 200 INVITE*',
      'alice > bob ACK*',
      'alice > bob INVITE*',
      'bob > alice 491 INVITE',
      'alice > bob ACK',
      'bob > alice 200 INVITE*',
      'alice > bob ACK*',
      'alice > bob INVITE*',
      'bob > alice 200 INVITE*',
      'alice > bob ACK',
    ]);
    const numbers = scene.wire.messages('ACK').map(({ cseq }) => cseq.sequence - session.invite.cseq.sequence);
    expect(numbers).toEqual([0, 1, 0, 2]);
    expect([session.state, bob.call.state]).toEqual(['confirmed', 'confirmed']);
  });

  test('§3.1.6 a BYE that overtakes the ACK', async () => {
    const { scene, alice, bob, session } = await ringing();
    const release = scene.hold('alice > bob ACK');
    void bob.call.accept().catch(() => {});
    await scene.settle(10);
    expect(session.state).toBe('confirmed');
    await scene.clock.until(session.terminate());
    release();
    await scene.settle(40_000);
    expect(scene.wire.lines).toEqual([
      'bob > alice 200 INVITE*',
      'alice > bob ACK',
      'alice > bob BYE',
      'bob > alice 200 BYE',
    ]);
    expect([alice.ends, bob.ends]).toMatchObject([[{ by: 'local' }], [{ by: 'remote' }]]);
  });
});
