import { describe, expect, test } from 'vitest';
import { ReferredBy } from '../headers/transfer';
import { MessageServer } from '../messaging/message-server';
import { CallReplacement } from '../refer/call-replacement';
import { ReferServer } from '../refer/refer-server';
import { referTo, replacesIn } from '../refer/refer-to';
import { clearTheStage, type Phone, Scene } from './scene';

clearTheStage();

const ALICE = 'sip:alice@atlanta.example.com';
const BOB = 'sip:bob@biloxi.example.com';
const CAROL = 'sip:carol@chicago.example.com';

/** Alice has called Bob, who is going to transfer her to Carol; nobody stands between them. */
async function threesome() {
  const scene = new Scene();
  const phone = async (name: string, aor: string, host: string) => {
    const each = await scene.phone(name, aor, host);
    each.stack.use(new ReferServer()).use(new CallReplacement());
    return each;
  };
  const alice = await phone('alice', ALICE, '192.0.2.101');
  const bob = await phone('bob', BOB, '192.0.2.201');
  const carol = await phone('carol', CAROL, '192.0.2.181');
  const session = await scene.connect(alice, bob);
  session.on('refer', (referral) => referral.follow({ offerAnswer: alice.media, from: ALICE }));
  return { scene, alice, bob, carol, session };
}

/** Carol lets it ring, then answers. */
async function answers(scene: Scene, { call }: Phone): Promise<void> {
  await call.ring();
  await scene.settle();
  void call.accept();
  await scene.settle();
}

const hold = (from: string, to: string) => [
  `${from} > ${to} INVITE*`,
  `${to} > ${from} 200 INVITE*`,
  `${from} > ${to} ACK`,
];

/** What the NOTIFYs told: the subscription, and the first line of the fragment. */
const told = (scene: Scene) =>
  scene.wire
    .messages('NOTIFY')
    .map(({ headers, text }) => [
      headers.get('Event'),
      headers.get('Subscription-State'),
      headers.get('Content-Type'),
      text.split('\r\n')[0],
    ]);

const FRAGMENT = 'message/sipfrag;version=2.0';

/** One NOTIFY after the other: Trying, Ringing, OK. */
const WHOLE_STORY = [
  ['refer', 'active;expires=300', FRAGMENT, 'SIP/2.0 100 Trying'],
  ['refer', 'active;expires=300', FRAGMENT, 'SIP/2.0 180 Ringing'],
  ['refer', 'terminated;reason=noresource', FRAGMENT, 'SIP/2.0 200 OK'],
];

