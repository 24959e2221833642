import { describe, expect, test } from 'vitest';
import { DigestServer } from '../auth/digest-server';
import { SipResponseError } from '../platform/errors';
import { seededRandomBytes } from '../testing/seeded-random';
import { leaveNothingBehind, PhoneAndPeer } from './testing/phone-and-peer';

leaveNothingBehind();

const routesOf = (message: { routes: { uri: object }[] }) => message.routes.map(({ uri }) => String(uri));

describe('answers', () => {
  test('each repeated 2xx is acknowledged again (RFC 3261 §13.2.2.4)', async () => {
    const { peer, clock, calling } = await start();
    const { invite } = await calling();
    for (let i = 0; i < 3; i++) peer.reply(invite, 200, { body: 'peer answer' });
    await clock.advance(10);
    expect(peer.log.filter((each) => each === '< ACK')).toHaveLength(4);
  });

  test('the ACK has the number of its INVITE, and goes the way of Record-Route to the Contact', async () => {
    const { peer, call } = await start();
    call();
    const invite = await peer.receive('INVITE');
    peer.reply(invite, 200, {
      body: 'answer',
      headers: [
        ['Record-Route', '<sip:far.example;lr>'],
        ['Record-Route', '<sip:192.0.2.2;lr>'],
        ['Contact', '<sip:desk@pbx.invalid>'],
      ],
    });
    const ack = await peer.receive('ACK');
    expect(ack.uriText).toBe('sip:desk@pbx.invalid');
    expect(routesOf(ack)).toEqual(['sip:192.0.2.2;lr', 'sip:far.example;lr']);
    expect(ack.cseq.sequence).toBe(invite.cseq.sequence);
    expect(ack.via.branch).not.toBe(invite.via.branch);
  });

  test('a peer of RFC 2543, without a tag and without Contact', async () => {
    const { peer, clock, call, ends } = await start();
    const session = call();
    const invite = await peer.receive('INVITE');
    peer.reply(invite, 180, { tag: '' });
    await clock.advance(10);
    expect(session.state).toBe('proceeding');
    peer.reply(invite, 200, { tag: '', body: 'answer', headers: [['Contact', '<sip:old@192.0.2.2>']] });
    await peer.receive('ACK');
    expect(session.state).toBe('confirmed');
    const done = session.terminate();
    const bye = await peer.receive('BYE');
    expect(bye.to.tag).toBeUndefined();
    peer.reply(bye, 200, { tag: '' });
    await clock.until(done);
    expect(ends).toEqual([{ by: 'local' }]);
  });

  test('a gateway that calls itself by a telephone number is reached over the flow it has answered by', async () => {
    const { peer, clock, call } = await start();
    const session = call();
    peer.reply(await peer.receive('INVITE'), 200, { body: 'answer', headers: [['Contact', '<tel:+15551234>']] });
    expect((await peer.receive('ACK')).uriText).toBe('tel:+15551234');
    const done = session.terminate();
    peer.reply(await peer.receive('BYE'), 200);
    await clock.until(done);
  });

  test('a BYE in the early dialog, which a callee must not send (§15), ends the call: the INVITE is cancelled', async () => {
    const { peer, clock, call, ends, pair } = await start();
    pair.outgoing = call();
    const invite = await peer.receive('INVITE');
    peer.reply(invite, 180);
    await clock.advance(10);
    pair.sendInside('BYE');
    await peer.receiveStatus(200);
    peer.reply(await peer.receive('CANCEL'), 200);
    expect(ends).toMatchObject([{ by: 'remote' }]);
    // It says no more: leaveNothingBehind looks whether the INVITE is waited for.
    await clock.advance(33_000);
    expect(pair.stack.load.transactions).toBe(0);
  });

  test('a redirection goes to the caller, contacts and all (§8.1.3.4)', async () => {
    const { peer, call, ends } = await start();
    call();
    peer.reply(await peer.receive('INVITE'), 302, {
      headers: [['Contact', '<sip:bob@elsewhere.example>;q=0.9, <sip:bob@home.example>']],
    });
    await peer.receive('ACK');
    expect(ends).toMatchObject([{ by: 'remote', status: 302 }]);
    expect((ends[0]!.message!.contacts as object[]).map(String)).toEqual([
      '<sip:bob@elsewhere.example>;q=0.9',
      '<sip:bob@home.example>',
    ]);
  });

  test('a refusal with Reason says why (RFC 3326)', async () => {
    const { peer, call, ends } = await start();
    call();
    peer.reply(await peer.receive('INVITE'), 480, {
      headers: [['Reason', 'Q.850;cause=19;text="no \\"answer\\" from user"']],
    });
    await peer.receive('ACK');
    expect(ends[0]).toMatchObject({ status: 480, reason: 'no "answer" from user' });
    expect(ends[0]!.error).toBeInstanceOf(SipResponseError);
  });

  test.each([
    ['no answer in the 200', { delayedOffer: false }, 'ERR_SIP_NO_ANSWER'],
    ['no offer in the 200 of an INVITE without one', { delayedOffer: true }, 'ERR_SIP_NO_OFFER'],
  ])('%s: acknowledged, then BYE', async (_, options, code) => {
    const { peer, clock, call, ends } = await start();
    call(options);
    peer.reply(await peer.receive('INVITE'), 200);
    await peer.receive('ACK');
    peer.reply(await peer.receive('BYE'), 200);
    await clock.advance(10);
    expect(ends).toMatchObject([{ by: 'error', error: { code } }]);
  });

  test('a callee may take hours, once there was a 100', async () => {
    const { peer, clock, call, ends } = await start();
    const session = call();
    const invite = await peer.receive('INVITE');
    peer.reply(invite, 100, { tag: '' });
    await clock.advance(3_600_000);
    expect([session.state, ends]).toEqual(['proceeding', []]);
    peer.reply(invite, 486);
    await peer.receive('ACK');
    expect(ends).toMatchObject([{ status: 486 }]);
  });
});

