import { describe, expect, test } from 'vitest';
import { leaveNothingBehind, PhoneAndPeer } from './testing/phone-and-peer';

leaveNothingBehind();

const reliable = (rseq: number) => [['Require', '100rel'] as const, ['RSeq', String(rseq)] as const];

async function start(...args: Parameters<typeof PhoneAndPeer.start>) {
  const pair = await PhoneAndPeer.start(...args);
  return { pair, peer: pair.peer, clock: pair.clock, media: pair.media, ends: pair.ends };
}

/** An outgoing call, answered. */
async function calling() {
  const lab = await start();
  const { session } = await lab.pair.calling();
  lab.pair.outgoing = session;
  lab.media.log.length = 0;
  return { ...lab, session };
}

/** An outgoing call whose first exchange of descriptions is over before it is answered. */
async function early() {
  const lab = await start();
  const session = lab.pair.call();
  lab.pair.outgoing = session;
  const invite = await lab.peer.receive('INVITE');
  lab.peer.reply(invite, 183, { headers: reliable(1), body: 'early answer' });
  lab.peer.reply(await lab.peer.receive('PRACK'), 200);
  await lab.clock.advance(5);
  lab.media.log.length = 0;
  return { ...lab, session, invite };
}

describe('we send UPDATE (RFC 3311 §5.1)', () => {
  test('with an offer, which its 200 answers', async () => {
    const { peer, clock, media, session } = await calling();
    const done = session.update({ headers: [['X-Why', 'hold']] });
    const update = await peer.receive('UPDATE');
    expect([update.text, update.headers.get('X-Why'), update.contact!.uri.toString()]).toEqual([
      'A offer 2',
      'hold',
      'sip:alice@192.0.2.1:5060',
    ]);
    peer.reply(update, 200, { body: 'their answer', headers: [['Contact', '<sip:moved@192.0.2.2>']] });
    await clock.until(done);
    expect(media.log).toEqual(['A offer 2', 'accepted their answer']);
    expect(String(session.dialog!.remoteTarget)).toBe('sip:moved@192.0.2.2');
    expect(peer.log.filter((each) => each === '< ACK')).toHaveLength(1);
  });

  test('without one, it refreshes our Contact, and asks for nothing', async () => {
    const { peer, clock, media, session } = await calling();
    const done = session.update({ offer: false });
    const update = await peer.receive('UPDATE');
    expect(update.body).toHaveLength(0);
    peer.reply(update, 200);
    await clock.until(done);
    expect(media.log).toEqual([]);
  });

  test('before the call is answered, once the first exchange is over', async () => {
    const { peer, clock, media, session, invite } = await early();
    const done = session.update();
    const update = await peer.receive('UPDATE');
    peer.reply(update, 200, { body: 'second answer' });
    await clock.until(done);
    peer.reply(invite, 200);
    await peer.receive('ACK');
    expect([session.state, media.log]).toEqual(['confirmed', ['A offer 2', 'accepted second answer']]);
  });

  test('not earlier with an offer: there is one without an answer already', async () => {
    const { pair, peer, clock } = await start();
    const session = pair.call();
    await expect(session.update()).rejects.toMatchObject({ code: 'ERR_SIP_STATE' });
    const invite = await peer.receive('INVITE');
    peer.reply(invite, 180);
    await clock.advance(10);
    await expect(session.update()).rejects.toMatchObject({ code: 'ERR_SIP_STATE' });
    const refresh = session.update({ offer: false });
    peer.reply(await peer.receive('UPDATE'), 200);
    await clock.until(refresh);
    peer.reply(invite, 486);
    await peer.receive('ACK');
  });

  test('491: both had an offer; ours is tried again after 2.1 to 4 s', async () => {
    const { peer, clock, media, session } = await calling();
    const done = session.update();
    peer.reply(await peer.receive('UPDATE'), 491);
    const began = clock.now();
    const again = await peer.receive('UPDATE');
    expect(clock.now() - began).toBeGreaterThanOrEqual(2_100);
    peer.reply(again, 200, { body: 'answer' });
    await clock.until(done);
    expect(media.log).toEqual(['A offer 2', 'rollback', 'A offer 3', 'accepted answer']);
  });

  test('a refusal leaves all as it was; 481 ends the session; an answer that never comes undoes the offer', async () => {
    const { peer, clock, media, session, ends } = await calling();
    const refused = session.update();
    peer.reply(await peer.receive('UPDATE'), 504);
    await expect(clock.until(refused)).rejects.toMatchObject({ status: 504 });
    const silent = session.update();
    peer.reply(await peer.receive('UPDATE'), 200);
    await expect(clock.until(silent)).rejects.toMatchObject({ code: 'ERR_SIP_NO_ANSWER' });
    expect([session.state, media.log]).toEqual(['confirmed', ['A offer 2', 'rollback', 'A offer 3', 'rollback']]);
    const lost = session.update({ offer: false });
    peer.reply(await peer.receive('UPDATE'), 481);
    await expect(clock.until(lost)).rejects.toMatchObject({ status: 481 });
    expect(ends).toMatchObject([{ by: 'remote', status: 481 }]);
  });

  test('UPDATEs and re-INVITEs wait for each other', async () => {
    const { peer, clock, session } = await calling();
    const all = [session.update(), session.reinvite(), session.update({ offer: false })];
    peer.reply(await peer.receive('UPDATE'), 200, { body: 'one' });
    const reinvite = await peer.receive('INVITE');
    expect(peer.waiting).toEqual([]);
    peer.reply(reinvite, 200, { body: 'two' });
    await peer.receive('ACK');
    peer.reply(await peer.receive('UPDATE'), 200);
    await clock.until(Promise.all(all));
  });

  test('whether the peer takes it, its Allow says', async () => {
    const { pair, peer } = await start();
    const session = pair.call();
    const invite = await peer.receive('INVITE');
    expect(session.peerAllows('UPDATE')).toBe(false);
    peer.reply(invite, 200, { body: 'answer', headers: [['Allow', 'INVITE, ACK, BYE, UPDATE']] });
    await peer.receive('ACK');
    expect([session.peerAllows('UPDATE'), session.peerAllows('INFO')]).toEqual([true, false]);
  });
});

