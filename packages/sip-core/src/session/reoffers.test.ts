import { describe, expect, test } from 'vitest';
import type { SipRequest } from '../message/request';
import { SipError } from '../platform/errors';
import { leaveNothingBehind, PhoneAndPeer } from './testing/phone-and-peer';

leaveNothingBehind();

describe('the peer changes the session (RFC 3261 §14.2)', () => {
  test('hold by 0.0.0.0, retrieve without an offer, music: whatever it brings is answered', async () => {
    const { pair, peer, media, session } = await calling();
    const reoffered: SipRequest[] = [];
    session.on('reoffered', (request) => reoffered.push(request));
    const hold = pair.sendInside('INVITE', { body: 'c=IN IP4 0.0.0.0' });
    expect((await peer.receiveStatus(200)).text).toBe('A answer 2');
    pair.sendAck(hold);
    const retrieve = pair.sendInside('INVITE');
    expect((await peer.receiveStatus(200)).text).toBe('A offer 3');
    pair.sendAck(retrieve, 'far away');
    const music = pair.sendInside('INVITE', { body: 'music' });
    expect((await peer.receiveStatus(200)).text).toBe('A answer 4');
    pair.sendAck(music);
    await pair.clock.advance(10);
    expect(media.log.slice(2)).toEqual([
      'A answer 2 to c=IN IP4 0.0.0.0',
      'A offer 3',
      'accepted far away',
      'A answer 4 to music',
    ]);
    expect(reoffered).toHaveLength(3);
  });

  test('a header field of what the peer sends can be read anew: X-Genesys-CallUUID may change', async () => {
    const { pair, peer, session } = await calling();
    const ids: unknown[] = [];
    session.on('heard', ({ headers }) => ids.push(headers.get('X-Genesys-CallUUID')));
    const reinvite = pair.sendInside('INVITE', { body: 'x', headers: [['X-Genesys-CallUUID', 'NEW']] });
    await peer.receiveStatus(200);
    pair.sendAck(reinvite);
    await pair.clock.advance(10);
    expect(ids).toEqual(['NEW']);
    pair.sendInside('UPDATE', { headers: [['X-Genesys-CallUUID', 'NEWER']] });
    await peer.receiveStatus(200);
    expect(ids).toEqual(['NEW', 'NEWER']);
  });

  test('refused: 488 with the reason, and all stays as it was', async () => {
    const { pair, peer, media, session } = await calling();
    media.refusal = new SipError('No codec in common.', { status: 488 });
    const target = session.dialog!.remoteTarget.toString();
    pair.sendInside('INVITE', { body: 'fax only', contact: '<sip:elsewhere@192.0.2.2>' });
    expect((await peer.receiveStatus(488)).headers.get('Warning')).toContain('No codec in common.');
    expect(session.state).toBe('confirmed');
    expect(session.dialog!.remoteTarget.toString()).toBe(target);
  });

  test('a body of another type: 415 with what can be read', async () => {
    const { pair, peer } = await calling();
    const odd = pair.request('INVITE', { sequence: 200 });
    const { callId, local, remote } = pair.outgoing!.dialog!;
    odd.callId = callId;
    odd.from = remote;
    odd.to = local;
    odd.setBody('text/plain', 'hello');
    peer.send(odd, { host: '192.0.2.1', port: 5060 });
    expect((await peer.receiveStatus(415)).headers.get('Accept')).toBe('application/sdp');
  });

  test('a second one before the first is answered: 500 with Retry-After', async () => {
    const { pair, peer, media } = await calling();
    const resume = hold(media);
    const first = pair.sendInside('INVITE', { body: 'one' });
    pair.sendInside('INVITE', { body: 'two' });
    const refusal = await peer.receiveStatus(500);
    expect(Number(refusal.headers.get('Retry-After'))).toBeLessThanOrEqual(10);
    resume();
    await peer.receiveStatus(200);
    pair.sendAck(first);
  });

  test('its ACK was lost: the next one is served all the same (RFC 5407 §3.1)', async () => {
    const { pair, peer, clock, session } = await calling();
    pair.sendInside('INVITE', { body: 'one' });
    await peer.receiveStatus(200);
    const second = pair.sendInside('INVITE', { body: 'two' });
    await peer.receiveStatus(200);
    pair.sendAck(second);
    await clock.advance(40_000);
    expect(session.state).toBe('confirmed');
  });

  test('but not while the answer to our offer is owed: 491', async () => {
    const { pair, peer } = await calling();
    const first = pair.sendInside('INVITE');
    await peer.receiveStatus(200);
    pair.sendInside('INVITE', { body: 'two' });
    await peer.receiveStatus(491);
    pair.sendAck(first, 'answer');
  });

  test('an unusable answer in the ACK is rolled back, and the call goes on', async () => {
    const { pair, peer, clock, media, session } = await calling();
    const reinvite = pair.sendInside('INVITE');
    await peer.receiveStatus(200);
    media.answerRefusal = new Error('nonsense');
    pair.sendAck(reinvite, 'nonsense');
    await clock.advance(10);
    expect([session.state, media.log.at(-1)]).toEqual(['confirmed', 'rollback']);
  });

  test('never acknowledged: BYE after 64*T1 (§14.2)', async () => {
    const { pair, peer, ends } = await calling();
    pair.sendInside('INVITE', { body: 'one' });
    await peer.receiveStatus(200);
    peer.reply(await peer.receive('BYE'), 200);
    expect(ends).toMatchObject([{ by: 'error', status: 408, error: { code: 'ERR_SIP_NO_ACK' } }]);
  });

  test('cancelled in time: 487, and nothing has changed', async () => {
    const { pair, peer, media, session } = await calling();
    const resume = hold(media);
    const reinvite = pair.sendInside('INVITE');
    const cancel = pair.request('CANCEL', { sequence: reinvite.cseq.sequence });
    cancel.callId = reinvite.callId;
    cancel.from = reinvite.from;
    cancel.to = reinvite.to;
    cancel.headers.prepend('Via', reinvite.via);
    peer.sendAsIs(cancel, { host: '192.0.2.1', port: 5060 });
    await peer.receiveStatus(200);
    await peer.receiveStatus(487);
    resume();
    await pair.clock.advance(10);
    expect([session.state, media.log.at(-1)]).toEqual(['confirmed', 'rollback']);
  });

  test('one that follows our ACK on the heels waits for the answer to be taken in', async () => {
    const pair = await PhoneAndPeer.start();
    const { peer, media, clock } = pair;
    const session = pair.call();
    pair.outgoing = session;
    const invite = await peer.receive('INVITE');
    const resume = hold(media);
    peer.reply(invite, 200, { body: 'answer' });
    await peer.receive('ACK');
    const reinvite = pair.sendInside('INVITE', { body: 'at once' });
    await clock.advance(100);
    expect(peer.waiting).toEqual([]);
    resume();
    await peer.receiveStatus(200);
    pair.sendAck(reinvite);
    await clock.advance(10);
    expect(media.log).toEqual(['A offer 1', 'accepted answer', 'A answer 2 to at once']);
  });

  test('hung up while it is being served: 487 at once (§15.1.2), however long that would have taken', async () => {
    const { pair, peer, media, clock } = await calling();
    const resume = hold(media);
    pair.sendInside('INVITE');
    pair.sendInside('BYE');
    await peer.receiveStatus(200);
    await peer.receiveStatus(487);
    resume();
    await clock.advance(10);
    expect(media.log.at(-1)).toBe('rollback');
  });
});

