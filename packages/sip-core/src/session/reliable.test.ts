import { describe, expect, test } from 'vitest';
import * as Header from '../headers/header';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { SipStack } from '../stack/sip-stack';
import { ScriptedMedia } from '../testing/scripted-media';
import { seededRandomBytes } from '../testing/seeded-random';
import { leaveNothingBehind, PhoneAndPeer } from './testing/phone-and-peer';

leaveNothingBehind();

const CAN = [['Supported', '100rel']] as const;

async function start(...args: Parameters<typeof PhoneAndPeer.start>) {
  const pair = await PhoneAndPeer.start(...args);
  /** The PRACK of a response, from the peer. */
  const prack = (response: SipResponse, options: { rack?: string; body?: string } = {}): SipRequest => {
    const rseq = Header.RSeq.read(response);
    const rack = options.rack ?? `${rseq} ${response.cseq.sequence} INVITE`;
    return pair.sendInside('PRACK', {
      headers: [['RAck', rack]],
      ...(options.body !== undefined && { body: options.body }),
    });
  };
  const log = (begins: string) => pair.peer.log.filter((each) => each.startsWith(begins));
  const invited = async (options: Parameters<typeof pair.send>[1] = { body: 'offer', headers: CAN }) => {
    const invite = pair.send('INVITE', options);
    await pair.clock.advance(10);
    return { invite, session: pair.incoming! };
  };
  return { pair, peer: pair.peer, clock: pair.clock, media: pair.media, ends: pair.ends, prack, log, invited };
}

