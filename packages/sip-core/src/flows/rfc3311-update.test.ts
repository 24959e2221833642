import { describe, expect, test } from 'vitest';
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

/** Bob has described himself in a reliable 183, so that the first exchange of descriptions is over. */
async function early() {
  const people = await two();
  const { scene, alice, bob } = people;
  const session = alice.invite(bob.uri);
  await scene.settle();
  await bob.call.ring({ earlyMedia: true });
  await scene.settle();
  expect([session.state, bob.call.state]).toEqual(['early', 'early']);
  return { ...people, session };
}

async function established() {
  const people = await two();
  const session = await people.scene.connect(people.alice, people.bob);
  return { ...people, session };
}

describe('RFC 3311: UPDATE', () => {
  test('before the answer: the caller changes the session, then the callee, then Bob picks up', async () => {
    const { scene, alice, bob, session } = await early();
    await scene.clock.until(session.update());
    await scene.clock.until(bob.call.update());
    void bob.call.accept();
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'alice > bob INVITE*',
      'bob > alice 183 INVITE*',
      'alice > bob PRACK',
      'bob > alice 200 PRACK',
      'alice > bob UPDATE*',
      'bob > alice 200 UPDATE*',
      'bob > alice UPDATE*',
      'alice > bob 200 UPDATE*',
      'bob > alice 200 INVITE',
      'alice > bob ACK',
    ]);
    expect([alice.media.log, bob.media.log]).toEqual([
      [
        'alice offer 1',
        'accepted bob answer 1',
        'alice offer 2',
        'accepted bob answer 2',
        'alice answer 3 to bob offer 3',
      ],
      ['bob answer 1 to alice offer 1', 'bob answer 2 to alice offer 2', 'bob offer 3', 'accepted alice answer 3'],
    ]);
    const [first, second] = scene.wire.messages('UPDATE');
    const invite = session.invite.cseq.sequence;
    // INVITE, PRACK, UPDATE are numbered on; the callee counts by itself.
    expect([first!.cseq.sequence, first!.callId, second!.callId]).toEqual([
      invite + 2,
      session.invite.callId,
      session.invite.callId,
    ]);
    expect([first!.contact?.toString(), second!.contact?.toString()]).toEqual([
      '<sip:alice@192.0.2.101:5060>',
      '<sip:bob@192.0.2.201:5060>',
    ]);
    expect([session.state, bob.call.state]).toEqual(['confirmed', 'confirmed']);
  });

  test('in the call: hold and retrieve without an ACK', async () => {
    const { scene, bob, session } = await established();
    await scene.clock.until(bob.call.update());
    await scene.clock.until(bob.call.update());
    const round = ['bob > alice UPDATE*', 'alice > bob 200 UPDATE*'];
    expect(scene.wire.lines).toEqual([...round, ...round]);
    expect(session.state).toBe('confirmed');
  });

  test('§5.2 two that cross: 491 for both, then one after the other', async () => {
    const { scene, bob, session } = await established();
    await scene.clock.until(Promise.all([session.update(), bob.call.update()]));
    expect(scene.wire.lines).toEqual([
      'alice > bob UPDATE*',
      'bob > alice UPDATE*',
      'bob > alice 491 UPDATE',
      'alice > bob 491 UPDATE',
      'bob > alice UPDATE*',
      'alice > bob 200 UPDATE*',
      'alice > bob UPDATE*',
      'bob > alice 200 UPDATE*',
    ]);
    expect([session.state, bob.call.state]).toEqual(['confirmed', 'confirmed']);
  });

  test('§5.2 one that comes while another is being answered: 500 with Retry-After', async () => {
    const { scene, bob, session } = await established();
    let go: () => void = () => {};
    bob.media.pause = new Promise((resolve) => {
      go = resolve;
    });
    const changed = session.update();
    await scene.settle();
    const refused = await scene.clock.until(
      session.send('UPDATE', { body: { contentType: 'application/sdp', body: new TextEncoder().encode('impatient') } }),
    );
    expect(refused.status).toBe(500);
    expect(Number(refused.headers.get('Retry-After'))).toBeLessThanOrEqual(10);
    go();
    await scene.clock.until(changed);
    expect(scene.wire.lines).toEqual([
      'alice > bob UPDATE*',
      'alice > bob UPDATE*',
      'bob > alice 500 UPDATE',
      'bob > alice 200 UPDATE*',
    ]);
    expect(session.state).toBe('confirmed');
  });

  test('RFC 6141 §3.5 an UPDATE while a re-INVITE is being answered moves nothing that was not agreed on', async () => {
    const { scene, alice, bob, session } = await established();
    let go: () => void = () => {};
    bob.media.pause = new Promise((resolve) => {
      go = resolve;
    });
    const changed = session.reinvite();
    await scene.settle();
    const cross = bob.call.send('UPDATE', {
      body: { contentType: 'application/sdp', body: new TextEncoder().encode('now') },
    });
    expect((await scene.clock.until(cross)).status).toBe(491);
    go();
    await scene.clock.until(changed);
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'alice > bob INVITE*',
      'bob > alice UPDATE*',
      'alice > bob 491 UPDATE',
      'bob > alice 200 INVITE*',
      'alice > bob ACK',
    ]);
    expect(alice.media.log.at(-1)).toMatch(/^accepted bob answer/);
    expect(session.state).toBe('confirmed');
  });
});
