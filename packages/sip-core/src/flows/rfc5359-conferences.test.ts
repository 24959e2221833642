import { describe, expect, test } from 'vitest';
import { CallJoin, CallReplacement } from '../refer/call-replacement';
import { ReferServer } from '../refer/refer-server';
import { referTo } from '../refer/refer-to';
import { fetchDialogs, namedToItself, readDialogs, serveDialogs } from './dialog-package';
import { clearTheStage, Scene } from './scene';

clearTheStage();

const ALICE = 'sip:alice@atlanta.example.com';
const BOB = 'sip:bob@biloxi.example.com';
const CAROL = 'sip:carol@chicago.example.com';

async function threesome() {
  const scene = new Scene();
  const alice = await scene.phone('alice', ALICE, '192.0.2.101');
  const bob = await scene.phone('bob', BOB, '192.0.2.201');
  const carol = await scene.phone('carol', CAROL, '192.0.2.181');
  return { scene, alice, bob, carol };
}

const reoffer = (from: string, to: string) => [
  `${from} > ${to} INVITE*`,
  `${to} > ${from} 200 INVITE*`,
  `${from} > ${to} ACK`,
];

describe('RFC 5359 §2: three people in a call', () => {
  test('§2.10 a third party is added: Bob holds Alice, calls Carol, and mixes the two', async () => {
    const { scene, alice, bob, carol } = await threesome();
    const session = await scene.connect(alice, bob);
    await scene.clock.until(bob.call.reinvite());
    // From here on Bob says that he is the middle of a conference (RFC 4579 §5.1).
    const added = bob.invite(carol.uri);
    for (const each of [bob.call, added]) each.contactParams = { isfocus: '' };
    await scene.settle();
    await carol.call.ring();
    await scene.settle();
    void carol.call.accept();
    await scene.settle();
    await scene.clock.until(bob.call.reinvite());
    expect(scene.wire.lines).toEqual([
      ...reoffer('bob', 'alice'),
      'bob > carol INVITE*',
      'carol > bob 180 INVITE',
      'carol > bob 200 INVITE*',
      'bob > carol ACK',
      ...reoffer('bob', 'alice'),
    ]);
    // Two dialogs of Bob’s, of which he is the middle; the numbers of the first go on.
    const [hold, invite, mixed] = scene.wire.messages('INVITE');
    expect([hold!.callId, mixed!.callId, mixed!.cseq.sequence]).toEqual([
      session.invite.callId,
      session.invite.callId,
      hold!.cseq.sequence + 1,
    ]);
    expect([invite!.callId === hold!.callId, invite!.to.tag]).toEqual([false, undefined]);
    expect([hold!, invite!, mixed!].map(({ contact }) => contact?.toString())).toEqual([
      '<sip:bob@192.0.2.201:5060>',
      '<sip:bob@192.0.2.201:5060>;isfocus',
      '<sip:bob@192.0.2.201:5060>;isfocus',
    ]);
    expect(() => {
      added.contactParams = { 'is\r\nFocus': '' };
    }).toThrow('parameter name');
    scene.wire.clear();
    // Bob is the mixer: when he leaves, it is over for all.
    void added.terminate();
    void bob.call.terminate();
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'bob > carol BYE',
      'bob > alice BYE',
      'carol > bob 200 BYE',
      'alice > bob 200 BYE',
    ]);
    expect([session.state, carol.call.state]).toEqual(['terminated', 'terminated']);
  });

  test('§2.11 a third party joins: Carol sees the call at Bob’s phone, and asks to be let in', async () => {
    const { scene, alice, bob, carol } = await threesome();
    bob.stack.use(new CallJoin());
    serveDialogs(bob);
    const session = await scene.connect(alice, bob);
    const first = bob.call;
    const [dialog] = await fetchDialogs(scene, carol, bob);
    expect(dialog).toEqual({
      state: 'confirmed',
      callId: session.invite.callId,
      localTag: session.dialog!.remoteTag,
      remoteTag: session.dialog!.localTag,
      direction: 'recipient',
      remote: ALICE,
      target: 'sip:alice@192.0.2.101:5060',
    });
    const joining = carol.invite(bob.uri, {
      headers: [
        ['Join', namedToItself(dialog!)],
        ['Require', 'join'],
      ],
    });
    await scene.settle();
    expect(bob.call.joins).toBe(first);
    for (const each of [bob.call, first]) each.contactParams = { isfocus: '' };
    await bob.call.ring();
    await scene.settle();
    void bob.call.accept();
    await scene.settle();
    await scene.clock.until(first.reinvite());
    expect(scene.wire.lines).toEqual([
      'carol > bob SUBSCRIBE',
      'bob > carol 200 SUBSCRIBE',
      'bob > carol NOTIFY*',
      'carol > bob 200 NOTIFY',
      'carol > bob INVITE*',
      'bob > carol 180 INVITE',
      'bob > carol 200 INVITE*',
      'carol > bob ACK',
      ...reoffer('bob', 'alice'),
    ]);
    const [, answered] = scene.wire.messages('200 INVITE').map(({ contact }) => contact?.toString());
    expect([
      scene.wire.messages('200 INVITE')[0]!.contact?.toString(),
      scene.wire.request('INVITE').contact?.toString(),
    ]).toEqual(Array(2).fill('<sip:bob@192.0.2.201:5060>;isfocus'));
    expect([answered, first.contactParams]).toEqual(['<sip:alice@192.0.2.101:5060>', { isfocus: '' }]);
    expect(bob.call.invite.headers.get('Join')).toBe(session.joinHeader());
    expect([session.state, first.state, joining.state, bob.call.state]).toEqual(Array(4).fill('confirmed'));
  });
});

