import { describe, expect, test } from 'vitest';
import { ReferServer } from '../refer/refer-server';
import { clearTheStage, Scene } from './scene';

clearTheStage();

async function established() {
  const scene = new Scene();
  const alice = await scene.phone('alice', 'sip:alice@atlanta.example.com', '192.0.2.101');
  const bob = await scene.phone('bob', 'sip:bob@biloxi.example.com', '192.0.2.201');
  const session = await scene.connect(alice, bob);
  return { scene, alice, bob, session };
}

describe('RFC 5407 §3.2: messages that come after our BYE', () => {
  test('§3.2.1 the BYE of the other side: both are answered 200', async () => {
    const { scene, alice, bob, session } = await established();
    void session.terminate();
    void bob.call.terminate();
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'alice > bob BYE',
      'bob > alice BYE',
      'bob > alice 200 BYE',
      'alice > bob 200 BYE',
    ]);
    expect([alice.ends, bob.ends]).toMatchObject([[{ by: 'local' }], [{ by: 'local' }]]);
  });

  test('§3.2.2 a re-INVITE: 481, and the BYE ends what is left', async () => {
    const { scene, alice, bob, session } = await established();
    const changed = session.reinvite();
    const refused = changed.catch((error: unknown) => error);
    await scene.settle(0);
    void bob.call.terminate();
    await scene.settle();
    expect(await refused).toMatchObject({ code: 'ERR_SIP_STATE' });
    expect(scene.wire.lines).toEqual([
      'alice > bob INVITE*',
      'bob > alice BYE',
      'bob > alice 481 INVITE',
      'alice > bob 200 BYE',
      'alice > bob ACK',
    ]);
    expect([alice.ends, bob.ends]).toMatchObject([[{ by: 'remote' }], [{ by: 'local' }]]);
  });

  test('§3.2.3 the 200 of our re-INVITE: it is acknowledged all the same', async () => {
    const { scene, alice, bob, session } = await established();
    const release = scene.hold('bob > alice 200 INVITE*');
    const refused = session.reinvite().catch((error: unknown) => error);
    await scene.settle(10);
    const done = session.terminate();
    await scene.settle(10);
    release();
    await scene.clock.until(done);
    await scene.settle(40_000);
    expect(await refused).toMatchObject({ code: 'ERR_SIP_STATE' });
    expect(scene.wire.lines).toEqual([
      'alice > bob INVITE*',
      'bob > alice 200 INVITE*',
      'alice > bob BYE',
      'bob > alice 200 BYE',
      'alice > bob ACK',
    ]);
    const [invite] = scene.wire.messages('INVITE');
    expect(scene.wire.request('ACK').cseq.sequence).toBe(invite!.cseq.sequence);
    expect([alice.ends, bob.ends]).toMatchObject([[{ by: 'local' }], [{ by: 'remote' }]]);
  });

  test('the 200 of our re-INVITE got lost, and does not come again: nobody waits for it endlessly', async () => {
    const { scene, alice, bob, session } = await established();
    bob.media.pause = new Promise((resolve) => scene.clock.setTimer(300, resolve));
    const lost = scene.hold('bob > alice 200 INVITE*');
    const refused = session.reinvite().catch((error: unknown) => error);
    await scene.settle(400);
    void session.terminate();
    await scene.settle();
    expect(await refused).toMatchObject({ code: 'ERR_SIP_STATE' });
    expect(scene.wire.lines).toEqual([
      'alice > bob INVITE*',
      'bob > alice 100 INVITE',
      'bob > alice 200 INVITE*',
      'alice > bob BYE',
      'bob > alice 200 BYE',
    ]);
    await scene.settle(33_000);
    expect([alice.stack.load.transactions, bob.stack.load.transactions]).toEqual([0, 0]);
    lost();
    await scene.settle();
  });

  test('§3.2.4 the ACK of our 200, after 64*T1 in which none came', async () => {
    const scene = new Scene();
    const alice = await scene.phone('alice', 'sip:alice@atlanta.example.com', '192.0.2.101');
    const bob = await scene.phone('bob', 'sip:bob@biloxi.example.com', '192.0.2.201');
    const session = alice.invite(bob.uri);
    await scene.settle();
    const release = scene.hold('alice > bob ACK');
    const slow = scene.hold('bob > alice BYE');
    const accepted = bob.call.accept().catch((error: unknown) => error);
    await scene.settle(32_050);
    scene.wire.clear();
    release();
    slow();
    await scene.settle();
    expect(await accepted).toMatchObject({ code: 'ERR_SIP_NO_ACK' });
    expect(scene.wire.lines).toEqual(['alice > bob 200 BYE']);
    expect([alice.ends, bob.ends]).toMatchObject([[{ by: 'remote' }], [{ by: 'error', status: 408 }]]);
    expect(session.state).toBe('terminated');
  });
});

describe('RFC 5407 §3.3: requests that cross', () => {
  test('§3.3.1 two re-INVITEs: 491 for both, then Bob first, who does not own the Call-ID', async () => {
    const { scene, session, bob } = await established();
    const changes = Promise.all([session.reinvite(), bob.call.reinvite()]);
    await scene.clock.until(changes);
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'alice > bob INVITE*',
      'bob > alice INVITE*',
      'bob > alice 491 INVITE',
      'alice > bob 491 INVITE',
      'alice > bob ACK',
      'bob > alice ACK',
      'bob > alice INVITE*',
      'alice > bob 200 INVITE*',
      'bob > alice ACK',
      'alice > bob INVITE*',
      'bob > alice 200 INVITE*',
      'alice > bob ACK',
    ]);
    expect([session.state, bob.call.state]).toEqual(['confirmed', 'confirmed']);
  });

  test('§3.3.2 an UPDATE and a re-INVITE that cross: 491 for both, then one after the other', async () => {
    const { scene, bob, session } = await established();
    await scene.clock.until(Promise.all([session.update(), bob.call.reinvite()]));
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'alice > bob UPDATE*',
      'bob > alice INVITE*',
      'bob > alice 491 UPDATE',
      'alice > bob 491 INVITE',
      'bob > alice ACK',
      'bob > alice INVITE*',
      'alice > bob 200 INVITE*',
      'bob > alice ACK',
      'alice > bob UPDATE*',
      'bob > alice 200 UPDATE*',
    ]);
    expect([session.state, bob.call.state]).toEqual(['confirmed', 'confirmed']);
  });

  test('§3.3.3 a REFER that crosses a BYE: 481', async () => {
    const { scene, alice, bob, session } = await established();
    bob.stack.use(new ReferServer());
    const referral = session.refer('sip:carol@chicago.example.com');
    void bob.call.terminate();
    expect(await scene.clock.until(referral.done)).toMatchObject({ outcome: 'refused', status: 481 });
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'alice > bob REFER',
      'bob > alice BYE',
      'bob > alice 481 REFER',
      'alice > bob 200 BYE',
    ]);
    expect([alice.ends, bob.ends]).toMatchObject([[{ by: 'remote' }], [{ by: 'local' }]]);
  });
});
