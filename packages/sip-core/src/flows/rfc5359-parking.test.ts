import { describe, expect, test } from 'vitest';
import { formatSipFragment } from '../body/sipfrag';
import { ReferredBy } from '../headers/transfer';
import { Headers } from '../message/headers';
import { SipRequest } from '../message/request';
import { CallReplacement } from '../refer/call-replacement';
import { ReferServer } from '../refer/refer-server';
import { referTo, replacesIn } from '../refer/refer-to';
import type { IncomingSession } from '../session/incoming-session';
import type { InviteSession } from '../session/invite-session';
import { fetchDialogs, named, serveDialogs } from './dialog-package';
import { clearTheStage, type Phone, Scene } from './scene';

clearTheStage();

const people = {
  alice: ['sip:alice@atlanta.example.com', '192.0.2.101'],
  bob: ['sip:bob@biloxi.example.com', '192.0.2.201'],
  carol: ['sip:carol@chicago.example.com', '192.0.2.181'],
  park: ['sip:park@example.com', '192.0.2.150'],
} as const;

const BOB = people.bob[0];

async function phones<Name extends keyof typeof people>(...names: Name[]) {
  const scene = new Scene();
  const found = {} as Record<Name, Phone>;
  for (const name of names) {
    const [aor, host] = people[name];
    found[name] = await scene.phone(name, aor, host);
    found[name].stack.use(new ReferServer()).use(new CallReplacement());
  }
  return { scene, ...found };
}

/** Takes calls that replace another one without ringing: to the user it is the same call. */
function goesOn({ stack }: Phone): void {
  stack.on('invite', (session: IncomingSession) => {
    if (session.replaces) void session.accept();
  });
}

/** How the peer of a call would name it in Replaces to the one whose call it is. */
const nameFor = ({ dialog }: InviteSession) => ({
  callId: dialog!.callId,
  toTag: dialog!.localTag,
  fromTag: dialog!.remoteTag,
});

const replacesOf = (request: SipRequest) => {
  const [callId, ...tags] = request.headers.get('Replaces')!.split(';');
  const tag = (name: string) => tags.find((each) => each.startsWith(name))?.slice(name.length);
  return { callId, toTag: tag('to-tag='), fromTag: tag('from-tag=') };
};