describe('RFC 5359 §2: calls that machines make', () => {
  test('§2.17 automatic redial: Bob is busy; his phone tells when he is no longer, and Alice’s calls again', async () => {
    const { scene, alice, bob, carol } = await threesome();
    serveDialogs(bob);
    await scene.connect(carol, bob);
    const other = bob.call;
    const busy = alice.invite(bob.uri);
    await scene.settle();
    bob.call.reject(486);
    await scene.settle();
    expect(alice.ends).toMatchObject([{ by: 'remote', status: 486 }]);
    const watched = alice.stack.subscribe({ uri: bob.uri, from: ALICE, event: 'dialog', expires: 600 });
    let again: ReturnType<typeof alice.invite> | undefined;
    const seen: string[][] = [];
    watched.on('notify', ({ text, state }) => {
      const dialogs = readDialogs(text).map((each) => each.state);
      seen.push([state.state, ...dialogs]);
      if (dialogs.length > 0 || again) return;
      again = alice.invite(bob.uri);
      void watched.unsubscribe();
    });
    await scene.settle();
    void other.terminate();
    await scene.settle();
    await bob.call.ring();
    await scene.settle();
    void bob.call.accept();
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'alice > bob INVITE*',
      'bob > alice 486 INVITE',
      'alice > bob ACK',
      'alice > bob SUBSCRIBE',
      'bob > alice 200 SUBSCRIBE',
      'bob > alice NOTIFY*',
      'alice > bob 200 NOTIFY',
      'bob > carol BYE',
      'bob > alice NOTIFY*',
      'carol > bob 200 BYE',
      'alice > bob 200 NOTIFY',
      'alice > bob SUBSCRIBE',
      'alice > bob INVITE*',
      'bob > alice 200 SUBSCRIBE',
      'bob > alice NOTIFY*',
      'alice > bob 200 NOTIFY',
      'bob > alice 180 INVITE',
      'bob > alice 200 INVITE*',
      'alice > bob ACK',
    ]);
    expect(seen).toEqual([['active', 'confirmed'], ['active'], ['terminated']]);
    // Another call, not the old one continued; and the subscription has kept one dialog all along.
    expect([again!.state, again!.invite.callId === busy.invite.callId]).toEqual(['confirmed', false]);
    const [subscribe, leave] = scene.wire.messages('SUBSCRIBE');
    const notify = scene.wire.request('NOTIFY');
    expect([leave!.callId, leave!.to.tag, leave!.cseq.sequence - subscribe!.cseq.sequence, leave!.expires]).toEqual([
      subscribe!.callId,
      notify.from.tag,
      1,
      0,
    ]);
    expect(notify.headers.get('Subscription-State')).toBe('terminated;reason=timeout');
  });

  test('§2.18 click to dial: a program has Alice’s phone call Bob, and hears how it goes', async () => {
    const { scene, alice, bob } = await threesome();
    const browser = await scene.phone('browser', ALICE, '192.0.2.102');
    alice.stack.use(new ReferServer()).use(new CallReplacement());
    alice.stack.on('refer', (referral) => referral.follow({ offerAnswer: alice.media, from: ALICE }));
    const referral = browser.stack.refer({ uri: alice.uri, from: ALICE, target: bob.uri, referredBy: ALICE });
    const heard: string[] = [];
    referral.on('progress', (status, reason) => heard.push(`${status} ${reason}`));
    await scene.settle();
    await bob.call.ring();
    await scene.settle();
    void bob.call.accept();
    expect(await scene.clock.until(referral.done)).toMatchObject({ outcome: 'succeeded', status: 200 });
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'browser > alice REFER',
      'alice > browser 202 REFER',
      'alice > browser NOTIFY*',
      'alice > bob INVITE*',
      'browser > alice 200 NOTIFY',
      'bob > alice 180 INVITE',
      'alice > browser NOTIFY*',
      'browser > alice 200 NOTIFY',
      'bob > alice 200 INVITE*',
      'alice > bob ACK',
      'alice > browser NOTIFY*',
      'browser > alice 200 NOTIFY',
    ]);
    expect(heard).toEqual(['100 Trying', '180 Ringing', '200 OK']);
    // The REFER has opened a dialog of its own, which its NOTIFYs are in; the call is another.
    const refer = scene.wire.request('REFER');
    const notify = scene.wire.request('NOTIFY');
    const invite = scene.wire.request('INVITE');
    expect([refer.to.tag, referTo(refer).uri.toString(), notify.callId, notify.to.tag]).toEqual([
      undefined,
      bob.uri,
      refer.callId,
      refer.from.tag,
    ]);
    expect([invite.callId === refer.callId, invite.uriText, invite.headers.get('Referred-By')]).toEqual([
      false,
      bob.uri,
      `<${ALICE}>`,
    ]);
    expect([bob.call.state, browser.stack.load.sessions, alice.stack.load.sessions]).toEqual(['confirmed', 0, 1]);
  });
});
