import { describe, expect, test } from 'vitest';
import { leaveNothingBehind, PhoneAndPeer } from '../session/testing/phone-and-peer';
import { CallJoin, CallReplacement } from './call-replacement';

leaveNothingBehind();

async function start(): Promise<PhoneAndPeer> {
  const pair = await PhoneAndPeer.start();
  pair.stack.use(new CallReplacement()).use(new CallJoin());
  return pair;
}

/** Another INVITE of the peer's side, from somebody else. */
function invite(pair: PhoneAndPeer, headers: [string, string][]) {
  const request = pair.request('INVITE', { headers, body: 'offer', sequence: 1 });
  request.headers.set('From', '<sip:carol@192.0.2.2>;tag=carol');
  request.callId = `third-${++count}`;
  pair.peer.send(request, { host: '192.0.2.1', port: 5060 });
  return request;
}
let count = 0;

describe('an INVITE with Replaces (RFC 3891 §3)', () => {
  test('the call it names ends by BYE once the new one is established', async () => {
    const pair = await start();
    const { peer, clock } = pair;
    const { session } = await pair.calling();
    const { callId, localTag, remoteTag } = session.dialog!;
    const request = invite(pair, [
      ['Require', 'replaces'],
      ['Replaces', `${callId};from-tag=${remoteTag};to-tag=${localTag}`],
    ]);
    await clock.advance(10);
    const incoming = pair.incoming!;
    expect([incoming.replaces === session, incoming.joins, session.state]).toEqual([true, undefined, 'confirmed']);
    const accepted = incoming.accept();
    await peer.receiveStatus(200);
    expect(session.state).toBe('confirmed');
    const ack = pair.request('ACK', { sequence: 1 });
    ack.callId = request.callId;
    ack.from = request.from;
    ack.to = incoming.dialog!.local;
    peer.send(ack, { host: '192.0.2.1', port: 5060 });
    await clock.until(accepted);
    const bye = await peer.receive('BYE');
    expect(bye.callId).toBe(callId);
    peer.reply(bye, 200);
    expect([session.state, incoming.state]).toEqual(['terminated', 'confirmed']);
    const closing = pair.stack.close();
    peer.reply(await peer.receive('BYE'), 200);
    await clock.until(closing);
  });

  test('an early call of ours is cancelled', async () => {
    const pair = await start();
    const { peer, clock } = pair;
    const session = pair.call();
    const first = await peer.receive('INVITE');
    peer.reply(first, 180);
    await clock.advance(10);
    const { callId, localTag } = session.dialog!;
    const request = invite(pair, [['Replaces', `${callId};from-tag=peer;to-tag=${localTag};early-only`]]);
    await clock.advance(10);
    const accepted = pair.incoming!.accept();
    await peer.receiveStatus(200);
    const ack = pair.request('ACK', { sequence: 1 });
    ack.callId = request.callId;
    ack.from = request.from;
    ack.to = pair.incoming!.dialog!.local;
    peer.send(ack, { host: '192.0.2.1', port: 5060 });
    await clock.until(accepted);
    peer.reply(await peer.receive('CANCEL'), 200);
    peer.reply(first, 487);
    await peer.receive('ACK');
    expect(session.state).toBe('terminated');
    const closing = pair.stack.close();
    peer.reply(await peer.receive('BYE'), 200);
    await clock.until(closing);
  });

  test('early-only, and the call has been answered: 486', async () => {
    const pair = await start();
    const { session } = await pair.calling();
    const { callId, localTag } = session.dialog!;
    invite(pair, [['Replaces', `${callId};from-tag=peer;to-tag=${localTag};early-only`]]);
    await pair.peer.receiveStatus(486);
    expect([session.state, pair.incoming]).toEqual(['confirmed', undefined]);
  });

  test('481: no such dialog, one of a subscription, one that rings here', async () => {
    const pair = await start();
    const { peer, clock } = pair;
    const { session } = await pair.calling();
    const { callId, localTag } = session.dialog!;
    invite(pair, [['Replaces', `${callId};from-tag=other;to-tag=${localTag}`]]);
    await peer.receiveStatus(481);
    const events = pair.stack.serveEvent({ event: 'lamp' });
    events.on('subscribe', (subscription) => subscription.accept());
    pair.send('SUBSCRIBE', { headers: [['Event', 'lamp']], sequence: 7 });
    const { to } = await peer.receiveStatus(200);
    peer.reply(await peer.receive('NOTIFY'), 200);
    invite(pair, [['Replaces', `call-of-the-peer;from-tag=peer;to-tag=${to.tag}`]]);
    await peer.receiveStatus(481);
    const ringing = pair.request('INVITE', { body: 'offer', sequence: 8 });
    ringing.callId = 'rings-here';
    peer.send(ringing, { host: '192.0.2.1', port: 5060 });
    await clock.advance(10);
    const local = pair.incoming!.dialog!.localTag;
    invite(pair, [['Replaces', `rings-here;from-tag=peer;to-tag=${local}`]]);
    await peer.receiveStatus(481);
    pair.incoming!.reject(486);
    await peer.receiveStatus(486);
  });

  test('603: the call has ended', async () => {
    const pair = await start();
    const { peer, clock } = pair;
    const { session } = await pair.calling();
    const { callId, localTag } = session.dialog!;
    const over = session.terminate();
    peer.reply(await peer.receive('BYE'), 200);
    await clock.until(over);
    invite(pair, [['Replaces', `${callId};from-tag=peer;to-tag=${localTag}`]]);
    await peer.receiveStatus(603);
  });

  test('400: twice, malformed, together with Join', async () => {
    const pair = await start();
    const { peer } = pair;
    const value = 'x;from-tag=a;to-tag=b';
    for (const headers of [
      [
        ['Replaces', value],
        ['Replaces', value],
      ],
      [['Replaces', 'x;from-tag=a']],
      [
        ['Replaces', value],
        ['Join', value],
      ],
    ] as [string, string][][]) {
      invite(pair, headers);
      await peer.receiveStatus(400);
    }
    expect(pair.incoming).toBeUndefined();
  });

  test('a stack that does not know Replaces calls it an unknown extension, or takes the call as any other', async () => {
    const pair = await PhoneAndPeer.start();
    invite(pair, [['Require', 'replaces']]);
    expect((await pair.peer.receiveStatus(420)).headers.get('Unsupported')).toBe('replaces');
    invite(pair, [['Replaces', 'x;from-tag=a;to-tag=b']]);
    await pair.clock.advance(10);
    expect(pair.incoming!.replaces).toBeUndefined();
    pair.incoming!.reject(486);
    await pair.peer.receiveStatus(486);
  });

  test('Supported says what is understood', async () => {
    const pair = await start();
    pair.send('OPTIONS');
    expect((await pair.peer.receiveStatus(200)).supported).toEqual(['100rel', 'timer', '199', 'replaces', 'join']);
  });
});

describe('an INVITE with Join (RFC 3911 §4)', () => {
  test('the session knows whom it is to join; both go on', async () => {
    const pair = await start();
    const { peer, clock } = pair;
    const { session } = await pair.calling();
    expect(session.joinHeader()).toBe(`${session.dialog!.callId};to-tag=peer;from-tag=${session.dialog!.localTag}`);
    const { callId, localTag } = session.dialog!;
    invite(pair, [['Join', `${callId};from-tag=peer;to-tag=${localTag}`]]);
    await clock.advance(10);
    expect([pair.incoming!.joins === session, pair.incoming!.replaces]).toEqual([true, undefined]);
    pair.incoming!.reject(488);
    await peer.receiveStatus(488);
    expect(session.state).toBe('confirmed');
    invite(pair, [['Join', `${callId};from-tag=peer;to-tag=nobody`]]);
    await peer.receiveStatus(481);
  });
});