describe('RFC 5359 §2: calls that wait elsewhere', () => {
  test('§2.3 music on hold: a server replaces Bob toward Alice, and Bob replaces the server', async () => {
    const { scene, alice, bob } = await phones('alice', 'bob');
    const music = await scene.peer('music', '192.0.2.150');
    goesOn(alice);
    const session = await scene.connect(alice, bob);
    const first = nameFor(session);
    await scene.clock.until(bob.call.reinvite());
    const referral = bob.stack.refer({ uri: 'sip:music@192.0.2.150', from: BOB, target: bob.call });

    const refer = await music.receive('REFER');
    expect(replacesIn(referTo(refer).uri)).toEqual(first);
    music.reply(refer, 202, { tag: 'music', headers: [['Contact', '<sip:music@192.0.2.150>']] });
    const request = (method: string, sequence: number, headers: [string, string][]) =>
      SipRequest.create({
        method,
        uri: method === 'NOTIFY' ? refer.contact!.uri : `sip:${referTo(refer).sipUri!.user}@192.0.2.101`,
        headers: [
          ['Max-Forwards', '70'],
          ['CSeq', `${sequence} ${method}`],
          ['Contact', '<sip:music@192.0.2.150>'],
          ...headers,
        ],
      });
    const notify = async (sequence: number, state: string, fragment: Uint8Array) => {
      const told = request('NOTIFY', sequence, [
        ['From', `${refer.to};tag=music`],
        ['To', refer.from.toString()],
        ['Call-ID', refer.callId],
        ['Event', 'refer'],
        ['Subscription-State', state],
      ]);
      told.setBody('message/sipfrag', new TextDecoder().decode(fragment));
      music.send(told, refer);
      await music.receiveStatus(200);
    };
    await notify(1, 'active;expires=60', formatSipFragment({ status: { status: 100, reason: 'Trying' } }));
    const { callId, toTag, fromTag } = replacesIn(referTo(refer).uri)!;
    const invite = request('INVITE', 1, [
      ['From', '<sip:music@example.com>;tag=tune'],
      ['To', '<sip:alice@atlanta.example.com>'],
      ['Call-ID', 'music-for-alice'],
      ['Replaces', `${callId};to-tag=${toTag};from-tag=${fromTag}`],
    ]);
    invite.setBody('application/sdp', 'music');
    music.send(invite, { host: '192.0.2.101', port: 5060 });
    const ok = await music.receiveStatus(200);
    const ack = invite.clone();
    ack.method = 'ACK';
    ack.cseq = { sequence: 1, method: 'ACK' };
    ack.to = ok.to;
    ack.headers.delete('Replaces');
    ack.headers.removeFirst('Via');
    ack.setBody('', '');
    music.send(ack, { host: '192.0.2.101', port: 5060 });
    await scene.settle();
    expect([bob.ends, session.state]).toMatchObject([[{ by: 'remote' }], 'terminated']);

    // The last NOTIFY shows the response as it came, so that Bob knows the dialog he has to replace.
    const fragments: { headers: Headers }[] = [];
    referral.on('progress', (_status, _reason, fragment) => fragments.push(fragment));
    const headers = new Headers(
      (['From', 'To', 'Call-ID', 'Contact'] as const).map((name) => [name, ok.headers.get(name)!]),
    );
    await notify(
      2,
      'terminated;reason=noresource',
      formatSipFragment({ status: { status: 200, reason: 'OK' }, headers }),
    );
    expect(await referral.done).toMatchObject({ outcome: 'succeeded', status: 200 });
    const { headers: seen } = fragments[0]!;
    const tagOf = (name: string) => /tag=(.*)/.exec(seen.get(name)!)?.[1];
    const back = bob.invite(alice.uri, {
      headers: [['Replaces', `${seen.get('Call-ID')};to-tag=${tagOf('To')};from-tag=${tagOf('From')}`]],
    });
    const bye = await music.receive('BYE');
    expect([bye.callId, bye.from.tag, bye.to.tag]).toEqual(['music-for-alice', ok.to.tag, 'tune']);
    music.reply(bye, 200);
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'bob > alice INVITE*',
      'alice > bob 200 INVITE*',
      'bob > alice ACK',
      'bob > music REFER',
      'music > bob 202 REFER',
      'music > bob NOTIFY*',
      'bob > music 200 NOTIFY',
      'music > alice INVITE*',
      'alice > music 200 INVITE*',
      'music > alice ACK',
      'alice > bob BYE',
      'bob > alice 200 BYE',
      'music > bob NOTIFY*',
      'bob > music 200 NOTIFY',
      'bob > alice INVITE*',
      'alice > bob 200 INVITE*',
      'bob > alice ACK',
      'alice > music BYE',
      'music > alice 200 BYE',
    ]);
    expect([back.state, alice.call.state]).toEqual(['confirmed', 'confirmed']);
  });

  test('§2.15 call park: Bob has a server take Alice, and Carol takes her back from it', async () => {
    const { scene, alice, bob, carol, park } = await phones('alice', 'bob', 'carol', 'park');
    goesOn(alice);
    serveDialogs(park);
    park.stack.on('refer', (referral) => referral.follow({ offerAnswer: park.media, from: park.aor }));
    const session = await scene.connect(alice, bob);
    const first = nameFor(session);
    const referral = bob.stack.refer({ uri: park.uri, from: BOB, target: bob.call, referredBy: BOB });
    expect(await scene.clock.until(referral.done)).toMatchObject({ outcome: 'succeeded', status: 200 });
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'bob > park REFER',
      'park > bob 202 REFER',
      'park > bob NOTIFY*',
      'park > alice INVITE*',
      'bob > park 200 NOTIFY',
      'alice > park 200 INVITE*',
      'park > alice ACK',
      'park > bob NOTIFY*',
      'alice > bob BYE',
      'bob > park 200 NOTIFY',
      'bob > alice 200 BYE',
    ]);
    const parked = alice.call;
    expect(replacesOf(parked.invite)).toEqual(first);
    expect([parked.invite.from.uri.toString(), ReferredBy.read(parked.invite)?.uri.toString()]).toEqual([
      park.aor,
      BOB,
    ]);
    scene.wire.clear();

    // Carol asks the server once for whom it has.
    const [dialog] = await fetchDialogs(scene, carol, park);
    expect(dialog).toMatchObject({ state: 'confirmed', direction: 'initiator', target: 'sip:alice@192.0.2.101:5060' });
    const taken = carol.invite(dialog!.target, { to: people.alice[0], headers: [['Replaces', named(dialog!)]] });
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'carol > park SUBSCRIBE',
      'park > carol 200 SUBSCRIBE',
      'park > carol NOTIFY*',
      'carol > park 200 NOTIFY',
      'carol > alice INVITE*',
      'alice > carol 200 INVITE*',
      'carol > alice ACK',
      'alice > park BYE',
      'park > alice 200 BYE',
    ]);
    const notify = scene.wire.request('NOTIFY');
    expect([notify.headers.get('Event'), notify.headers.get('Subscription-State'), notify.contentType]).toEqual([
      'dialog',
      'terminated;reason=timeout',
      'application/dialog-info+xml',
    ]);
    expect(replacesOf(alice.call.invite)).toEqual(nameFor(parked));
    expect([session.state, parked.state, taken.state, alice.call.state]).toEqual([
      'terminated',
      'terminated',
      'confirmed',
      'confirmed',
    ]);
  });

  test('§2.16 call pickup: Bob’s phone rings, and Carol takes the call', async () => {
    const { scene, alice, bob, carol } = await phones('alice', 'bob', 'carol');
    await scene.proxy('proxy', '192.0.2.222', { route: () => [bob.uri] });
    goesOn(alice);
    serveDialogs(bob);
    const session = alice.invite(BOB);
    await scene.settle();
    await bob.call.ring();
    await scene.settle();
    const [dialog] = await fetchDialogs(scene, carol, bob);
    expect(dialog).toMatchObject({ state: 'early', direction: 'recipient', remote: people.alice[0] });
    const taken = carol.invite(dialog!.target, { headers: [['Replaces', `${named(dialog!)};early-only`]] });
    await scene.settle();
    expect(scene.wire.lines).toEqual([
      'alice > proxy INVITE*',
      'proxy > alice 100 INVITE',
      'proxy > bob INVITE*',
      'bob > proxy 180 INVITE',
      'proxy > alice 180 INVITE',
      'carol > bob SUBSCRIBE',
      'bob > carol 200 SUBSCRIBE',
      'bob > carol NOTIFY*',
      'carol > bob 200 NOTIFY',
      'carol > alice INVITE*',
      'alice > carol 200 INVITE*',
      'carol > alice ACK',
      'alice > proxy CANCEL',
      'proxy > alice 200 CANCEL',
      'proxy > bob CANCEL',
      'bob > proxy 200 CANCEL',
      'bob > proxy 487 INVITE',
      'proxy > bob ACK',
      'proxy > alice 487 INVITE',
      'alice > proxy ACK',
    ]);
    expect(alice.call.invite.headers.get('Replaces')).toBe(
      `${session.invite.callId};to-tag=${session.invite.from.tag};from-tag=${bob.call.dialog!.localTag};early-only`,
    );
    expect([session.state, taken.state, alice.call.state]).toEqual(['terminated', 'confirmed', 'confirmed']);
    expect(bob.ends).toMatchObject([{ by: 'remote', status: 487 }]);
  });
});