describe('RFC 5359 §2: transfers', () => {
  test('§2.4 unattended: Bob refers Alice to Carol and leaves at once', async () => {
    const { scene, alice, bob, carol, session } = await threesome();
    const referral = bob.call.refer(carol.uri, { referredBy: BOB });
    await scene.clock.until(referral.accepted);
    void bob.call.terminate();
    await scene.settle();
    await answers(scene, carol);
    expect(await referral.done).toMatchObject({ outcome: 'succeeded', status: 200 });
    expect(scene.wire.lines).toEqual([
      'bob > alice REFER',
      'alice > bob 202 REFER',
      'alice > bob NOTIFY*',
      'alice > carol INVITE*',
      'bob > alice 200 NOTIFY',
      'bob > alice BYE',
      'alice > bob 200 BYE',
      'carol > alice 180 INVITE',
      'alice > bob NOTIFY*',
      'bob > alice 200 NOTIFY',
      'carol > alice 200 INVITE*',
      'alice > carol ACK',
      'alice > bob NOTIFY*',
      'bob > alice 200 NOTIFY',
    ]);
    expect(told(scene)).toEqual(WHOLE_STORY);
    const { dialog } = session;
    const refer = scene.wire.request('REFER');
    expect([
      refer.callId,
      refer.from.tag,
      refer.to.tag,
      referTo(refer).uri.toString(),
      ReferredBy.read(refer)?.uri.toString(),
    ]).toEqual([dialog!.callId, dialog!.remoteTag, dialog!.localTag, carol.uri, BOB]);
    const invite = scene.wire.request('INVITE');
    expect([
      invite.uriText,
      invite.from.uri.toString(),
      ReferredBy.read(invite)?.uri.toString(),
      invite.to.tag,
      invite.callId === refer.callId,
    ]).toEqual([carol.uri, ALICE, BOB, undefined, false]);
    // The subscription has outlived the call it was made in: all of its NOTIFYs are Alice's, numbered on.
    const numbers = scene.wire.messages('NOTIFY').map(({ cseq }) => cseq.sequence);
    expect(numbers).toEqual([numbers[0], numbers[0]! + 1, numbers[0]! + 2]);
    expect([session.state, carol.call.state, alice.stack.load.sessions]).toEqual(['terminated', 'confirmed', 1]);
  });

  test('§2.4 unattended, and Carol is busy: Bob, who waited, has Alice back', async () => {
    const { scene, bob, carol, session } = await threesome();
    const referral = bob.call.refer(carol.uri, { referredBy: BOB });
    await scene.settle();
    carol.call.reject(486);
    expect(await scene.clock.until(referral.done)).toMatchObject({ outcome: 'failed', status: 486 });
    await scene.settle();
    expect(scene.wire.lines.slice(-6)).toEqual([
      'alice > carol INVITE*',
      'bob > alice 200 NOTIFY',
      'carol > alice 486 INVITE',
      'alice > carol ACK',
      'alice > bob NOTIFY*',
      'bob > alice 200 NOTIFY',
    ]);
    scene.wire.clear();
    await scene.clock.until(bob.call.reinvite());
    expect([scene.wire.lines, session.state]).toEqual([hold('bob', 'alice'), 'confirmed']);
  });

  test('§2.4 unattended, and the BYE of Alice gets lost: what she tells of the transfer comes first, so it is sent again', async () => {
    const { scene, bob, carol, session } = await threesome();
    const referral = bob.call.refer(carol.uri);
    await scene.settle();
    scene.lose('alice > bob BYE');
    void session.terminate();
    await scene.settle();
    await answers(scene, carol);
    await scene.settle(1_000);
    expect(await referral.done).toMatchObject({ outcome: 'succeeded' });
    expect(scene.wire.lines.filter((line) => line.includes('BYE'))).toEqual([
      'alice > bob BYE',
      'alice > bob BYE',
      'bob > alice 500 BYE',
      'alice > bob BYE',
      'bob > alice 200 BYE',
    ]);
    expect([session.state, bob.call.state, bob.ends]).toMatchObject(['terminated', 'terminated', [{ by: 'remote' }]]);
  });

  test('§2.5 attended: Bob has talked to Carol, and the call of Alice takes the place of his', async () => {
    const { scene, bob, carol, session } = await threesome();
    await scene.clock.until(bob.call.reinvite());
    const consultation = bob.invite(carol.uri);
    await scene.settle();
    await answers(scene, carol);
    await scene.clock.until(consultation.reinvite());
    const { dialog } = consultation;
    const referral = bob.call.refer(consultation, { referredBy: BOB });
    await scene.settle();
    const [old, call] = carol.incoming;
    expect(call!.replaces).toBe(old);
    await answers(scene, carol);
    expect(await referral.done).toMatchObject({ outcome: 'succeeded', status: 200 });
    void bob.call.terminate();
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      ...hold('bob', 'alice'),
      'bob > carol INVITE*',
      'carol > bob 180 INVITE',
      'carol > bob 200 INVITE*',
      'bob > carol ACK',
      ...hold('bob', 'carol'),
      'bob > alice REFER',
      'alice > bob 202 REFER',
      'alice > bob NOTIFY*',
      'alice > carol INVITE*',
      'bob > alice 200 NOTIFY',
      'carol > alice 180 INVITE',
      'alice > bob NOTIFY*',
      'bob > alice 200 NOTIFY',
      'carol > alice 200 INVITE*',
      'alice > carol ACK',
      'alice > bob NOTIFY*',
      'carol > bob BYE',
      'bob > alice 200 NOTIFY',
      'bob > carol 200 BYE',
      'bob > alice BYE',
      'alice > bob 200 BYE',
    ]);
    expect(told(scene)).toEqual(WHOLE_STORY);
    // Carol is To of the dialog that is replaced: Replaces is read by her.
    const replaces = { callId: dialog!.callId, toTag: dialog!.remoteTag, fromTag: dialog!.localTag };
    const target = referTo(scene.wire.request('REFER')).uri;
    expect(replacesIn(target)).toEqual(replaces);
    const invite = call!.invite;
    expect([
      invite.headers.get('Replaces'),
      invite.uriText,
      invite.headers.get('Require'),
      invite.from.uri.toString(),
      ReferredBy.read(invite)?.uri.toString(),
    ]).toEqual([
      `${replaces.callId};to-tag=${replaces.toTag};from-tag=${replaces.fromTag}`,
      dialog!.remoteTarget.toString(),
      undefined,
      ALICE,
      BOB,
    ]);
    expect([session.state, consultation.state, old!.state, call!.state]).toEqual([
      'terminated',
      'terminated',
      'terminated',
      'confirmed',
    ]);
  });

  test('§2.6 by instant messages: Bob writes to Carol before he refers Alice to her', async () => {
    const { scene, bob, carol, session } = await threesome();
    const read: string[] = [];
    for (const { stack } of [bob, carol]) {
      const messages = new MessageServer();
      messages.on('message', ({ text, from }) => read.push(`${from.uri}: ${text}`));
      stack.use(messages);
    }
    await scene.clock.until(bob.call.reinvite());
    const write = async (from: Phone, to: Phone, content: string) => {
      const response = from.stack.message({ uri: to.uri, from: from.aor, content });
      expect((await scene.clock.until(response)).status).toBe(200);
    };
    await write(bob, carol, 'Alice asks about the leak. Will you take her?');
    await write(carol, bob, 'Yes.');
    const referral = bob.call.refer(carol.uri, { referredBy: BOB });
    await scene.settle();
    await answers(scene, carol);
    expect(await referral.done).toMatchObject({ outcome: 'succeeded' });
    void bob.call.terminate();
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      ...hold('bob', 'alice'),
      'bob > carol MESSAGE*',
      'carol > bob 200 MESSAGE',
      'carol > bob MESSAGE*',
      'bob > carol 200 MESSAGE',
      'bob > alice REFER',
      'alice > bob 202 REFER',
      'alice > bob NOTIFY*',
      'alice > carol INVITE*',
      'bob > alice 200 NOTIFY',
      'carol > alice 180 INVITE',
      'alice > bob NOTIFY*',
      'bob > alice 200 NOTIFY',
      'carol > alice 200 INVITE*',
      'alice > carol ACK',
      'alice > bob NOTIFY*',
      'bob > alice 200 NOTIFY',
      'bob > alice BYE',
      'alice > bob 200 BYE',
    ]);
    expect(read).toEqual([`${BOB}: Alice asks about the leak. Will you take her?`, `${CAROL}: Yes.`]);
    // A MESSAGE opens no dialog, and its sender has no Contact (RFC 3428 §4).
    for (const message of scene.wire.messages('MESSAGE')) {
      expect([message.to.tag, message.headers.has('Contact'), message.contentType]).toEqual([
        undefined,
        false,
        'text/plain;charset=utf-8',
      ]);
    }
    expect([session.state, carol.call.state]).toEqual(['terminated', 'confirmed']);
  });
});
