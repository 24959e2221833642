import { describe, expect, test } from 'vitest';
import { clearTheStage, PASSWORD, Scene } from './scene';

clearTheStage();

const ALICE = 'sip:alice@atlanta.example.com';
const BOB = 'sip:bob@biloxi.example.com';
const CAROL = 'sip:carol@chicago.example.com';
const AT_BOB = 'sip:bob@client.biloxi.example.com';
const AT_CAROL = 'sip:carol@client.chicago.example.com';

/** Alice, Bob and Carol, and the proxy of biloxi that decides about the calls for Bob. */
async function threesome(options: Parameters<Scene['proxy']>[2] = {}) {
  const scene = new Scene();
  await scene.proxy('proxy', '192.0.2.222', { route: () => [AT_BOB], ...options });
  const alice = await scene.phone('alice', ALICE, '192.0.2.101');
  const bob = await scene.phone('bob', BOB, '192.0.2.201');
  const carol = await scene.phone('carol', CAROL, '192.0.2.181');
  return { scene, alice, bob, carol };
}

async function established(options?: Parameters<typeof threesome>[0]) {
  const people = await threesome(options);
  const { scene, alice, bob } = people;
  const session = alice.invite(BOB);
  await scene.settle();
  await bob.call.ring();
  await scene.settle();
  void bob.call.accept();
  await scene.settle();
  expect(session.state).toBe('confirmed');
  scene.wire.clear();
  return { ...people, session };
}

/** Bob offers anew, through the proxy. */
const reoffer = [
  'bob > proxy INVITE*',
  'proxy > bob 100 INVITE',
  'proxy > alice INVITE*',
  'alice > proxy 200 INVITE*',
  'proxy > bob 200 INVITE*',
  'bob > proxy ACK',
  'proxy > alice ACK',
];

describe('RFC 5359 §2: what user agents do by re-INVITE', () => {
  test('§2.1 call hold: Bob holds and retrieves, through the proxy', async () => {
    const { scene, alice, bob, session } = await established();
    await scene.clock.until(bob.call.reinvite());
    await scene.settle();
    await scene.clock.until(bob.call.reinvite());
    await scene.settle();
    expect(scene.wire.lines).toEqual([...reoffer, ...reoffer]);
    expect(alice.media.log.filter((line) => line.includes('answer'))).toHaveLength(3);
    void session.terminate();
    await scene.settle();
    expect(bob.call.state).toBe('terminated');
  });

  test('§2.2 consultation hold: Bob holds Alice, asks Carol, and comes back', async () => {
    const { scene, bob, carol, session } = await established();
    await scene.clock.until(bob.call.reinvite());
    await scene.settle();
    const consultation = bob.invite(AT_CAROL);
    await scene.settle();
    await carol.call.ring();
    await scene.settle();
    void carol.call.accept();
    await scene.settle();
    expect([session.state, consultation.state]).toEqual(['confirmed', 'confirmed']);
    void consultation.terminate();
    await scene.settle();
    expect(carol.call.state).toBe('terminated');
    await scene.clock.until(bob.call.reinvite());
    await scene.settle();
    expect(session.state).toBe('confirmed');
    void bob.call.terminate();
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      ...reoffer,
      'bob > carol INVITE*',
      'carol > bob 180 INVITE',
      'carol > bob 200 INVITE*',
      'bob > carol ACK',
      'bob > carol BYE',
      'carol > bob 200 BYE',
      ...reoffer,
      'bob > proxy BYE',
      'proxy > alice BYE',
      'alice > proxy 200 BYE',
      'proxy > bob 200 BYE',
    ]);
  });

  test('§2.3 music on hold in the manner of RFC 7088 §2: what Alice offers goes on to the music server', async () => {
    const { scene, alice, bob, session } = await established();
    const music = await scene.peer('music', '192.0.2.150');
    // Bob asks Alice for an offer, gives it to the music server, and its answer to Alice.
    let offered = '';
    bob.call.offerAnswer = {
      createOffer: () => {
        throw new Error('There is no offer of ours here.');
      },
      createAnswer: async (offer) => {
        offered = new TextDecoder().decode(offer.body);
        const toMusic = bob.stack.invite({
          uri: 'sip:music@192.0.2.150',
          from: BOB,
          offerAnswer: {
            createOffer: () => offer,
            createAnswer: () => offer,
            acceptAnswer: (answer) => answered(answer.body),
            rollback: () => {},
          },
        });
        return new Promise((resolve) => {
          answered = (body) => resolve({ contentType: 'application/sdp', body });
          void toMusic;
        });
      },
      acceptAnswer: () => {},
      rollback: () => {},
    };
    let answered: (body: Uint8Array) => void = () => {};
    const held = bob.call.reinvite({ delayedOffer: true });
    const invite = await music.receive('INVITE');
    expect(invite.text).toBe(offered);
    music.reply(invite, 200, { body: 'music' });
    await music.receive('ACK');
    await scene.clock.until(held);
    await scene.settle();
    expect(alice.media.log.at(-1)).toBe('accepted music');
    void session.terminate();
    await scene.settle();
    const closing = bob.stack.close();
    music.reply(await music.receive('BYE'), 200);
    await scene.clock.until(closing);
  });
});