describe('early media (§13.2.1)', () => {
  test('the description of each provisional response is heard; the final one, when it differs, replaces it', async () => {
    const { peer, clock, call, media } = await start();
    call();
    const invite = await peer.receive('INVITE');
    peer.reply(invite, 183, { body: 'announcement' });
    peer.reply(invite, 183, { body: 'announcement' });
    peer.reply(invite, 180);
    await clock.advance(10);
    peer.reply(invite, 200, { body: 'bob' });
    await peer.receive('ACK');
    expect(media.log).toEqual(['A offer 1', 'accepted announcement', 'dropped', 'accepted bob']);
  });

  test('the answer of a 183 that the 200 does not repeat holds', async () => {
    const { peer, call, media } = await start();
    const session = call();
    const invite = await peer.receive('INVITE');
    peer.reply(invite, 183, { body: 'answer' });
    peer.reply(invite, 200);
    await peer.receive('ACK');
    expect(session.state).toBe('confirmed');
    expect(media.log).toEqual(['A offer 1', 'accepted answer']);
  });

  test('a preview that cannot be used does not end the call', async () => {
    const { peer, clock, call, media } = await start();
    const session = call();
    const invite = await peer.receive('INVITE');
    media.answerRefusal = new Error('nonsense');
    peer.reply(invite, 183, { body: 'nonsense' });
    await clock.advance(10);
    media.answerRefusal = undefined;
    peer.reply(invite, 200, { body: 'answer' });
    await peer.receive('ACK');
    expect(session.state).toBe('confirmed');
  });
});

describe('authentication (§22)', () => {
  const digest = (proxy: boolean) =>
    new DigestServer({ realm: 'r', password: () => 'right', proxy, random: seededRandomBytes(5) });

  test('challenged by proxy and callee: each is answered once, and the ACK carries the credentials', async () => {
    const { peer, call } = await start();
    const session = call({ credentials: { username: 'alice', password: 'right' } });
    const proxy = digest(true);
    const callee = digest(false);
    const first = await peer.receive('INVITE');
    peer.reply(first, 407, { headers: proxy.challenge() });
    await peer.receive('ACK');
    const second = await peer.receive('INVITE');
    expect((await proxy.verify(second)).ok).toBe(true);
    expect(second.cseq.sequence).toBe(first.cseq.sequence + 1);
    expect(second.callId).toBe(first.callId);
    expect(second.from.tag).toBe(first.from.tag);
    peer.reply(second, 401, { headers: callee.challenge() });
    await peer.receive('ACK');
    const third = await peer.receive('INVITE');
    expect((await callee.verify(third)).ok).toBe(true);
    peer.reply(third, 200, { body: 'answer' });
    const ack = await peer.receive('ACK');
    expect(ack.headers.get('Proxy-Authorization')).toBe(third.headers.get('Proxy-Authorization'));
    expect(ack.headers.get('Authorization')).toBe(third.headers.get('Authorization'));
    expect(session.state).toBe('confirmed');
    // Numbers of the dialog go on from there.
    void session.terminate();
    const bye = await peer.receive('BYE');
    expect(bye.cseq.sequence).toBe(third.cseq.sequence + 1);
    peer.reply(bye, 200);
  });

  test.each([
    ['a wrong password', { username: 'alice', password: 'wrong' }, 2],
    ['no credentials', undefined, 1],
  ])('%s: the challenge is the answer', async (_, credentials, invites) => {
    const { peer, call, clock, ends } = await start();
    call(credentials ? { credentials } : {});
    for (let i = 0; i < invites; i++) {
      peer.reply(await peer.receive('INVITE'), 401, { headers: digest(false).challenge() });
      await peer.receive('ACK');
    }
    await clock.advance(1_000);
    expect(ends).toMatchObject([{ by: 'remote', status: 401 }]);
    expect(peer.waiting).toEqual([]);
  });
});

