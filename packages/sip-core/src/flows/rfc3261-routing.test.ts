import { describe, expect, test } from 'vitest';
import { NameAddr } from '../message/name-addr';
import { SipRequest } from '../message/request';
import { clearTheStage, Scene } from './scene';

clearTheStage();

const ALICE = 'sip:alice@atlanta.example.com';
const BOB = 'sip:bob@biloxi.example.com';
const AT_ALICE = 'sip:alice@192.0.2.101:5060';
const AT_BOB = 'sip:bob@192.0.2.201:5060';
const P1 = 'sip:192.0.2.111:5060';
const P3 = 'sip:192.0.2.113:5060';
const P4 = 'sip:192.0.2.114:5060';

/** Each hop of a request: where it goes, its Request-URI, its Route. */
const hops = (scene: Scene, method: string) =>
  scene.wire.entries.flatMap(({ from, to, message }) =>
    message instanceof SipRequest && message.method === method
      ? [[`${from} > ${to}`, message.uriText, ...message.routes.map(({ uri }) => uri.toString())]]
      : [],
  );

describe('RFC 3261 §16.12.1: routes', () => {
  test('§16.12.1.1 loose routers, one of which leaves the path', async () => {
    const scene = new Scene();
    await scene.proxy('p1', '192.0.2.111', { route: () => ['sip:bob@192.0.2.112'] });
    await scene.proxy('p2', '192.0.2.112', { route: () => ['sip:bob@192.0.2.114'], recordRoute: false });
    await scene.proxy('p4', '192.0.2.114', { route: () => [AT_BOB] });
    const alice = await scene.phone('alice', ALICE, '192.0.2.101');
    const bob = await scene.phone('bob', BOB, '192.0.2.201');
    const session = alice.invite(BOB, { server: 'sip:192.0.2.111' });
    await scene.settle();
    void bob.call.accept();
    await scene.settle();
    expect(bob.call.invite.recordRoutes.map(String)).toEqual([`<${P4};lr>`, `<${P1};lr>`]);
    expect(bob.call.invite.maxForwards).toBe(67);
    void bob.call.terminate();
    await scene.settle();
    expect(hops(scene, 'ACK')).toEqual([
      ['alice > p1', AT_BOB, `${P1};lr`, `${P4};lr`],
      ['p1 > p4', AT_BOB, `${P4};lr`],
      ['p4 > bob', AT_BOB],
    ]);
    expect(hops(scene, 'BYE')).toEqual([
      ['bob > p4', AT_ALICE, `${P4};lr`, `${P1};lr`],
      ['p4 > p1', AT_ALICE, `${P1};lr`],
      ['p1 > alice', AT_ALICE],
    ]);
    expect(session.state).toBe('terminated');
  });

  test('§16.12.1.2 a strict router among them: the Request-URI waits at the end of the Route', async () => {
    const scene = new Scene();
    await scene.proxy('p1', '192.0.2.111', { route: () => ['sip:bob@192.0.2.112'] });
    await scene.proxy('p2', '192.0.2.112', { route: () => ['sip:bob@192.0.2.113'], recordRoute: false });
    await scene.proxy('p3', '192.0.2.113', { route: () => ['sip:bob@192.0.2.114'], strict: true });
    await scene.proxy('p4', '192.0.2.114', { route: () => [AT_BOB] });
    const alice = await scene.phone('alice', ALICE, '192.0.2.101');
    const bob = await scene.phone('bob', BOB, '192.0.2.201');
    const session = alice.invite(BOB, { server: 'sip:192.0.2.111' });
    await scene.settle();
    void bob.call.accept();
    await scene.settle();
    expect(session.dialog!.routeSet.map(String)).toEqual([`<${P1};lr>`, `<${P3}>`, `<${P4};lr>`]);
    void bob.call.terminate();
    await scene.settle();
    expect(hops(scene, 'ACK')).toEqual([
      ['alice > p1', AT_BOB, `${P1};lr`, P3, `${P4};lr`],
      ['p1 > p3', P3, `${P4};lr`, AT_BOB],
      ['p3 > p4', `${P4};lr`, AT_BOB],
      ['p4 > bob', AT_BOB],
    ]);
    expect(hops(scene, 'BYE')).toEqual([
      ['bob > p4', AT_ALICE, `${P4};lr`, P3, `${P1};lr`],
      ['p4 > p3', P3, `${P1};lr`, AT_ALICE],
      ['p3 > p1', `${P1};lr`, AT_ALICE],
      ['p1 > alice', AT_ALICE],
    ]);
    expect([session.state, bob.call.state]).toEqual(['terminated', 'terminated']);
  });

  test('§12.2.1.1 a strict router next to us: what we send has it in the Request-URI', async () => {
    const scene = new Scene();
    await scene.proxy('p3', '192.0.2.113', { route: () => ['sip:bob@192.0.2.114'], strict: true });
    await scene.proxy('p4', '192.0.2.114', { route: () => [AT_BOB], strict: true });
    const alice = await scene.phone('alice', ALICE, '192.0.2.101');
    const bob = await scene.phone('bob', BOB, '192.0.2.201');
    const session = alice.invite(BOB, { server: 'sip:192.0.2.113' });
    await scene.settle();
    void bob.call.accept();
    await scene.settle();
    await scene.clock.until(session.reinvite());
    await scene.settle();
    void bob.call.terminate();
    await scene.settle();
    expect(hops(scene, 'INVITE').slice(3)).toEqual([
      ['alice > p3', P3, P4, AT_BOB],
      ['p3 > p4', P4, AT_BOB],
      ['p4 > bob', AT_BOB],
    ]);
    expect(hops(scene, 'BYE')).toEqual([
      ['bob > p4', P4, P3, AT_ALICE],
      ['p4 > p3', P3, AT_ALICE],
      ['p3 > alice', AT_ALICE],
    ]);
    expect([session.state, bob.call.state]).toEqual(['terminated', 'terminated']);
  });

  test('§8.1.2 a route set that is there beforehand, of a strict router and a loose one', async () => {
    const scene = new Scene();
    const strict = await scene.peer('strict', '192.0.2.113');
    const alice = await scene.phone('alice', ALICE, '192.0.2.101');
    const response = alice.stack.request({
      method: 'OPTIONS',
      uri: BOB,
      from: ALICE,
      routes: [`<${P3}>`, `<${P4};lr>`].map((each) => NameAddr.parse(each)),
    });
    strict.reply(await strict.receive('OPTIONS'), 200);
    expect((await scene.clock.until(response)).status).toBe(200);
    expect(hops(scene, 'OPTIONS')).toEqual([['alice > strict', P3, `${P4};lr`, BOB]]);
  });
});

