import { describe, expect, test } from 'vitest';
import type { SipRequest } from '../message/request';
import { leaveNothingBehind, PhoneAndPeer } from './testing/phone-and-peer';

leaveNothingBehind();

type Options = Parameters<typeof PhoneAndPeer.start>[0];
type Headers = readonly (readonly [string, string])[];

const ALLOW = ['Allow', 'INVITE, ACK, BYE, UPDATE'] as const;
const expires = (text: string): Headers => [['Session-Expires', text], ALLOW];
const timer = (message: { headers: { get(name: string): string | undefined } }) =>
  message.headers.get('Session-Expires');

async function start(options: Options = {}) {
  const pair = await PhoneAndPeer.start(options);
  return { pair, peer: pair.peer, clock: pair.clock, media: pair.media, ends: pair.ends };
}

/** A call of ours that the peer has answered with these header fields. */
async function calling(headers: Headers, options: Options = {}) {
  const lab = await start(options);
  const session = lab.pair.call();
  lab.pair.outgoing = session;
  const invite = await lab.peer.receive('INVITE');
  lab.peer.reply(invite, 200, { body: 'answer', headers });
  await lab.peer.receive('ACK');
  return { ...lab, session, invite };
}

/** A call of the peer that we have answered. */
async function called(headers: Headers, options: Options = {}) {
  const lab = await start(options);
  const invite = lab.pair.send('INVITE', { body: 'offer', headers });
  await lab.clock.advance(10);
  const session = lab.pair.incoming!;
  const accepted = session.accept();
  const ok = await lab.peer.receiveStatus(200);
  lab.pair.sendAck(invite);
  await lab.clock.until(accepted);
  return { ...lab, session, ok };
}

const seconds = (count: number) => count * 1_000;