describe('forks (§13.2.2.4)', () => {
  test('of several early dialogs the one that answers is the call; a loser hanging up ends nothing', async () => {
    const { peer, clock, call, ends, stack } = await start();
    const session = call();
    const invite = await peer.receive('INVITE');
    peer.reply(invite, 180, { tag: 'one' });
    peer.reply(invite, 180, { tag: 'two' });
    await clock.advance(10);
    expect(session.dialog!.remoteTag).toBe('one');
    expect(session.dialogs.map(({ remoteTag }) => remoteTag)).toEqual(['one', 'two']);
    peer.reply(invite, 200, { tag: 'two', body: 'two' });
    expect((await peer.receive('ACK')).to.tag).toBe('two');
    expect(session.dialog!.remoteTag).toBe('two');
    // The other one picks up too late.
    peer.reply(invite, 200, { tag: 'one', body: 'one' });
    expect((await peer.receive('ACK')).to.tag).toBe('one');
    const bye = await peer.receive('BYE');
    expect(bye.to.tag).toBe('one');
    peer.reply(bye, 200);
    // Its 200 again gets its own ACK again.
    peer.repeats = true;
    peer.reply(invite, 200, { tag: 'one', body: 'one' });
    expect((await peer.receive('ACK')).to.tag).toBe('one');
    peer.reply(invite, 200, { tag: 'two', body: 'two' });
    expect((await peer.receive('ACK')).to.tag).toBe('two');
    const late = session.dialog!.createRequest('BYE');
    late.from = Object.assign(session.dialog!.remote.clone(), { tag: 'one' });
    late.to = session.dialog!.local;
    peer.send(late, invite);
    await peer.receiveStatus(481);
    expect([session.state, ends, stack.load.sessions]).toEqual(['confirmed', [], 1]);
    expect(session.dialogs).toEqual([session.dialog]);
  });

  test('a BYE in an early dialog that is not the only one ends only that', async () => {
    const { peer, clock, call, ends } = await start();
    const session = call();
    const invite = await peer.receive('INVITE');
    peer.reply(invite, 180, { tag: 'one' });
    peer.reply(invite, 180, { tag: 'two' });
    await clock.advance(10);
    const bye = session.dialog!.createRequest('BYE', 5);
    bye.from = Object.assign(session.dialog!.remote.clone(), { tag: 'two' });
    bye.to = session.dialog!.local;
    peer.send(bye, invite);
    await peer.receiveStatus(200);
    expect([session.state, ends]).toEqual(['early', []]);
  });
});

