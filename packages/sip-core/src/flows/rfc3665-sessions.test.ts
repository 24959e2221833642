import { describe, expect, test } from 'vitest';
import { SipRequest } from '../message/request';
import { clearTheStage, PASSWORD, Scene } from './scene';

clearTheStage();

const ALICE = 'sip:alice@atlanta.example.com';
const BOB = 'sip:bob@biloxi.example.com';
const credentials = { username: 'alice', password: PASSWORD };

/** Alice behind the proxy of atlanta, Bob behind the one of biloxi: the trapezoid of RFC 3665 §3.2. */
async function trapezoid({ challenges = ['atlanta'] }: { challenges?: readonly string[] } = {}) {
  const scene = new Scene();
  const digest = (name: string) => (challenges.includes(name) ? { digest: scene.digest(`${name}.example.com`) } : {});
  await scene.proxy('proxy1', '192.0.2.111', digest('atlanta'));
  await scene.proxy('proxy2', '192.0.2.222', {
    ...digest('biloxi'),
    route: () => ['sip:bob@client.biloxi.example.com'],
  });
  const alice = await scene.phone('alice', ALICE, '192.0.2.101');
  const bob = await scene.phone('bob', BOB, '192.0.2.201');
  const call = () => alice.invite(BOB, { server: 'sip:atlanta.example.com', credentials });
  return { scene, alice, bob, call, lines: () => scene.wire.lines };
}