describe('a call of ours (RFC 4028 §7)', () => {
  test('asks for half an hour, and leaves open who refreshes', async () => {
    const { invite, session } = await calling([]);
    expect([timer(invite), invite.headers.has('Min-SE')]).toEqual(['1800', false]);
    expect(invite.supported).toContain('timer');
    expect(session.sessionTimer).toBeUndefined();
  });

  test('we refresh at half of the interval, by UPDATE where the peer allows it', async () => {
    const { peer, clock, session, media } = await calling(expires('600;refresher=uac'));
    expect(session.sessionTimer).toEqual({ interval: 600, refresher: 'local' });
    for (let count = 0; count < 3; count++) {
      const began = clock.now();
      const update = await peer.receive('UPDATE', seconds(301));
      expect(clock.now() - began).toBeGreaterThan(seconds(299));
      expect([timer(update), update.body.length]).toEqual(['600;refresher=uac', 0]);
      peer.reply(update, 200, { headers: expires('600;refresher=uac') });
    }
    expect(media.log).toEqual(['A offer 1', 'accepted answer']);
  });

  test('else by a re-INVITE with a description; a refused UPDATE is followed by one', async () => {
    const plain = await calling([['Session-Expires', '100;refresher=uac']]);
    const reinvite = await plain.peer.receive('INVITE', seconds(51));
    expect([timer(reinvite), reinvite.text]).toEqual(['100;refresher=uac', 'A offer 2']);
    plain.peer.reply(reinvite, 200, { body: 'answer', headers: expires('100;refresher=uac') });
    await plain.peer.receive('ACK');
    // From now on the peer says that it allows UPDATE, and refuses it.
    plain.peer.reply(await plain.peer.receive('UPDATE', seconds(51)), 405);
    const second = await plain.peer.receive('INVITE');
    plain.peer.reply(second, 200, { body: 'answer', headers: [['Session-Expires', '100;refresher=uac']] });
    await plain.peer.receive('ACK');
    expect(plain.session.state).toBe('confirmed');
  });

  test('the peer was to refresh and does not: BYE a third of the interval, or 32 s, before its end (§10)', async () => {
    const { peer, clock, ends } = await calling(expires('300;refresher=uas'));
    const began = clock.now();
    const bye = await peer.receive('BYE', seconds(300));
    expect(clock.now() - began).toBeGreaterThan(seconds(267));
    expect(clock.now() - began).toBeLessThan(seconds(269));
    expect(bye.headers.get('Reason')).toContain('cause=408');
    peer.reply(bye, 200);
    await clock.advance(10);
    expect(ends).toMatchObject([{ by: 'error', status: 408, error: { code: 'ERR_SIP_SESSION_EXPIRED' } }]);
  });

  test('it refreshes in time: the session lives on', async () => {
    const { pair, peer, clock, session } = await calling(expires('300;refresher=uas'));
    for (let count = 0; count < 4; count++) {
      await clock.advance(seconds(200));
      pair.sendInside('UPDATE', { headers: [...expires('300;refresher=uac'), ['Supported', 'timer']] });
      const ok = await peer.receiveStatus(200);
      expect([timer(ok), ok.require]).toEqual(['300;refresher=uac', ['timer']]);
    }
    expect([session.state, session.sessionTimer]).toEqual(['confirmed', { interval: 300, refresher: 'remote' }]);
  });

  test('nobody answers our refresh: the session ends', async () => {
    const { peer, clock, ends } = await calling(expires('100;refresher=uac'));
    await peer.receive('UPDATE', seconds(51));
    const bye = await peer.receive('BYE');
    peer.reply(bye, 481);
    await clock.advance(10);
    expect(ends).toMatchObject([{ by: 'error', status: 408 }]);
  });

  test('a refused refresh is tried again until there is no time left', async () => {
    const { peer, clock, ends } = await calling(expires('100;refresher=uac'));
    let refused = 0;
    const began = clock.now();
    while (clock.now() - began < seconds(60)) {
      peer.reply(await peer.receive('UPDATE', seconds(51)), 488);
      refused++;
    }
    expect(refused).toBeGreaterThan(1);
    peer.reply(await peer.receive('BYE'), 200);
    await clock.advance(10);
    expect(ends).toMatchObject([{ error: { code: 'ERR_SIP_SESSION_EXPIRED' } }]);
  });

  test('422: the same call again, with an interval that is long enough (§7.3)', async () => {
    const { pair, peer, clock, media } = await start({ sessionTimer: { expires: 120 } });
    const session = pair.call();
    const first = await peer.receive('INVITE');
    peer.reply(first, 422, { headers: [['Min-SE', '200']] });
    await peer.receive('ACK');
    const second = await peer.receive('INVITE');
    expect([timer(second), second.headers.get('Min-SE'), second.text]).toEqual(['200', '200', 'A offer 1']);
    expect([second.callId, second.from.tag, second.cseq.sequence]).toEqual([
      first.callId,
      first.from.tag,
      first.cseq.sequence + 1,
    ]);
    peer.reply(second, 422, { headers: [['Min-SE', '300']] });
    await peer.receive('ACK');
    const third = await peer.receive('INVITE');
    peer.reply(third, 200, { body: 'answer', headers: expires('300;refresher=uac') });
    await peer.receive('ACK');
    await clock.advance(1);
    expect([session.state, session.sessionTimer]).toEqual(['confirmed', { interval: 300, refresher: 'local' }]);
    expect(media.log).toEqual(['A offer 1', 'accepted answer']);
  });

  test('and demands timers once, when it demands them', async () => {
    const { pair, peer } = await start({ sessionTimer: { expires: 120, required: true } });
    pair.call();
    peer.reply(await peer.receive('INVITE'), 422, { headers: [['Min-SE', '200']] });
    await peer.receive('ACK');
    const second = await peer.receive('INVITE');
    expect(second.require).toEqual(['timer']);
    peer.reply(second, 486);
    await peer.receive('ACK');
  });

  test('a 422 that asks for no more than there was is a refusal', async () => {
    const { pair, peer, ends } = await start();
    pair.call();
    peer.reply(await peer.receive('INVITE'), 422, { headers: [['Min-SE', '90']] });
    await peer.receive('ACK');
    pair.call();
    peer.reply(await peer.receive('INVITE'), 422);
    await peer.receive('ACK');
    expect(ends).toMatchObject([{ status: 422 }, { status: 422 }]);
  });

  test('a refresh may be told 422 as well', async () => {
    const { peer, session, clock } = await calling(expires('100;refresher=uac'));
    peer.reply(await peer.receive('UPDATE', seconds(51)), 422, { headers: [['Min-SE', '180']] });
    const again = await peer.receive('UPDATE');
    expect([timer(again), again.headers.get('Min-SE')]).toEqual(['180;refresher=uac', '180']);
    peer.reply(again, 200, { headers: expires('180;refresher=uac') });
    await clock.advance(1);
    expect(session.sessionTimer).toEqual({ interval: 180, refresher: 'local' });
  });

  test('a re-INVITE for another reason refreshes too, and a 2xx without the header field ends the timer', async () => {
    const { peer, clock, session, media } = await calling(expires('200;refresher=uac'));
    await clock.advance(seconds(90));
    const changed = session.reinvite();
    const reinvite = await peer.receive('INVITE');
    expect(timer(reinvite)).toBe('200;refresher=uac');
    peer.reply(reinvite, 200, { body: 'held', headers: expires('200;refresher=uac') });
    await clock.until(changed);
    await peer.receive('ACK');
    await clock.advance(seconds(90));
    expect(peer.waiting).toEqual([]);
    peer.reply(await peer.receive('UPDATE'), 200);
    await clock.advance(seconds(100_000));
    expect([session.state, session.sessionTimer, media.log.length]).toEqual(['confirmed', undefined, 4]);
  });

  test('who does not want any asks for none, and takes none', async () => {
    const { invite, session } = await calling(expires('100;refresher=uac'), { sessionTimer: false });
    expect([timer(invite), invite.supported.includes('timer'), session.sessionTimer]).toEqual([
      undefined,
      false,
      undefined,
    ]);
  });

  test('one call may have settings of its own', async () => {
    const { pair, peer } = await start();
    const read = async (options: Parameters<typeof pair.call>[0]) => {
      pair.call(options);
      const invite = await peer.receive('INVITE');
      peer.reply(invite, 486);
      await peer.receive('ACK');
      return invite;
    };
    const off = await read({ sessionTimer: false });
    expect([timer(off), off.supported.includes('timer')]).toEqual([undefined, false]);
    const strict = await read({ sessionTimer: { expires: 240, minimum: 120, refresher: 'remote', required: true } });
    expect([timer(strict), strict.headers.get('Min-SE'), strict.require]).toEqual([
      '240;refresher=uas',
      '120',
      ['timer'],
    ]);
  });
});