describe('the peer sends UPDATE before the call is answered (RFC 3311 §5.2)', () => {
  test('an offer after the first exchange is answered, in the dialog it came in', async () => {
    const { pair, peer, media, session, invite } = await early();
    const reoffered: string[] = [];
    session.on('reoffered', ({ text }) => reoffered.push(text));
    pair.sendInside('UPDATE', { body: 'new offer' });
    expect((await peer.receiveStatus(200)).text).toBe('A answer 2');
    expect([media.log, reoffered]).toEqual([['A answer 2 to new offer'], ['new offer']]);
    peer.reply(invite, 486);
    await peer.receive('ACK');
  });

  test('before that, 491 when the first offer is ours, 500 with Retry-After when it is theirs', async () => {
    const { pair, peer, clock } = await start();
    pair.outgoing = pair.call();
    const invite = await peer.receive('INVITE');
    peer.reply(invite, 180);
    await clock.advance(10);
    pair.sendInside('UPDATE', { body: 'offer' });
    await peer.receiveStatus(491);
    peer.reply(invite, 486);
    await peer.receive('ACK');
    pair.send('INVITE', { body: 'offer' });
    await clock.advance(10);
    await pair.incoming!.ring();
    await peer.receiveStatus(180);
    pair.sendInside('UPDATE', { body: 'offer' });
    expect((await peer.receiveStatus(500)).headers.has('Retry-After')).toBe(true);
    pair.incoming!.reject(486);
    await peer.receiveStatus(486);
  });

  test('to a callee that has described itself reliably', async () => {
    const { pair, peer, clock, media } = await start();
    const invite = pair.send('INVITE', { body: 'offer', headers: [['Supported', '100rel']] });
    await clock.advance(10);
    const session = pair.incoming!;
    await session.ring({ earlyMedia: true });
    const progress = await peer.receiveStatus(183);
    pair.sendInside('PRACK', { headers: [['RAck', `${progress.headers.get('RSeq')} 1 INVITE`]] });
    await peer.receiveStatus(200);
    pair.sendInside('UPDATE', { body: 'second' });
    expect((await peer.receiveStatus(200)).text).toBe('A answer 2');
    const done = session.update();
    const update = await peer.receive('UPDATE');
    peer.reply(update, 200, { body: 'third' });
    await clock.until(done);
    const accepted = session.accept();
    await peer.receiveStatus(200);
    // RFC 5407 §3.1.4: it may come before the ACK as well, as both know what was agreed.
    pair.sendInside('UPDATE', { body: 'fourth' });
    expect((await peer.receiveStatus(200)).text).toBe('A answer 4');
    pair.sendAck(invite);
    await clock.until(accepted);
    expect(media.log).toEqual([
      'A answer 1 to offer',
      'A answer 2 to second',
      'A offer 3',
      'accepted third',
      'A answer 4 to fourth',
    ]);
  });

  test('it crosses an UPDATE with an offer of ours: 491; without an offer it is welcome', async () => {
    const { pair, peer, clock, session } = await calling();
    const done = session.update();
    const update = await peer.receive('UPDATE');
    pair.sendInside('UPDATE', { body: 'crossing' });
    await peer.receiveStatus(491);
    pair.sendInside('UPDATE');
    await peer.receiveStatus(200);
    peer.reply(update, 200, { body: 'answer' });
    await clock.until(done);
  });
});