describe('UPDATE (RFC 3311)', () => {
  test('with an offer in a call: answered in its 200', async () => {
    const { pair, peer, session } = await calling();
    let told = 0;
    session.on('reoffered', () => told++);
    pair.sendInside('UPDATE', { body: 'offer', contact: '<sip:moved@192.0.2.2>' });
    expect((await peer.receiveStatus(200)).text).toBe('A answer 2');
    expect([told, session.dialog!.remoteTarget.toString()]).toEqual([1, 'sip:moved@192.0.2.2']);
  });

  test('without one: the target is refreshed, whatever else goes on', async () => {
    const { pair, peer, session, clock } = await calling();
    const done = session.reinvite();
    const reinvite = await peer.receive('INVITE');
    pair.sendInside('UPDATE', { contact: '<sip:moved@192.0.2.2>' });
    expect((await peer.receiveStatus(200)).body).toHaveLength(0);
    pair.sendInside('UPDATE', { body: 'offer' });
    await peer.receiveStatus(491);
    peer.reply(reinvite, 200, { body: 'answer' });
    await peer.receive('ACK');
    await clock.until(done);
  });

  test('before the call is answered: an offer has to wait its turn', async () => {
    const pair = await PhoneAndPeer.start();
    const { peer, clock } = pair;
    pair.send('INVITE', { body: 'offer' });
    await clock.advance(10);
    await pair.incoming!.ring();
    await peer.receiveStatus(180);
    pair.sendInside('UPDATE', { body: 'another' });
    expect((await peer.receiveStatus(500)).headers.has('Retry-After')).toBe(true);
  });
});