describe('RFC 5359 §2: what proxies do with calls', () => {
  test('§2.7 forwarding unconditional: Carol answers in place of Bob', async () => {
    const { scene, alice, bob, carol } = await threesome({ route: () => [AT_CAROL] });
    const session = alice.invite(BOB);
    await scene.settle();
    await carol.call.ring();
    await scene.settle();
    void carol.call.accept();
    await scene.settle();
    expect(session.state).toBe('confirmed');
    expect(scene.wire.lines).toEqual([
      'alice > proxy INVITE*',
      'proxy > alice 100 INVITE',
      'proxy > carol INVITE*',
      'carol > proxy 180 INVITE',
      'proxy > alice 180 INVITE',
      'carol > proxy 200 INVITE*',
      'proxy > alice 200 INVITE*',
      'alice > proxy ACK',
      'proxy > carol ACK',
    ]);
    expect(bob.incoming).toEqual([]);
    // To still says who was called, the Request-URI who is to answer.
    expect([carol.call.invite.to.uri.toString(), carol.call.invite.uriText]).toEqual([BOB, AT_CAROL]);
    void session.terminate();
    await scene.settle();
  });

  test('§2.8 forwarding on busy: 486 from Bob, then Carol', async () => {
    const { scene, alice, bob, carol } = await threesome({
      next: (_request, { status }) => (status === 486 ? [AT_CAROL] : undefined),
    });
    const session = alice.invite(BOB);
    await scene.settle();
    bob.call.reject(486);
    await scene.settle();
    void carol.call.accept();
    await scene.settle();
    expect(session.state).toBe('confirmed');
    expect(scene.wire.lines).toEqual([
      'alice > proxy INVITE*',
      'proxy > alice 100 INVITE',
      'proxy > bob INVITE*',
      'bob > proxy 486 INVITE',
      'proxy > bob ACK',
      'proxy > carol INVITE*',
      'carol > proxy 200 INVITE*',
      'proxy > alice 200 INVITE*',
      'alice > proxy ACK',
      'proxy > carol ACK',
    ]);
    void session.terminate();
    await scene.settle();
  });

  test('§2.9 forwarding on no answer: Bob rings for a while and is cancelled, then Carol', async () => {
    let asked = false;
    const { scene, alice, bob, carol } = await threesome({
      patience: 10_000,
      next: () => {
        if (asked) return undefined;
        asked = true;
        return [AT_CAROL];
      },
    });
    const session = alice.invite(BOB);
    await scene.settle();
    await bob.call.ring();
    await scene.settle(9_000);
    expect(session.dialogs).toHaveLength(1);
    await scene.settle(2_000);
    expect(bob.ends).toMatchObject([{ by: 'remote', status: 487 }]);
    void carol.call.accept();
    await scene.settle();
    // The early dialog with Bob is over, though nobody told Alice so: the 2xx has chosen another.
    expect([session.state, session.dialogs.length]).toEqual(['confirmed', 1]);
    expect(scene.wire.lines).toEqual([
      'alice > proxy INVITE*',
      'proxy > alice 100 INVITE',
      'proxy > bob INVITE*',
      'bob > proxy 180 INVITE',
      'proxy > alice 180 INVITE',
      'proxy > bob CANCEL',
      'bob > proxy 200 CANCEL',
      'bob > proxy 487 INVITE',
      'proxy > bob ACK',
      'proxy > carol INVITE*',
      'carol > proxy 100 INVITE',
      'carol > proxy 200 INVITE*',
      'proxy > alice 200 INVITE*',
      'alice > proxy ACK',
      'proxy > carol ACK',
    ]);
    expect(session.dialog!.remoteTag).toBe(carol.call.dialog!.localTag);
    void session.terminate();
    await scene.settle();
  });

  test('§2.12 find me: one place after the other, until Bob is found', async () => {
    const places = [AT_CAROL, 'sip:bob@192.0.2.203'];
    const { scene, alice, bob, carol } = await threesome({
      next: () => (places.length > 0 ? [places.shift()!] : undefined),
    });
    const cell = await scene.phone('cell', BOB, '192.0.2.203');
    const session = alice.invite(BOB);
    await scene.settle();
    bob.call.reject(480);
    await scene.settle();
    await carol.call.ring();
    await scene.settle();
    carol.call.reject(480);
    await scene.settle();
    void cell.call.accept();
    await scene.settle();
    expect(session.state).toBe('confirmed');
    expect(scene.wire.lines).toEqual([
      'alice > proxy INVITE*',
      'proxy > alice 100 INVITE',
      'proxy > bob INVITE*',
      'bob > proxy 480 INVITE',
      'proxy > bob ACK',
      'proxy > carol INVITE*',
      'carol > proxy 180 INVITE',
      'proxy > alice 180 INVITE',
      'carol > proxy 480 INVITE',
      'proxy > carol ACK',
      'proxy > cell INVITE*',
      'cell > proxy 200 INVITE*',
      'proxy > alice 200 INVITE*',
      'alice > proxy ACK',
      'proxy > cell ACK',
    ]);
    // Each place had a branch of its own.
    const branches = scene.wire.messages('INVITE').map(({ via }) => via.branch);
    expect(new Set(branches).size).toBe(4);
  });

  test('§2.12 find me, and Bob is nowhere: the best refusal is Alice’s', async () => {
    const places = [AT_CAROL];
    const { scene, alice, bob, carol } = await threesome({
      next: () => (places.length > 0 ? [places.shift()!] : undefined),
    });
    const session = alice.invite(BOB);
    await scene.settle();
    bob.call.reject(480);
    await scene.settle();
    carol.call.reject(480);
    await scene.settle();
    expect(session.state).toBe('terminated');
    expect(scene.wire.lines).toEqual([
      'alice > proxy INVITE*',
      'proxy > alice 100 INVITE',
      'proxy > bob INVITE*',
      'bob > proxy 480 INVITE',
      'proxy > bob ACK',
      'proxy > carol INVITE*',
      'carol > proxy 480 INVITE',
      'proxy > carol ACK',
      'proxy > alice 480 INVITE',
      'alice > proxy ACK',
    ]);
    expect(alice.ends).toMatchObject([{ by: 'remote', status: 480 }]);
  });

  test('§2.13 incoming screening: who is not on the list is sent away with 403', async () => {
    const { scene, alice, bob } = await threesome({
      route: (request) => (request.from.uri.toString() === ALICE ? { status: 403 } : [AT_BOB]),
    });
    alice.invite(BOB);
    await scene.settle();
    expect(alice.ends).toMatchObject([{ by: 'remote', status: 403 }]);
    expect(scene.wire.lines).toEqual(['alice > proxy INVITE*', 'proxy > alice 403 INVITE', 'alice > proxy ACK']);
    expect(bob.incoming).toEqual([]);
  });

  test('§2.14 outgoing screening: the proxy wants credentials, and refuses the number all the same', async () => {
    const scene = new Scene();
    await scene.proxy('proxy', '192.0.2.111', {
      digest: scene.digest('atlanta.example.com'),
      route: (request) => (request.uriText.includes('bob') ? { status: 403 } : undefined),
    });
    const alice = await scene.phone('alice', ALICE, '192.0.2.101');
    alice.invite(BOB, {
      server: 'sip:atlanta.example.com',
      credentials: { username: 'alice', password: PASSWORD },
    });
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'alice > proxy INVITE*',
      'proxy > alice 407 INVITE',
      'alice > proxy ACK',
      'alice > proxy INVITE*',
      'proxy > alice 403 INVITE',
      'alice > proxy ACK',
    ]);
    expect(alice.ends).toMatchObject([{ by: 'remote', status: 403 }]);
  });
});