describe('reliable provisional responses of ours (RFC 3262 §3)', () => {
  test('are repeated at T1, 2*T1, 4*T1 … until the PRACK comes, which is answered 200', async () => {
    const { peer, clock, prack, log, invited } = await start();
    const { session } = await invited();
    await session.ring({ reliable: true });
    const ringing = await peer.receiveStatus(180);
    expect(ringing.require).toEqual(['100rel']);
    expect(Header.RSeq.read(ringing)).toBeGreaterThan(0);
    await clock.advance(500 + 1_000 + 2_000 + 4_000 + 8_000 + 100);
    expect(log('< 180')).toHaveLength(6);
    prack(ringing);
    expect((await peer.receiveStatus(200)).cseq.method).toBe('PRACK');
    await clock.advance(20_000);
    expect(log('< 180')).toHaveLength(6);
    session.reject(486);
    await peer.receiveStatus(486);
  });

  test('nobody acknowledges: the INVITE is refused with 504 after 64*T1', async () => {
    const { peer, clock, ends, invited } = await start();
    const { session } = await invited();
    await session.ring({ reliable: true });
    await peer.receiveStatus(180);
    await clock.advance(32_100);
    await peer.receiveStatus(504);
    expect(session.state).toBe('terminated');
    expect(ends).toMatchObject([{ by: 'error', status: 504, error: { code: 'ERR_SIP_NO_PRACK' } }]);
  });

  test('a caller that demands them gets nothing else', async () => {
    const { peer, prack, invited } = await start();
    const { session } = await invited({ body: 'offer', headers: [['Require', '100rel']] });
    await session.ring({ reliable: false });
    const ringing = await peer.receiveStatus(180);
    expect(ringing.require).toEqual(['100rel']);
    prack(ringing);
    await peer.receiveStatus(200);
    session.reject(486);
    await peer.receiveStatus(486);
  });

  test('a caller that does not know them gets plain ones', async () => {
    const { peer, clock, log, invited } = await start();
    const { session } = await invited({ body: 'offer' });
    await session.ring({ reliable: true, earlyMedia: true });
    const progress = await peer.receiveStatus(183);
    expect([progress.require, progress.text]).toEqual([[], 'A answer 1']);
    await clock.advance(2_000);
    expect(log('< 183')).toHaveLength(1);
    session.reject(486);
    await peer.receiveStatus(486);
  });

  test('go one by one, numbered one after the other; what waits goes when the one before is acknowledged', async () => {
    const { peer, prack, invited } = await start();
    const { session } = await invited();
    await session.ring({ status: 181, reliable: true });
    await session.ring({ status: 180, reliable: true });
    const first = await peer.receiveStatus(181);
    prack(first);
    const [one, two] = [await peer.receiveStatus(180), await peer.receiveStatus(200)];
    expect(two.cseq.method).toBe('PRACK');
    expect(Header.RSeq.read(one)).toBe(Header.RSeq.read(first)! + 1);
    prack(one);
    await peer.receiveStatus(200);
    session.reject(600);
    await peer.receiveStatus(600);
  });

  test('an answer in one: the 200 waits for its PRACK, and has no description of its own', async () => {
    const { pair, peer, clock, media, prack, log, invited } = await start();
    const { session, invite } = await invited();
    await session.ring({ earlyMedia: true });
    const progress = await peer.receiveStatus(183);
    expect([progress.require, progress.text]).toEqual([['100rel'], 'A answer 1']);
    const accepted = session.accept();
    await clock.advance(400);
    expect(log('< 200')).toEqual([]);
    prack(progress);
    expect((await peer.receiveStatus(200)).cseq.method).toBe('PRACK');
    const ok = await peer.receiveStatus(200);
    expect([ok.cseq.method, ok.text, ok.contentType]).toEqual(['INVITE', '', undefined]);
    pair.sendAck(invite);
    await clock.until(accepted);
    expect(media.log).toEqual(['A answer 1 to offer']);
  });

  test('without an offer in the INVITE the first one brings ours, and the PRACK the answer (§5)', async () => {
    const { pair, peer, clock, media, prack, invited } = await start();
    const { session, invite } = await invited({ headers: [['Require', '100rel']] });
    await session.ring();
    const ringing = await peer.receiveStatus(180);
    expect(ringing.text).toBe('A offer 1');
    prack(ringing, { body: 'their answer' });
    await peer.receiveStatus(200);
    const accepted = session.accept();
    expect((await peer.receiveStatus(200)).body).toHaveLength(0);
    pair.sendAck(invite);
    await clock.until(accepted);
    expect([session.state, media.log]).toEqual(['confirmed', ['A offer 1', 'accepted their answer']]);
  });

  test('a PRACK without the answer we asked for ends the call', async () => {
    const { peer, prack, ends, media, invited } = await start();
    const { session } = await invited({ headers: [['Require', '100rel']] });
    await session.ring();
    prack(await peer.receiveStatus(180));
    await peer.receiveStatus(488);
    await peer.receiveStatus(488);
    expect(ends).toMatchObject([{ by: 'error', error: { code: 'ERR_SIP_NO_ANSWER' } }]);
    expect(media.log).toEqual(['A offer 1', 'rollback']);
  });

  test('an offer in the PRACK is answered in its 200', async () => {
    const { peer, prack, media, session } = await early();
    prack(await peer.receiveStatus(183), { body: 'second offer' });
    expect((await peer.receiveStatus(200)).text).toBe('A answer 2');
    expect(media.log).toEqual(['A answer 1 to offer', 'A answer 2 to second offer']);
    session.reject(486);
    await peer.receiveStatus(486);
  });

  test('a PRACK of nothing gets 481, one that cannot be read 400; both leave the response waiting', async () => {
    const { peer, clock, prack, log, invited } = await start();
    const { session } = await invited();
    await session.ring({ reliable: true });
    const ringing = await peer.receiveStatus(180);
    const rseq = Header.RSeq.read(ringing)!;
    for (const rack of [`${rseq + 1} 1 INVITE`, `${rseq} 2 INVITE`, `${rseq} 1 UPDATE`]) {
      prack(ringing, { rack });
      await peer.receiveStatus(481);
    }
    prack(ringing, { rack: 'nonsense' });
    await peer.receiveStatus(400);
    await clock.advance(600);
    expect(log('< 180')).toHaveLength(2);
    prack(ringing);
    await peer.receiveStatus(200);
    prack(ringing);
    await peer.receiveStatus(481);
    session.reject(486);
    await peer.receiveStatus(486);
  });

  test('are not repeated once the call is refused or cancelled', async () => {
    const { pair, peer, clock, log, invited } = await start();
    const { session, invite } = await invited();
    await session.ring({ reliable: true });
    await peer.receiveStatus(180);
    const cancel = pair.request('CANCEL', { sequence: invite.cseq.sequence });
    cancel.headers.set('Via', invite.headers.get('Via')!);
    peer.sendAsIs(cancel, pair.stack.transports[0]!.local);
    await peer.receiveStatus(200);
    await peer.receiveStatus(487);
    await clock.advance(5_000);
    expect(log('< 180')).toHaveLength(1);
  });

  test('hung up while the 200 waits for its PRACK: who answers is told, and nothing waits on', async () => {
    const { peer, clock, invited } = await start();
    const { session } = await invited();
    await session.ring({ earlyMedia: true });
    await peer.receiveStatus(183);
    const accepted = expect(session.accept()).rejects.toMatchObject({ code: 'ERR_SIP_STATE' });
    await clock.until(session.terminate());
    await accepted;
    await peer.receiveStatus(603);
  });

  test('the call is answered when the answer in the PRACK has been taken in, not before', async () => {
    const { pair, peer, clock, media, prack, log, invited } = await start();
    const { session, invite } = await invited({ headers: CAN });
    await session.ring({ reliable: true });
    const ringing = await peer.receiveStatus(180);
    let taken = () => {};
    media.pause = new Promise<void>((resolve) => {
      taken = resolve;
    });
    prack(ringing, { body: 'their answer' });
    await clock.advance(10);
    const accepted = session.accept();
    await clock.advance(100);
    expect(log('< 200')).toEqual([]);
    taken();
    expect((await peer.receiveStatus(200)).cseq.method).toBe('PRACK');
    expect((await peer.receiveStatus(200)).cseq.method).toBe('INVITE');
    pair.sendAck(invite);
    await clock.until(accepted);
  });

  test('it cannot be used, though the call is being answered: it is refused, and never answered', async () => {
    const { peer, clock, media, prack, log, invited } = await start();
    const { session } = await invited({ headers: CAN });
    await session.ring({ reliable: true });
    const ringing = await peer.receiveStatus(180);
    let taken = () => {};
    media.pause = new Promise<void>((resolve) => {
      taken = resolve;
    });
    media.answerRefusal = new Error('no codec');
    prack(ringing, { body: 'their answer' });
    await clock.advance(10);
    const accepted = expect(session.accept()).rejects.toMatchObject({ code: 'ERR_SIP_STATE' });
    await clock.advance(10);
    taken();
    await accepted;
    expect((await peer.receiveStatus(488)).cseq.method).toBe('PRACK');
    expect((await peer.receiveStatus(488)).cseq.method).toBe('INVITE');
    expect(log('< 200')).toEqual([]);
  });

  test('while it rings for long there is a new one every two and a half minutes', async () => {
    const { peer, clock, prack, invited } = await start();
    const { session } = await invited();
    await session.ring({ earlyMedia: true, headers: [['X-Queue', '3']] });
    const first = await peer.receiveStatus(183);
    prack(first);
    await peer.receiveStatus(200);
    await clock.advance(150_000);
    const second = await peer.receiveStatus(183);
    expect(Header.RSeq.read(second)).toBe(Header.RSeq.read(first)! + 1);
    expect([second.text, second.headers.get('X-Queue')]).toEqual(['', '3']);
    prack(second);
    await peer.receiveStatus(200);
    session.reject(480);
    await peer.receiveStatus(480);
  });

  test('the settings of the stack: off refuses who demands them, required who cannot', async () => {
    const off = await start({ reliableProvisional: 'off' });
    off.pair.send('INVITE', { body: 'offer', headers: [['Require', '100rel']] });
    expect((await off.peer.receiveStatus(420)).headers.get('Unsupported')).toBe('100rel');
    off.pair.send('OPTIONS', { sequence: 2 });
    expect((await off.peer.receiveStatus(200)).allow).not.toContain('PRACK');
    await off.clock.until(off.pair.stack.close());
    const required = await start({ reliableProvisional: 'required' });
    required.pair.send('INVITE', { body: 'offer' });
    expect((await required.peer.receiveStatus(421)).require).toEqual(['100rel']);
    required.pair.call();
    const invite = await required.peer.receive('INVITE');
    expect(invite.require).toEqual(['100rel']);
    required.peer.reply(invite, 486);
    await required.peer.receive('ACK');
  });

  async function early() {
    const lab = await start();
    const { session } = await lab.invited();
    await session.ring({ earlyMedia: true });
    return { ...lab, session };
  }
});