describe('RFC 3665 §3: session establishment', () => {
  test('§3.1 directly', async () => {
    const scene = new Scene();
    const alice = await scene.phone('alice', ALICE, '192.0.2.101');
    const bob = await scene.phone('bob', BOB, '192.0.2.201');
    const session = alice.invite('sip:bob@client.biloxi.example.com');
    await scene.settle();
    await bob.call.ring();
    await scene.settle();
    void bob.call.accept();
    await scene.settle();
    expect([session.state, bob.call.state]).toEqual(['confirmed', 'confirmed']);
    void bob.call.terminate();
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'alice > bob INVITE*',
      'bob > alice 180 INVITE',
      'bob > alice 200 INVITE*',
      'alice > bob ACK',
      'bob > alice BYE',
      'alice > bob 200 BYE',
    ]);
  });

  test('§3.2 through two proxies, the first of which challenges', async () => {
    const { scene, bob, call, lines } = await trapezoid();
    const session = call();
    await scene.settle();
    await bob.call.ring();
    await scene.settle();
    void bob.call.accept();
    await scene.settle();
    expect(session.state).toBe('confirmed');
    // Both proxies have put themselves on the path, and the dialog has them in its route set.
    expect(session.dialog!.routeSet.map((each) => each.toString())).toEqual([
      '<sip:192.0.2.111:5060;lr>',
      '<sip:192.0.2.222:5060;lr>',
    ]);
    void bob.call.terminate();
    await scene.settle();
    expect(lines()).toEqual([
      'alice > proxy1 INVITE*',
      'proxy1 > alice 407 INVITE',
      'alice > proxy1 ACK',
      'alice > proxy1 INVITE*',
      'proxy1 > alice 100 INVITE',
      'proxy1 > proxy2 INVITE*',
      'proxy2 > proxy1 100 INVITE',
      'proxy2 > bob INVITE*',
      'bob > proxy2 180 INVITE',
      'proxy2 > proxy1 180 INVITE',
      'proxy1 > alice 180 INVITE',
      'bob > proxy2 200 INVITE*',
      'proxy2 > proxy1 200 INVITE*',
      'proxy1 > alice 200 INVITE*',
      'alice > proxy1 ACK',
      'proxy1 > proxy2 ACK',
      'proxy2 > bob ACK',
      'bob > proxy2 BYE',
      'proxy2 > proxy1 BYE',
      'proxy1 > alice BYE',
      'alice > proxy1 200 BYE',
      'proxy1 > proxy2 200 BYE',
      'proxy2 > bob 200 BYE',
    ]);
    const [first, second] = scene.wire.messages('INVITE') as SipRequest[];
    expect([second!.cseq.sequence - first!.cseq.sequence, second!.callId]).toEqual([1, first!.callId]);
    expect(second!.via.branch).not.toBe(first!.via.branch);
  });

  test('§3.3 with two proxies that challenge: the third INVITE carries the credentials of both', async () => {
    const { scene, bob, call, lines } = await trapezoid({ challenges: ['atlanta', 'biloxi'] });
    const session = call();
    await scene.settle();
    void bob.call.accept();
    await scene.settle();
    expect(session.state).toBe('confirmed');
    expect(lines().filter((line) => line.startsWith('alice') || line.includes('407'))).toEqual([
      'alice > proxy1 INVITE*',
      'proxy1 > alice 407 INVITE',
      'alice > proxy1 ACK',
      'alice > proxy1 INVITE*',
      'proxy2 > proxy1 407 INVITE',
      'proxy1 > alice 407 INVITE',
      'alice > proxy1 ACK',
      'alice > proxy1 INVITE*',
      'alice > proxy1 ACK',
    ]);
    const realms = session.invite.headers
      .getAll('Proxy-Authorization')
      .map((value) => /realm="([^"]*)"/.exec(value)?.[1]);
    expect(realms.sort()).toEqual(['atlanta.example.com', 'biloxi.example.com']);
    void session.terminate();
    await scene.settle();
    expect(bob.call.state).toBe('terminated');
  });

  test('§3.4 the first proxy is down: after 64*T1 the second is tried', async () => {
    const scene = new Scene();
    scene.servers.set('atlanta.example.com', ['192.0.2.110', '192.0.2.111']);
    await scene.proxy('proxy2', '192.0.2.111', { route: () => ['sip:bob@client.biloxi.example.com'] });
    const alice = await scene.phone('alice', ALICE, '192.0.2.101');
    const bob = await scene.phone('bob', BOB, '192.0.2.201');
    const session = alice.invite(BOB, { server: 'sip:atlanta.example.com', credentials });
    await scene.settle(31_900);
    expect(scene.wire.lines).toEqual(Array(7).fill('alice > 192.0.2.110:5060 INVITE*'));
    scene.wire.clear();
    await scene.settle(200);
    void bob.call.accept();
    await scene.settle();
    expect(session.state).toBe('confirmed');
    expect(scene.wire.lines).toEqual([
      'alice > proxy2 INVITE*',
      'proxy2 > alice 100 INVITE',
      'proxy2 > bob INVITE*',
      'bob > proxy2 200 INVITE*',
      'proxy2 > alice 200 INVITE*',
      'alice > proxy2 ACK',
      'proxy2 > bob ACK',
    ]);
    void session.terminate();
    await scene.settle();
  });

  test('§3.5 through an application layer gateway that changes the descriptions', async () => {
    const scene = new Scene();
    const relayed = new TextEncoder().encode('offer with the address of the gateway');
    await scene.proxy('alg', '192.0.2.128', {
      forwarding: (request) => {
        if (request.method === 'INVITE') request.setBody('application/sdp', relayed);
      },
    });
    const alice = await scene.phone('alice', ALICE, '192.0.2.101');
    const bob = await scene.phone('bob', BOB, '192.0.2.201');
    const session = alice.invite('sip:bob@client.biloxi.example.com', { server: 'sip:192.0.2.128' });
    await scene.settle();
    void bob.call.accept();
    await scene.settle();
    expect(session.state).toBe('confirmed');
    expect(bob.call.invite.text).toBe('offer with the address of the gateway');
    void bob.call.terminate();
    await scene.settle();
    expect(scene.wire.lines.slice(-4)).toEqual([
      'bob > alg BYE',
      'alg > alice BYE',
      'alice > alg 200 BYE',
      'alg > bob 200 BYE',
    ]);
  });

  test('§3.6 redirected, then through a proxy, with the offer in the 200 and the answer in the ACK', async () => {
    const scene = new Scene();
    const redirect = await scene.peer('redirect', '192.0.2.110');
    await scene.proxy('proxy3', '192.0.2.122', { route: () => ['sip:bob@client.biloxi.example.com'] });
    const alice = await scene.phone('alice', ALICE, '192.0.2.101');
    const bob = await scene.phone('bob', BOB, '192.0.2.201');
    const first = alice.invite(BOB, { server: 'sip:192.0.2.110', delayedOffer: true });
    redirect.reply(await redirect.receive('INVITE'), 302, {
      headers: [['Contact', '<sip:bob@chicago.example.com>']],
    });
    await scene.settle();
    expect(alice.ends).toMatchObject([{ by: 'remote', status: 302 }]);
    const [target] = alice.ends[0]!.message!.contacts as { uri: { toString(): string } }[];
    expect(first.state).toBe('terminated');
    const second = alice.invite(target!.uri.toString(), { to: `<${BOB}>` as never, delayedOffer: true });
    await scene.settle();
    await bob.call.ring();
    await scene.settle();
    void bob.call.accept();
    await scene.settle();
    expect(second.state).toBe('confirmed');
    expect(scene.wire.lines).toEqual([
      'alice > redirect INVITE',
      'redirect > alice 302 INVITE',
      'alice > redirect ACK',
      'alice > proxy3 INVITE',
      'proxy3 > alice 100 INVITE',
      'proxy3 > bob INVITE',
      'bob > proxy3 180 INVITE',
      'proxy3 > alice 180 INVITE',
      'bob > proxy3 200 INVITE*',
      'proxy3 > alice 200 INVITE*',
      'alice > proxy3 ACK*',
      'proxy3 > bob ACK*',
    ]);
    void second.terminate();
    await scene.settle();
  });

  test('§3.7 a re-INVITE that moves Bob to another address: what follows goes there', async () => {
    const scene = new Scene();
    const alice = await scene.phone('alice', ALICE, '192.0.2.101');
    const bob = await scene.peer('bob', '192.0.2.201');
    const elsewhere = await scene.peer('bob elsewhere', '192.0.2.202');
    const session = alice.invite('sip:bob@client.biloxi.example.com');
    const invite = await bob.receive('INVITE');
    bob.reply(invite, 180);
    await scene.settle();
    bob.reply(invite, 200, { body: 'answer' });
    const ack = await bob.receive('ACK');
    scene.wire.clear();
    const moved = SipRequest.create({
      method: 'INVITE',
      uri: invite.contact!.uri,
      headers: [
        ['Max-Forwards', '70'],
        ['From', ack.to.toString()],
        ['To', ack.from.toString()],
        ['Call-ID', ack.callId],
        ['CSeq', '14 INVITE'],
        ['Contact', '<sip:bob@192.0.2.202:5060>'],
      ],
    });
    moved.setBody('application/sdp', 'offer from elsewhere');
    elsewhere.send(moved, { host: '192.0.2.101', port: 5060 });
    const answered = await elsewhere.receiveStatus(200);
    expect(answered.text).toContain('answer');
    const confirm = moved.clone();
    confirm.method = 'ACK';
    confirm.cseq = { sequence: 14, method: 'ACK' };
    confirm.headers.removeFirst('Via');
    confirm.setBody('', '');
    elsewhere.send(confirm, { host: '192.0.2.101', port: 5060 });
    await scene.settle();
    const done = session.terminate();
    elsewhere.reply(await elsewhere.receive('BYE'), 200);
    await scene.clock.until(done);
    expect(scene.wire.lines).toEqual([
      'bob elsewhere > alice INVITE*',
      'alice > bob elsewhere 200 INVITE*',
      'bob elsewhere > alice ACK',
      'alice > bob elsewhere BYE',
      'bob elsewhere > alice 200 BYE',
    ]);
  });

  test('§3.8 nobody picks up, and Alice gives up: CANCEL, hop by hop', async () => {
    const { scene, alice, bob, call, lines } = await trapezoid();
    const session = call();
    await scene.settle();
    await bob.call.ring();
    await scene.settle();
    scene.wire.clear();
    void session.terminate();
    await scene.settle();
    expect(alice.ends).toMatchObject([{ by: 'local' }]);
    expect(bob.ends).toMatchObject([{ by: 'remote', status: 487 }]);
    expect(lines()).toEqual([
      'alice > proxy1 CANCEL',
      'proxy1 > alice 200 CANCEL',
      'proxy1 > proxy2 CANCEL',
      'proxy2 > proxy1 200 CANCEL',
      'proxy2 > bob CANCEL',
      'bob > proxy2 200 CANCEL',
      'bob > proxy2 487 INVITE',
      'proxy2 > bob ACK',
      'proxy2 > proxy1 487 INVITE',
      'proxy1 > proxy2 ACK',
      'proxy1 > alice 487 INVITE',
      'alice > proxy1 ACK',
    ]);
  });

  test.each([
    ['§3.9 busy', 486],
    ['§3.11 temporarily unavailable', 480],
  ])('%s: %i, acknowledged hop by hop', async (_what, status) => {
    const { scene, alice, bob, call, lines } = await trapezoid();
    call();
    await scene.settle();
    bob.call.reject(status);
    await scene.settle();
    expect(alice.ends).toMatchObject([{ by: 'remote', status }]);
    expect(lines().slice(8)).toEqual([
      `bob > proxy2 ${status} INVITE`,
      'proxy2 > bob ACK',
      `proxy2 > proxy1 ${status} INVITE`,
      'proxy1 > proxy2 ACK',
      `proxy1 > alice ${status} INVITE`,
      'alice > proxy1 ACK',
    ]);
  });

  test('§3.10 Bob does not respond at all: the proxy gives up with 408', async () => {
    const { scene, alice, bob, call, lines } = await trapezoid();
    await bob.stack.close();
    call();
    await scene.settle(33_000);
    expect(alice.ends).toMatchObject([{ by: 'remote', status: 408 }]);
    expect(lines().filter((line) => line === 'proxy2 > bob INVITE*')).toHaveLength(7);
    expect(lines().slice(-4)).toEqual([
      'proxy2 > proxy1 408 INVITE',
      'proxy1 > proxy2 ACK',
      'proxy1 > alice 408 INVITE',
      'alice > proxy1 ACK',
    ]);
  });
});

test('a call that forks to two phones (RFC 3261 §16.6): the first to answer has it, the other is cancelled', async () => {
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
  expect(session.dialogs).toHaveLength(2);
  void mobile.call.accept();
  await scene.settle();
  expect([session.state, desk.call.state, mobile.call.state]).toEqual(['confirmed', 'terminated', 'confirmed']);
  expect(session.dialog!.remoteTag).toBe(mobile.call.dialog!.localTag);
  expect(session.dialogs).toHaveLength(1);
  void session.terminate();
  await scene.settle();
});