describe('a call of the peer (RFC 4028 §9)', () => {
  const knows: Headers = [['Supported', 'timer'], ALLOW];

  test.each<[string, Headers, Options, string | undefined, string[]]>([
    ['asks for nothing and knows nothing', [], {}, undefined, []],
    ['knows timers: ours is proposed, the caller refreshes', knows, {}, '1800;refresher=uac', ['timer']],
    ['asks for less than ours', [...knows, ['Session-Expires', '120']], {}, '120;refresher=uac', ['timer']],
    ['asks for more than ours', [...knows, ['Session-Expires', '7200']], {}, '1800;refresher=uac', ['timer']],
    [
      'asks for more, and a proxy can take no less',
      [...knows, ['Session-Expires', '7200'], ['Min-SE', '3600']],
      {},
      '3600;refresher=uac',
      ['timer'],
    ],
    ['wants us to refresh', [...knows, ['Session-Expires', '120;refresher=uas']], {}, '120;refresher=uas', []],
    [
      'leaves it open, and we want to',
      [...knows, ['Session-Expires', '120']],
      { sessionTimer: { refresher: 'local' } },
      '120;refresher=uas',
      [],
    ],
    [
      'knows nothing, a proxy on the way asks: we see to it',
      [['Session-Expires', '120'], ALLOW],
      {},
      '120;refresher=uas',
      [],
    ],
    ['is not ours to time', [...knows, ['Session-Expires', '120']], { sessionTimer: false }, undefined, []],
  ])('%s', async (_, headers, options, granted, required) => {
    const { ok } = await called(headers, options);
    expect([timer(ok), ok.require]).toEqual([granted, required]);
  });

  test('422 with Min-SE when it asks for less than our minimum, before and in the call', async () => {
    const short: Headers = [
      ['Session-Expires', '100'],
      ['Supported', 'timer'],
    ];
    const { pair, peer } = await called([], { sessionTimer: { minimum: 180, expires: 600 } });
    for (const method of ['INVITE', 'UPDATE']) {
      const request: SipRequest = pair.sendInside(method, { headers: short });
      const refusal = await peer.receiveStatus(422);
      expect(refusal.headers.get('Min-SE')).toBe('180');
      expect(request.method).toBe(method);
    }
    const other = pair.request('INVITE', { headers: short, body: 'offer' });
    other.callId = 'a-new-call';
    peer.send(other, pair.stack.transports[0]!.local);
    expect((await peer.receiveStatus(422)).headers.get('Min-SE')).toBe('180');
  });

  test('421 when there are only calls with a timer, 400 when nobody can read what it asks for', async () => {
    const { pair, peer } = await start({ sessionTimer: { required: true } });
    pair.send('INVITE', { body: 'offer' });
    expect((await peer.receiveStatus(421)).require).toEqual(['timer']);
    pair.send('INVITE', { sequence: 2, body: 'offer', headers: [['Session-Expires', 'soon'], ...knows] });
    await peer.receiveStatus(400);
  });

  test('we refresh when it is ours to, even toward a peer that knows nothing of it', async () => {
    const { peer, session, clock } = await called([['Session-Expires', '120'], ALLOW]);
    for (let count = 0; count < 3; count++) {
      const update = await peer.receive('UPDATE', seconds(61));
      expect(timer(update)).toBe('120;refresher=uac');
      peer.reply(update, 200, { headers: [['Session-Expires', '120;refresher=uac']] });
      await clock.advance(1);
    }
    expect(session.state).toBe('confirmed');
  });

  test('a change by the peer that says nothing of the timer leaves it to the one who had it', async () => {
    const { pair, peer, session, clock } = await called([...knows, ['Session-Expires', '200;refresher=uas']]);
    await clock.advance(seconds(50));
    const hold = pair.sendInside('INVITE', { body: 'hold', headers: [['Supported', 'timer']] });
    expect(timer(await peer.receiveStatus(200))).toBe('1800;refresher=uas');
    pair.sendAck(hold);
    await clock.advance(1);
    expect(session.sessionTimer).toEqual({ interval: 1_800, refresher: 'local' });
  });
});