describe('RFC 3261 §16.3: spirals and loops', () => {
  test('a spiral: the call comes to the proxy again with another Request-URI, and is no loop', async () => {
    const scene = new Scene();
    await scene.proxy('proxy', '192.0.2.222', {
      route: ({ uriText }) => (uriText === BOB ? ['sip:bob@chicago.example.com'] : [AT_BOB]),
      locate: (host) => scene.locate(host === 'chicago.example.com' ? 'biloxi.example.com' : host)[0],
    });
    const alice = await scene.phone('alice', ALICE, '192.0.2.101');
    const bob = await scene.phone('bob', BOB, '192.0.2.201');
    const session = alice.invite(BOB);
    await scene.settle();
    await bob.call.ring();
    await scene.settle();
    void bob.call.accept();
    await scene.settle();
    void session.terminate();
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'alice > proxy INVITE*',
      'proxy > alice 100 INVITE',
      'proxy > proxy INVITE*',
      'proxy > proxy 100 INVITE',
      'proxy > bob INVITE*',
      'bob > proxy 180 INVITE',
      'proxy > proxy 180 INVITE',
      'proxy > alice 180 INVITE',
      'bob > proxy 200 INVITE*',
      'proxy > proxy 200 INVITE*',
      'proxy > alice 200 INVITE*',
      'alice > proxy ACK',
      'proxy > proxy ACK',
      'proxy > bob ACK',
      'alice > proxy BYE',
      'proxy > proxy BYE',
      'proxy > bob BYE',
      'bob > proxy 200 BYE',
      'proxy > proxy 200 BYE',
      'proxy > alice 200 BYE',
    ]);
    // The same proxy stands twice in the route set, and twice among the Vias, each time with a branch of its own.
    expect(session.dialog!.routeSet).toHaveLength(2);
    const branches = bob.call.invite.vias.map(({ branch }) => branch);
    expect([branches.length, new Set(branches).size]).toEqual([3, 3]);
  });

  test('a loop: Max-Forwards brings it to an end with 483', async () => {
    const scene = new Scene();
    await scene.proxy('p1', '192.0.2.111', { route: () => ['sip:bob@192.0.2.112'] });
    await scene.proxy('p2', '192.0.2.112', { route: () => ['sip:bob@192.0.2.111'] });
    const alice = await scene.phone('alice', ALICE, '192.0.2.101');
    alice.invite(BOB, { server: 'sip:192.0.2.111', maxForwards: 3 });
    await scene.settle();
    expect(hops(scene, 'INVITE').map(([way]) => way)).toEqual(['alice > p1', 'p1 > p2', 'p2 > p1', 'p1 > p2']);
    expect(alice.ends).toMatchObject([{ by: 'remote', status: 483 }]);
  });
});