describe('reliable provisional responses of the peer (RFC 3262 §4)', () => {
  const reliable = (rseq: number) => [
    ['Require', '100rel'] as const,
    ['RSeq', String(rseq)] as const,
    ['Allow', 'INVITE, UPDATE'] as const,
  ];

  test('each gets its PRACK once, in order; what comes too early or again is dropped', async () => {
    const { pair, peer, clock, log } = await start();
    const provisional: number[] = [];
    pair.call().on('provisional', ({ status }) => provisional.push(status));
    const invite = await peer.receive('INVITE');
    expect(invite.supported).toContain('100rel');
    peer.reply(invite, 180, { headers: reliable(7) });
    const prack = await peer.receive('PRACK');
    expect(prack.headers.get('RAck')).toBe(`7 ${invite.cseq.sequence} INVITE`);
    expect([prack.cseq.sequence, prack.to.tag]).toEqual([invite.cseq.sequence + 1, 'peer']);
    peer.reply(prack, 200);
    peer.reply(invite, 183, { headers: reliable(9) });
    peer.reply(invite, 180, { headers: reliable(7) });
    await clock.advance(50);
    expect([log('< PRACK').length, provisional]).toEqual([1, [180]]);
    peer.reply(invite, 182, { headers: reliable(8) });
    const second = await peer.receive('PRACK');
    expect(second.headers.get('RAck')).toBe(`8 ${invite.cseq.sequence} INVITE`);
    peer.reply(second, 200);
    peer.reply(invite, 200, { body: 'answer' });
    await peer.receive('ACK');
    expect(provisional).toEqual([180, 182]);
  });

  test('an answer in one counts: the 200 brings nothing new', async () => {
    const { pair, peer, media, clock } = await start();
    const session = pair.call();
    const invite = await peer.receive('INVITE');
    peer.reply(invite, 183, { headers: reliable(1), body: 'early answer' });
    peer.reply(await peer.receive('PRACK'), 200);
    peer.reply(invite, 200, { body: 'another answer' });
    await peer.receive('ACK');
    await clock.advance(1);
    expect([session.state, media.log]).toEqual(['confirmed', ['A offer 1', 'accepted early answer']]);
  });

  test('a 200 without a description is fine then, and is not without', async () => {
    const { pair, peer, media, clock, ends } = await start();
    const session = pair.call();
    const invite = await peer.receive('INVITE');
    peer.reply(invite, 183, { headers: reliable(1), body: 'early answer' });
    peer.reply(await peer.receive('PRACK'), 200);
    peer.reply(invite, 200);
    await peer.receive('ACK');
    await clock.advance(1);
    expect([session.state, media.log]).toEqual(['confirmed', ['A offer 1', 'accepted early answer']]);
    pair.call();
    const other = await peer.receive('INVITE');
    peer.reply(other, 183, { headers: reliable(1) });
    peer.reply(await peer.receive('PRACK'), 200);
    peer.reply(other, 200);
    await peer.receive('ACK');
    peer.reply(await peer.receive('BYE'), 200);
    expect(ends).toMatchObject([{ error: { code: 'ERR_SIP_NO_ANSWER' } }]);
  });

  test('the offer of a peer that was asked for one is answered in the PRACK', async () => {
    const { pair, peer, media } = await start();
    const session = pair.call({ delayedOffer: true });
    const invite = await peer.receive('INVITE');
    peer.reply(invite, 183, { headers: reliable(1), body: 'their offer' });
    const prack = await peer.receive('PRACK');
    expect(prack.text).toBe('A answer 1');
    peer.reply(prack, 200);
    peer.reply(invite, 200);
    expect((await peer.receive('ACK')).body).toHaveLength(0);
    expect([session.state, media.log]).toEqual(['confirmed', ['A answer 1 to their offer']]);
  });

  test('an offer we cannot answer is refused in the PRACK, and the call cancelled', async () => {
    const { pair, peer, media, ends } = await start();
    media.refusal = new Error('no codec');
    media.refuses = true;
    pair.call({ delayedOffer: true });
    const invite = await peer.receive('INVITE');
    peer.reply(invite, 183, { headers: reliable(1), body: 'their offer' });
    const prack = await peer.receive('PRACK');
    expect(prack.text).toBe('A refuses their offer');
    peer.reply(prack, 200);
    const cancel = await peer.receive('CANCEL');
    peer.reply(cancel, 200);
    peer.reply(invite, 487);
    await peer.receive('ACK');
    expect(ends).toMatchObject([{ by: 'error', error: media.refusal }]);
  });

  test('each callee of a forked INVITE has numbers of its own, and an exchange of its own', async () => {
    const { pair, peer, media, clock } = await start();
    const session = pair.call();
    const invite = await peer.receive('INVITE');
    for (const tag of ['one', 'two']) {
      peer.reply(invite, 183, { tag, headers: reliable(5), body: `answer of ${tag}` });
      const prack = await peer.receive('PRACK');
      expect(prack.to.tag).toBe(tag);
      peer.reply(prack, 200, { tag });
    }
    expect(session.dialogs).toHaveLength(2);
    peer.reply(invite, 200, { tag: 'two' });
    expect((await peer.receive('ACK')).to.tag).toBe('two');
    await clock.advance(1);
    expect([session.state, session.dialogs.length]).toEqual(['confirmed', 1]);
    expect(media.log).toEqual(['A offer 1', 'accepted answer of one', 'accepted answer of two', 'dropped']);
  });

  test('199 tells that one of them has refused (RFC 6228)', async () => {
    const { pair, peer } = await start();
    const session = pair.call();
    const invite = await peer.receive('INVITE');
    expect(invite.supported).toContain('199');
    peer.reply(invite, 180, { tag: 'one' });
    peer.reply(invite, 180, { tag: 'two' });
    await pair.clock.advance(10);
    expect(session.dialog!.remoteTag).toBe('one');
    peer.reply(invite, 199, { tag: 'one' });
    await pair.clock.advance(10);
    expect(session.dialogs.map(({ remoteTag }) => remoteTag)).toEqual(['two']);
    expect(session.dialog!.remoteTag).toBe('two');
    peer.reply(invite, 200, { tag: 'two', body: 'answer' });
    await peer.receive('ACK');
  });

  test('a call that does without says so, and takes them as plain ones', async () => {
    const { pair, peer, clock, log } = await start();
    pair.call({ reliableProvisional: 'off' });
    const invite = await peer.receive('INVITE');
    expect(invite.supported).not.toContain('100rel');
    peer.reply(invite, 180, { headers: reliable(1) });
    await clock.advance(10);
    expect(log('< PRACK')).toEqual([]);
    peer.reply(invite, 200, { body: 'answer' });
    await peer.receive('ACK');
  });

  test('over a bad network, two of us: the answer in one arrives, and the call is established', async () => {
    const { pair, clock } = await start({}, { loss: 0.3, seed: 5 });
    const other = new SipStack({
      clock,
      random: seededRandomBytes(8),
      transports: [pair.network.transport('UDP', { host: '192.0.2.3', port: 5060 })],
    });
    await other.start();
    const media = new ScriptedMedia('B');
    other.on('invite', async (session) => {
      session.offerAnswer = media;
      await session.ring({ earlyMedia: true });
      await session.accept();
    });
    const session = pair.call({ uri: 'sip:carol@192.0.2.3' });
    await clock.advance(30_000);
    expect([session.state, pair.media.log, media.log]).toEqual([
      'confirmed',
      ['A offer 1', 'accepted B answer 1'],
      ['B answer 1 to A offer 1'],
    ]);
    await clock.until(session.terminate());
    await clock.until(other.close());
  });
});
