import { describe, expect, test } from 'vitest';
import { DigestServer } from '../auth/digest-server';
import { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import { SipError } from '../platform/errors';
import { seededRandomBytes } from '../testing/seeded-random';
import { leaveNothingBehind, PhoneAndPeer } from './testing/phone-and-peer';

leaveNothingBehind();

describe('ringing and answering (RFC 3261 §13.3)', () => {
  test('100 after 200 ms, 180 with what the application adds, 200, ACK', async () => {
    const { pair, peer, clock, media } = await start();
    pair.send('INVITE', { body: 'offer' });
    const trying = await peer.receiveStatus(100);
    expect(trying.to.tag).toBeUndefined();
    expect(clock.now()).toBeCloseTo(202, -1);
    const session = pair.incoming!;
    await session.ring({ headers: [['Allow-Events', 'talk, hold']] });
    const ringing = await peer.receiveStatus(180);
    expect(ringing.headers.get('Allow-Events')).toBe('talk, hold');
    expect(ringing.contact!.uri.toString()).toBe('sip:alice@192.0.2.1:5060');
    expect(ringing.allow).toEqual(['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'UPDATE', 'PRACK']);
    const accepted = session.accept();
    const ok = await peer.receiveStatus(200);
    expect(ok.to.tag).toBe(ringing.to.tag);
    expect(ok.text).toBe('A answer 1');
    pair.sendAck(pair.incoming!.invite);
    await clock.until(accepted);
    expect([session.state, media.log]).toEqual(['confirmed', ['A answer 1 to offer']]);
  });

  test('Record-Route goes back in the 180 and 200, and our requests take that way', async () => {
    const { pair, peer, clock } = await start();
    pair.send('INVITE', {
      body: 'offer',
      contact: '<sip:agent@pbx.invalid>',
      headers: [['Record-Route', '<sip:192.0.2.2;lr>, <sip:second.example;lr>']],
    });
    await clock.advance(10);
    void pair.incoming!.accept();
    const ok = await peer.receiveStatus(200);
    expect(ok.recordRoutes).toHaveLength(2);
    pair.sendAck(pair.incoming!.invite);
    await clock.advance(10);
    void pair.incoming!.terminate();
    const bye = await peer.receive('BYE');
    expect(bye.uriText).toBe('sip:agent@pbx.invalid');
    expect(bye.routes.map(({ uri }) => uri.toString())).toEqual(['sip:192.0.2.2;lr', 'sip:second.example;lr']);
    expect(bye.from.tag).toBe(ok.to.tag);
    peer.reply(bye, 200);
  });

  test('ringing is repeated each minute (§13.3.1.1)', async () => {
    const { pair, peer, clock } = await start();
    peer.repeats = true;
    pair.send('INVITE', { body: 'offer' });
    await clock.advance(10);
    await pair.incoming!.ring();
    await clock.advance(185_000);
    expect(peer.log.filter((each) => each === '< 180 INVITE')).toHaveLength(4);
    pair.incoming!.reject(486);
    peer.repeats = false;
  });

  test('an INVITE that expires is answered 487 (§13.3.1)', async () => {
    const { pair, clock, ends } = await start();
    pair.send('INVITE', { body: 'offer', headers: [['Expires', '20']] });
    await clock.advance(19_000);
    expect(ends).toEqual([]);
    await clock.advance(2_000);
    expect(ends).toMatchObject([{ by: 'remote', status: 487 }]);
  });

  test('redirected: the contacts, the best first (§13.3.1.2)', async () => {
    const { pair, peer, clock } = await start();
    pair.send('INVITE', { body: 'offer' });
    await clock.advance(10);
    pair.incoming!.redirect([NameAddr.parse('<sip:a@desk.example>'), NameAddr.parse('<sip:a@home.example>').uri]);
    const moved = await peer.receiveStatus(302);
    expect((moved.contacts as NameAddr[]).map(String)).toEqual(['<sip:a@desk.example>', '<sip:a@home.example>']);
  });

  test('statuses that do not fit, and answers that come too late, are the caller’s mistake', async () => {
    const { pair, clock } = await start();
    pair.send('INVITE', { body: 'offer' });
    await clock.advance(10);
    const session = pair.incoming!;
    await expect(session.ring({ status: 200 })).rejects.toThrow(RangeError);
    expect(() => session.reject(200)).toThrow(RangeError);
    expect(() => session.redirect([], 404)).toThrow(RangeError);
    session.reject(486);
    expect(() => session.reject(486)).toThrow('too late');
    await expect(session.ring()).rejects.toMatchObject({ code: 'ERR_SIP_STATE' });
    await expect(session.accept()).rejects.toMatchObject({ code: 'ERR_SIP_STATE' });
  });

  test('an offer that cannot be answered early is refused then', async () => {
    const { pair, peer, clock, media, ends } = await start();
    media.refusal = new SipError('no codec', { status: 488 });
    pair.send('INVITE', { body: 'offer' });
    await clock.advance(10);
    await expect(pair.incoming!.ring({ earlyMedia: true })).rejects.toThrow('no codec');
    const refusal = await peer.receiveStatus(488);
    expect(refusal.headers.get('Warning')).toBe('399 offhook "no codec"');
    expect(ends).toMatchObject([{ by: 'error', status: 488 }]);
  });

  test('an INVITE without Contact is refused 400', async () => {
    const { pair, peer } = await start();
    const invite = pair.request('INVITE', { body: 'offer' });
    invite.contact = undefined;
    peer.send(invite, { host: '192.0.2.1', port: 5060 });
    await peer.receiveStatus(400);
    expect(pair.incoming).toBeUndefined();
  });
});

describe('without an offer (RFC 3725 flow I)', () => {
  test('our offer in the 200 waits half a minute for the ACK with the answer', async () => {
    const { pair, peer, clock, media } = await start();
    const invite = pair.send('INVITE');
    await clock.advance(10);
    const accepted = pair.incoming!.accept();
    expect((await peer.receiveStatus(200)).text).toBe('A offer 1');
    await clock.advance(30_000);
    expect(pair.incoming!.state).toBe('answering');
    expect(peer.log.filter((each) => each === '< 200 INVITE').length).toBeGreaterThan(8);
    pair.sendAck(invite, 'late answer');
    await clock.until(accepted);
    expect([pair.incoming!.state, media.log]).toEqual(['confirmed', ['A offer 1', 'accepted late answer']]);
  });

  test.each([
    ['an ACK without an answer', undefined, undefined, 'ERR_SIP_NO_ANSWER'],
    ['an answer that cannot be used', 'nonsense', new SipError('nonsense', { code: 'ERR_TEST' }), 'ERR_TEST'],
  ])('%s: BYE', async (_, body, refusal, code) => {
    const { pair, peer, clock, media, ends } = await start();
    const invite = pair.send('INVITE');
    await clock.advance(10);
    media.answerRefusal = refusal;
    const accepted = pair.incoming!.accept();
    await peer.receiveStatus(200);
    pair.sendAck(invite, body);
    await expect(clock.until(accepted)).rejects.toMatchObject({ code });
    peer.reply(await peer.receive('BYE'), 200);
    expect(ends).toMatchObject([{ by: 'error', status: 488 }]);
    expect(media.log.at(-1)).toBe('rollback');
  });

  test('cancelled while the offer is being made: rolled back', async () => {
    const { pair, peer, clock, media, ends } = await start();
    const invite = pair.send('INVITE');
    await clock.advance(10);
    let made = () => {};
    media.pause = new Promise<void>((resolve) => {
      made = resolve;
    });
    const accepted = pair.incoming!.accept();
    cancel(pair, invite);
    await peer.receiveStatus(200);
    await peer.receiveStatus(487);
    made();
    await expect(accepted).rejects.toMatchObject({ code: 'ERR_SIP_STATE' });
    expect(ends).toMatchObject([{ by: 'remote', status: 487 }]);
    expect(media.log.at(-1)).toBe('rollback');
  });
});

describe('the caller goes away', () => {
  test('CANCEL: 200, and 487 to the INVITE; the Reason is told', async () => {
    const { pair, peer, clock, ends } = await start();
    const invite = pair.send('INVITE', { body: 'offer' });
    await clock.advance(10);
    await pair.incoming!.ring();
    await peer.receiveStatus(180);
    cancel(pair, invite, 'SIP;cause=200;text="Call completed elsewhere"');
    expect((await peer.receiveStatus(200)).cseq.method).toBe('CANCEL');
    expect((await peer.receiveStatus(487)).cseq.method).toBe('INVITE');
    expect(ends).toMatchObject([{ by: 'remote', status: 487, reason: 'Call completed elsewhere' }]);
  });

  test('BYE in the early dialog: 200, and 487 to the INVITE (§15.1.2)', async () => {
    const { pair, peer, clock, ends } = await start();
    pair.send('INVITE', { body: 'offer' });
    await clock.advance(10);
    await pair.incoming!.ring();
    await peer.receiveStatus(180);
    pair.sendInside('BYE');
    expect((await peer.receiveStatus(200)).cseq.method).toBe('BYE');
    expect((await peer.receiveStatus(487)).cseq.method).toBe('INVITE');
    expect(ends).toMatchObject([{ by: 'remote' }]);
  });

  test('a CANCEL after the 200 changes nothing (§9.2)', async () => {
    const { pair, peer, session } = await answered();
    cancel(pair, session.invite);
    await peer.receiveStatus(200);
    expect(session.state).toBe('confirmed');
  });
});

describe('inside the dialog', () => {
  test('NOTIFY talk in the early dialog, without a subscription: its 200 goes first, then that of the INVITE', async () => {
    const { pair, peer, clock } = await start();
    const invite = pair.send('INVITE', { body: 'offer' });
    await clock.advance(10);
    const session = pair.incoming!;
    session.on('request', (transaction) => {
      transaction.reply(200);
      void session.accept();
    });
    await session.ring();
    await peer.receiveStatus(180);
    pair.sendInside('NOTIFY', {
      headers: [
        ['Event', 'talk'],
        ['Subscription-State', 'active'],
        ['X-Genesys-CallUUID', '00000000000000000000000000000001'],
      ],
    });
    expect((await peer.receiveStatus(200)).cseq.method).toBe('NOTIFY');
    expect((await peer.receiveStatus(200)).cseq.method).toBe('INVITE');
    pair.sendAck(invite);
    await clock.advance(10);
    expect(session.state).toBe('confirmed');
  });

  test('REFER goes to the application too', async () => {
    const { pair, peer, session } = await answered();
    const seen: SipRequest[] = [];
    session.on('request', (transaction) => {
      seen.push(transaction.request);
      transaction.reply(202);
    });
    pair.sendInside('REFER', { headers: [['Refer-To', '<sip:carol@192.0.2.9>']] });
    await peer.receiveStatus(202);
    expect(seen[0]!.headers.get('Refer-To')).toBe('<sip:carol@192.0.2.9>');
  });

  test('what nobody answers: 405 with Allow, 489, 420, 481, capabilities for OPTIONS', async () => {
    const { pair, peer } = await answered();
    pair.sendInside('INFO');
    expect((await peer.receiveStatus(405)).allow).toContain('INVITE');
    pair.sendInside('NOTIFY', { headers: [['Event', 'weather']] });
    await peer.receiveStatus(489);
    pair.sendInside('INVITE', { body: 'offer', headers: [['Require', 'telepathy']] });
    expect((await peer.receiveStatus(420)).headers.get('Unsupported')).toBe('telepathy');
    pair.sendInside('OPTIONS');
    expect((await peer.receiveStatus(200)).headers.get('Accept')).toBe('application/sdp');
    const stray = pair.request('INFO', { sequence: 5 });
    stray.to = NameAddr.parse('<sip:alice@192.0.2.1>;tag=nobody');
    peer.send(stray, { host: '192.0.2.1', port: 5060 });
    await peer.receiveStatus(481);
  });

  test('a number that does not rise is out of order: 500 (§12.2.2)', async () => {
    const { pair, peer } = await answered();
    pair.sendInside('OPTIONS', { sequence: 50 });
    await peer.receiveStatus(200);
    pair.sendInside('OPTIONS', { sequence: 49 });
    await peer.receiveStatus(500);
  });

  test('a request left open when the session ends gets 487 (§15.1.2)', async () => {
    const { pair, peer, session } = await answered();
    session.on('request', () => {});
    pair.sendInside('INFO');
    pair.sendInside('BYE');
    expect((await peer.receiveStatus(200)).cseq.method).toBe('BYE');
    expect((await peer.receiveStatus(487)).cseq.method).toBe('INFO');
  });

  test('our requests answer a challenge when there are credentials', async () => {
    const { peer, session } = await answered();
    const digest = new DigestServer({ realm: 'r', password: () => 'secret', random: seededRandomBytes(4) });
    session.credentials = { username: 'alice', password: 'secret' };
    void session.send('INFO');
    peer.reply(await peer.receive('INFO'), 401, { headers: digest.challenge() });
    const again = await peer.receive('INFO');
    expect((await digest.verify(again)).ok).toBe(true);
    peer.reply(again, 200);
  });
});

function cancel(pair: PhoneAndPeer, invite: SipRequest, reason?: string): void {
  const request = pair.request('CANCEL', reason === undefined ? {} : { headers: [['Reason', reason]] });
  request.headers.prepend('Via', invite.via);
  pair.peer.sendAsIs(request, { host: '192.0.2.1', port: 5060 });
}

async function start(...args: Parameters<typeof PhoneAndPeer.start>) {
  const pair = await PhoneAndPeer.start(...args);
  const { peer, clock, media, ends } = pair;
  return { pair, peer, clock, media, ends };
}

/** A call of the peer that we have answered. */
async function answered() {
  const { pair, peer, clock, media, ends } = await start();
  const invite = pair.send('INVITE', { body: 'offer' });
  await clock.advance(10);
  const session = pair.incoming!;
  const accepted = session.accept();
  await peer.receiveStatus(200);
  pair.sendAck(invite);
  await clock.until(accepted);
  return { pair, peer, clock, media, ends, session };
}