describe('giving up', () => {
  test('a peer that rings on after the CANCEL is left after 64*T1 (§9.1)', async () => {
    const { peer, clock, call, ends } = await start();
    const session = call();
    const invite = await peer.receive('INVITE');
    peer.reply(invite, 180);
    await clock.advance(10);
    const done = session.terminate({ headers: [['Reason', 'SIP;cause=200;text="Call completed elsewhere"']] });
    const cancel = await peer.receive('CANCEL');
    expect(cancel.headers.get('Reason')).toContain('elsewhere');
    expect(cancel.cseq.sequence).toBe(invite.cseq.sequence);
    expect(cancel.via.branch).toBe(invite.via.branch);
    peer.reply(cancel, 200);
    await clock.advance(31_900);
    expect(ends).toEqual([]);
    await clock.until(done);
    expect(ends).toEqual([{ by: 'local' }]);
  });

  test('no CANCEL before a provisional response; then at once', async () => {
    const { peer, clock, call, media } = await start();
    const session = call();
    const invite = await peer.receive('INVITE');
    await clock.until(session.terminate());
    await clock.advance(400);
    expect(peer.waiting).toEqual([]);
    expect(media.log.at(-1)).toBe('rollback');
    peer.reply(invite, 100, { tag: '' });
    peer.reply(await peer.receive('CANCEL'), 200);
    peer.reply(invite, 487);
    await peer.receive('ACK');
  });

  test('an offerAnswer that throws when its offer is rolled back, or dropped, does not keep a call from ending', async () => {
    const { peer, clock, call, media, ends } = await start();
    const fail = () => {
      throw new Error('a mistake of the application');
    };
    media.rollback = fail;
    call();
    peer.reply(await peer.receive('INVITE'), 486);
    await peer.receive('ACK');
    const given = call();
    await peer.receive('INVITE');
    await clock.until(given.terminate());
    expect(ends).toMatchObject([{ by: 'remote', status: 486 }, { by: 'local' }]);
    const fork = media.fork.bind(media);
    media.fork = () => ({ ...fork(), dropped: fail });
    const forked = call();
    const invite = await peer.receive('INVITE');
    peer.reply(invite, 183, { tag: 'a', body: 'answer a' });
    await clock.advance(10);
    peer.reply(invite, 200, { tag: 'b', body: 'answer b' });
    await peer.receive('ACK');
    await clock.advance(10);
    expect(forked.state).toBe('confirmed');
  });

  test('while the offer is being made: nothing is ever sent', async () => {
    const { peer, clock, call, media, ends } = await start();
    const session = call();
    await clock.until(session.terminate());
    await clock.advance(1_000);
    expect(peer.log).toEqual([]);
    expect(ends).toEqual([{ by: 'local' }]);
    expect(media.log).toEqual(['A offer 1', 'rollback']);
  });

  test('while the answer is being taken: ACK, then BYE', async () => {
    const { peer, clock, call, media, ends } = await start();
    const session = call();
    const invite = await peer.receive('INVITE');
    let taken = () => {};
    media.pause = new Promise<void>((resolve) => {
      taken = resolve;
    });
    peer.reply(invite, 200, { body: 'answer' });
    await peer.receive('ACK');
    expect(session.state).toBe('answering');
    const done = session.terminate();
    await clock.advance(10);
    taken();
    peer.reply(await peer.receive('BYE'), 200);
    await clock.until(done);
    expect(ends).toEqual([{ by: 'local' }]);
  });

  test('a BYE nobody answers is over after 64*T1', async () => {
    const { peer, clock, calling, ends } = await start();
    const { session } = await calling();
    const done = session.terminate();
    await peer.receive('BYE');
    const began = clock.now();
    await clock.until(done);
    expect(clock.now() - began).toBeCloseTo(32_000, -2);
    expect(ends).toEqual([{ by: 'local' }]);
  });
});

describe('inside the dialog (§12.2)', () => {
  test('the peer’s new Contact is where the next request goes (§12.2.2)', async () => {
    const { pair, clock, peer, calling } = await start();
    const { session } = await calling();
    pair.outgoing = session;
    const reinvite = pair.sendInside('INVITE', { body: 'offer', contact: '<sip:moved@192.0.2.2>' });
    await peer.receiveStatus(200);
    pair.sendAck(reinvite);
    const answer = session.send('INFO');
    const info = await peer.receive('INFO');
    expect(info.uriText).toBe('sip:moved@192.0.2.2');
    peer.reply(info, 200);
    expect((await clock.until(answer)).status).toBe(200);
  });

  test.each([481, 408])('%d to any request ends the session', async (status) => {
    const { peer, clock, calling, ends } = await start();
    const { session } = await calling();
    const answer = session.send('INFO');
    peer.reply(await peer.receive('INFO'), status);
    expect((await clock.until(answer)).status).toBe(status);
    if (status === 408) peer.reply(await peer.receive('BYE'), 481);
    expect(ends).toMatchObject([{ by: 'remote', status }]);
  });

  test('no answer at all: BYE, and the session is over', async () => {
    const { peer, clock, calling, ends } = await start();
    const { session } = await calling();
    const answer = session.send('INFO');
    await peer.receive('INFO');
    await expect(clock.until(answer)).rejects.toMatchObject({ code: 'ERR_SIP_TIMEOUT' });
    peer.reply(await peer.receive('BYE'), 200);
    expect(ends).toMatchObject([{ by: 'error', status: 408, error: { code: 'ERR_SIP_TIMEOUT' } }]);
  });

  test('after the end there is no dialog to send in', async () => {
    const { peer, clock, calling } = await start();
    const { session } = await calling();
    const done = session.terminate();
    peer.reply(await peer.receive('BYE'), 200);
    await clock.until(done);
    await expect(session.send('INFO')).rejects.toMatchObject({ code: 'ERR_SIP_STATE' });
    await expect(session.reinvite()).rejects.toMatchObject({ code: 'ERR_SIP_STATE' });
    await session.terminate();
  });
});

async function start(...args: Parameters<typeof PhoneAndPeer.start>) {
  const pair = await PhoneAndPeer.start(...args);
  const { peer, clock, media, ends, stack, network } = pair;
  return {
    pair,
    peer,
    clock,
    media,
    ends,
    stack,
    network,
    call: pair.call.bind(pair),
    calling: pair.calling.bind(pair),
  };
}