describe('we change the session (§14.1)', () => {
  test('each 2xx is acknowledged again when it comes again', async () => {
    const { peer, session, clock } = await calling();
    const done = session.reinvite();
    const reinvite = await peer.receive('INVITE');
    expect(reinvite.contact).toBeDefined();
    peer.repeats = true;
    peer.reply(reinvite, 200, { body: 'answer' });
    peer.reply(reinvite, 200, { body: 'answer' });
    const first = await peer.receive('ACK');
    const second = await peer.receive('ACK');
    expect(second.via.branch).toBe(first.via.branch);
    await clock.until(done);
    peer.repeats = false;
  });

  test('several at once go one after the other', async () => {
    const { peer, session, clock } = await calling();
    const both = Promise.all([session.reinvite(), session.reinvite({ delayedOffer: true })]);
    const first = await peer.receive('INVITE');
    await clock.advance(100);
    expect(peer.waiting).toEqual([]);
    peer.reply(first, 200, { body: 'answer' });
    await peer.receive('ACK');
    const second = await peer.receive('INVITE');
    expect(second.body).toHaveLength(0);
    peer.reply(second, 200, { body: 'offer' });
    expect((await peer.receive('ACK')).text).toBe('A answer 3');
    await clock.until(both);
  });

  test.each([
    ['491: after the time of §14.1', 491, [], 2_100, 4_000],
    ['500 that says when', 500, [['Retry-After', '3']], 3_000, 3_100],
  ] as const)('%s it is tried again', async (_, status, headers, least, most) => {
    const { peer, session, clock, media } = await calling();
    const done = session.reinvite();
    peer.reply(await peer.receive('INVITE'), status, { headers });
    await peer.receive('ACK');
    const began = clock.now();
    const again = await peer.receive('INVITE');
    expect(clock.now() - began).toBeGreaterThanOrEqual(least);
    expect(clock.now() - began).toBeLessThanOrEqual(most + 10);
    peer.reply(again, 200, { body: 'answer' });
    await peer.receive('ACK');
    await clock.until(done);
    expect(media.log.slice(2)).toEqual(['A offer 2', 'rollback', 'A offer 3', 'accepted answer']);
  });

  test('the peer of our call waits less than we do: it does not own the Call-ID', async () => {
    const pair = await PhoneAndPeer.start();
    const { peer, clock } = pair;
    const invite = pair.send('INVITE', { body: 'offer' });
    await clock.advance(10);
    const accepted = pair.incoming!.accept();
    await peer.receiveStatus(200);
    pair.sendAck(invite);
    await clock.until(accepted);
    const done = pair.incoming!.reinvite();
    peer.reply(await peer.receive('INVITE'), 491);
    await peer.receive('ACK');
    const began = clock.now();
    peer.reply(await peer.receive('INVITE'), 200, { body: 'answer' });
    expect(clock.now() - began).toBeLessThanOrEqual(2_010);
    await peer.receive('ACK');
    await clock.until(done);
  });

  test('glare without end is given up after 64*T1', async () => {
    const { peer, session, clock } = await calling();
    const done = session.reinvite().catch((error: SipError) => error);
    const began = clock.now();
    let settled = false;
    void done.then(() => {
      settled = true;
    });
    while (!settled) {
      peer.reply(await peer.receive('INVITE'), 491);
      await peer.receive('ACK');
      await clock.advance(4_100);
    }
    expect(await done).toMatchObject({ status: 491 });
    expect(clock.now() - began).toBeLessThan(40_000);
    expect(session.state).toBe('confirmed');
  });

  test('hung up in the pause: it fails at once', async () => {
    const { pair, peer, session, clock } = await calling();
    const done = session.reinvite();
    peer.reply(await peer.receive('INVITE'), 491);
    await peer.receive('ACK');
    pair.sendInside('BYE');
    await expect(clock.until(done)).rejects.toMatchObject({ code: 'ERR_SIP_STATE' });
  });

  test('hung up before the peer answered it: its 200 is acknowledged all the same', async () => {
    const { peer, session, clock } = await calling();
    const done = session.reinvite();
    const reinvite = await peer.receive('INVITE');
    const ended = session.terminate();
    await expect(clock.until(done)).rejects.toMatchObject({ code: 'ERR_SIP_STATE' });
    const bye = await peer.receive('BYE');
    peer.reply(reinvite, 200, { body: 'answer' });
    await peer.receive('ACK');
    peer.reply(bye, 200);
    await clock.until(ended);
  });

  test.each([
    ['answer', {}, 'ERR_SIP_NO_ANSWER'],
    ['offer', { delayedOffer: true }, 'ERR_SIP_NO_OFFER'],
  ])('a 200 without the %s owed is acknowledged, and the call goes on', async (_, options, code) => {
    const { peer, session, clock } = await calling();
    const done = session.reinvite(options);
    peer.reply(await peer.receive('INVITE'), 200);
    await peer.receive('ACK');
    await expect(clock.until(done)).rejects.toMatchObject({ code });
    expect(session.state).toBe('confirmed');
  });

  test('an offer we asked for and cannot take is answered by a refusal in the ACK (§13.2.2.4)', async () => {
    const { peer, session, clock, media } = await calling();
    media.refusal = new SipError('No codec in common.', { status: 488 });
    media.refuses = true;
    const done = session.reinvite({ delayedOffer: true });
    peer.reply(await peer.receive('INVITE'), 200, { body: 'strange offer' });
    expect((await peer.receive('ACK')).text).toBe('A refuses strange offer');
    await expect(clock.until(done)).rejects.toBe(media.refusal);
    expect(session.state).toBe('confirmed');
  });

  test('no answer at all: BYE', async () => {
    const { peer, session, clock, ends } = await calling();
    const done = session.reinvite();
    await peer.receive('INVITE');
    await expect(clock.until(done)).rejects.toMatchObject({ code: 'ERR_SIP_TIMEOUT' });
    peer.reply(await peer.receive('BYE'), 200);
    expect(ends).toMatchObject([{ by: 'error', status: 408 }]);
  });
});

/** An outgoing call that stands. */
async function calling() {
  const pair = await PhoneAndPeer.start();
  const { session } = await pair.calling();
  pair.outgoing = session;
  const { peer, clock, media, ends } = pair;
  return { pair, peer, clock, media, ends, session };
}

/** Makes descriptions take their time, until the function it gives is called. */
function hold(media: PhoneAndPeer['media']): () => void {
  let resume = () => {};
  media.pause = new Promise<void>((resolve) => {
    resume = resolve;
  });
  return () => resume();
}
