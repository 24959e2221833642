import { toneSource } from '@offhook/rtp-media';
import { SipError } from '@offhook/sip-core';
import { describe, expect, test } from 'vitest';
import { scriptedEndpoint } from '../testing/scripted-endpoint';
import { remoteSdp } from '../testing/scripted-sip-provider';
import type { Call } from './call';
import type { CallState } from './call-state';

async function incoming(options: Parameters<typeof scriptedEndpoint>[0] = {}, offer: string | undefined = remoteSdp()) {
  const rig = await scriptedEndpoint(options);
  const calls: Call[] = [];
  rig.endpoint.on('call', (call) => calls.push(call));
  const session = rig.sip.incoming(offer === undefined ? {} : { offer });
  return { ...rig, session, call: calls[0]! };
}

async function connected() {
  const rig = await incoming();
  await rig.call.answer();
  return rig;
}

async function outgoing(options: Parameters<Awaited<ReturnType<typeof scriptedEndpoint>>['endpoint']['call']>[1] = {}) {
  const rig = await scriptedEndpoint();
  const call = rig.endpoint.call('sip:bob@192.0.2.9', options);
  return { ...rig, call, session: rig.sip.sessions[0]! };
}

describe('an incoming call', () => {
  test('rings by itself, telling which events control it', async () => {
    const { call, session } = await incoming();
    expect(call.state).toBe('alerting');
    expect(call.remote).toEqual({ uri: 'sip:alice@192.0.2.9', user: 'alice', displayName: 'Alice' });
    expect(session.sent).toEqual([{ what: 'ring 180', headers: [['Allow-Events', 'talk, hold']] }]);
  });

  test('does not ring when the application answers at once', async () => {
    const { endpoint, sip } = await scriptedEndpoint();
    endpoint.on('call', (call) => call.answer());
    const session = sip.incoming({ offer: remoteSdp() });
    await endpoint.calls[0]!.established;
    expect(session.log).toEqual(['accept']);
  });

  test('is answering until the ACK, then connected', async () => {
    const { call } = await incoming();
    const states: CallState[] = [];
    call.on('state', (state) => states.push(state));
    const answered = call.answer();
    expect(call.answer()).toBeInstanceOf(Promise);
    await answered;
    expect(states).toEqual(['answering', 'connected']);
    expect(await call.established).toBe(call);
  });

  test('that had no offer is answered with ours, and shows no codec before the answer in the ACK', async () => {
    const { call, session } = await incoming({}, undefined);
    const answer = call.answer();
    await Promise.resolve();
    expect(call.snapshot).toMatchObject({ state: 'answering' });
    await session.answered(remoteSdp({ payloads: '8' }));
    await answer;
    expect(call.snapshot).toMatchObject({ state: 'connected', codec: 'PCMA' });
  });

  test('is heard before the answer when it rings with early media', async () => {
    const { call, session } = await incoming({ autoRing: false });
    await call.ring({ earlyMedia: true, source: toneSource({ frequencies: [440] }) });
    expect(session.log).toEqual(['ring 183']);
    expect(call.snapshot).toMatchObject({ state: 'alerting', earlyMedia: true, codec: 'PCMU' });
  });

  test('is rejected, busy unless said otherwise, and cannot be answered after', async () => {
    const { call, session } = await incoming();
    expect(() => call.reject(200)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
    call.reject();
    expect(session.log).toContain('reject 486');
    expect(await call.ended).toMatchObject({ by: 'local', status: 486, durationMs: 0 });
    await expect(call.established).rejects.toMatchObject({ code: 'ERR_CALL_REJECTED', status: 486 });
    await expect(call.answer()).rejects.toMatchObject({ code: 'ERR_CALL_STATE' });
    expect(() => call.reject()).toThrow(expect.objectContaining({ code: 'ERR_CALL_STATE' }));
  });

  test('is sent elsewhere', async () => {
    const { call, session } = await incoming();
    call.redirect(['sip:carol@192.0.2.7', 'sip:dave@192.0.2.8']);
    expect(session.sent.at(-1)).toEqual({
      what: 'reject 302',
      headers: [
        ['Contact', '<sip:carol@192.0.2.7>'],
        ['Contact', '<sip:dave@192.0.2.8>'],
      ],
    });
  });

  test('is deflected: sent elsewhere, with who has done so', async () => {
    const { call, session } = await incoming();
    call.deflect('sip:carol@192.0.2.7');
    expect(session.sent.at(-1)).toEqual({
      what: 'reject 302',
      headers: [
        ['Contact', '<sip:carol@192.0.2.7>'],
        ['Diversion', expect.stringMatching(/^<sip:.+>;reason=deflection;counter=1$/)],
      ],
    });
    expect(() => call.deflect('sip:carol@192.0.2.7')).toThrow(expect.objectContaining({ code: 'ERR_CALL_STATE' }));
  });

  test('is given up by the caller', async () => {
    const { call, session } = await incoming();
    session.end({ by: 'remote', status: 487, reason: 'Request Terminated' });
    expect(await call.ended).toMatchObject({ by: 'remote', status: 487, error: { code: 'ERR_CALL_CANCELLED' } });
    await expect(call.established).rejects.toMatchObject({ code: 'ERR_CALL_CANCELLED' });
  });

  test('with no codec in common is refused 488 and never shown', async () => {
    const { call, session } = await incoming({ codecs: ['PCMA'] }, remoteSdp({ payloads: '18' }));
    expect(call).toBeUndefined();
    expect(session.log).toEqual(['reject 488']);
    expect(session.sent[0]!.headers[0]![0]).toBe('Warning');
  });

  test('beyond the most calls at once is refused 486', async () => {
    const { sip, session, call } = await incoming({ maxCalls: 1 });
    const second = sip.incoming({ offer: remoteSdp() });
    expect(session.log).toEqual(['ring 180']);
    expect(second.log).toEqual(['reject 486']);
    await call.hangup();
    expect(sip.incoming({ offer: remoteSdp() }).log).toEqual(['ring 180']);
  });

  test('parked without any media line is connected, and held by the peer until it offers audio', async () => {
    const { call, session } = await incoming(
      {},
      'v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n',
    );
    await call.answer();
    expect(call.snapshot).toMatchObject({ state: 'held', heldBy: 'remote' });
    await session.reoffered(remoteSdp());
    expect(call.snapshot).toMatchObject({ state: 'connected', codec: 'PCMU' });
  });
});

describe('an outgoing call', () => {
  test('is in progress, rings, and is established', async () => {
    const { call, session, clock } = await outgoing();
    expect(call.snapshot).toMatchObject({ state: 'in-progress', ringing: false });
    expect(session.invite.headers.get('Allow-Events')).toBe('talk, hold');
    await session.answered(remoteSdp());
    expect(await call.established).toBe(call);
    await clock.advance(1500);
    session.end({ by: 'remote' });
    expect(await call.ended).toMatchObject({ by: 'remote', durationMs: 1500 });
    expect((await call.ended).error).toBeUndefined();
  });

  test.each([
    [486, 'ERR_CALL_BUSY'],
    [600, 'ERR_CALL_BUSY'],
    [603, 'ERR_CALL_DECLINED'],
    [404, 'ERR_CALL_NOT_FOUND'],
    [407, 'ERR_CALL_UNAUTHORIZED'],
    [408, 'ERR_CALL_NO_ANSWER'],
    [488, 'ERR_CALL_NO_COMMON_CODEC'],
    [500, 'ERR_CALL_REJECTED'],
    [302, 'ERR_CALL_MOVED'],
  ])('refused %i fails with %s', async (status, code) => {
    const { call, session } = await outgoing();
    session.end({ by: 'remote', status, reason: 'No' });
    await expect(call.established).rejects.toMatchObject({ code, status, reason: 'No' });
    expect(await call.ended).toMatchObject({ by: 'remote', status, error: { code } });
  });

  test('hung up before the answer is cancelled', async () => {
    const { call, session } = await outgoing();
    const end = await call.hangup();
    expect(session.log).toEqual(['terminate']);
    expect(end).toMatchObject({ by: 'local', error: { code: 'ERR_CALL_CANCELLED' } });
    await expect(call.established).rejects.toMatchObject({ code: 'ERR_CALL_CANCELLED' });
    expect(await call.hangup()).toBe(end);
  });

  test('is given up by its signal, whose reason is the error', async () => {
    const controller = new AbortController();
    const { call, session } = await outgoing({ signal: controller.signal });
    controller.abort(new Error('changed my mind'));
    await expect(call.established).rejects.toThrow('changed my mind');
    expect(session.log).toEqual(['terminate']);
    await call.ended;
  });

  test('is given up when nobody answers in time', async () => {
    const { call, clock } = await outgoing({ timeout: 20_000 });
    await clock.advance(19_999);
    expect(call.state).toBe('in-progress');
    await clock.advance(1);
    await expect(call.established).rejects.toMatchObject({ code: 'ERR_CALL_NO_ANSWER', status: 408 });
  });

  test('answered in time is left alone', async () => {
    const { call, session, clock } = await outgoing({ timeout: 20_000 });
    await session.answered(remoteSdp());
    await clock.advance(60_000);
    expect(call.state).toBe('connected');
  });

  test('carries headers of the application, but none that the stack writes', async () => {
    const { endpoint, sip } = await scriptedEndpoint();
    endpoint.call('sip:bob@192.0.2.9', { headers: { 'User-to-User': 'abc', 'X-Two': ['1', '2'] } });
    expect(sip.sessions[0]!.invite.headers.getAll('X-Two')).toEqual(['1', '2']);
    expect(() => endpoint.call('sip:bob@192.0.2.9', { headers: { Via: 'x' } })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }),
    );
  });
});

describe('hold and retrieve', () => {
  test('by us: sendonly, then sendrecv, one re-INVITE each however often asked', async () => {
    const { call, session } = await connected();
    const events: string[] = [];
    call.on('held', ({ by }) => events.push(`held by ${by}`));
    call.on('retrieved', ({ by }) => events.push(`retrieved by ${by}`));
    session.answer = remoteSdp({ direction: 'recvonly' });
    await Promise.all([call.hold(), call.hold()]);
    expect(call.snapshot).toMatchObject({ state: 'held', heldBy: 'local' });
    session.answer = remoteSdp();
    await Promise.all([call.retrieve(), call.retrieve()]);
    expect(session.log.slice(2)).toEqual(['reinvite sendonly', 'reinvite sendrecv']);
    expect(events).toEqual(['held by local', 'retrieved by local']);
  });

  test('a hold asked for while a retrieve is on its way lets the source rest all along', async () => {
    const { call, session } = await connected();
    session.answer = remoteSdp({ direction: 'recvonly' });
    await call.hold();
    const retrieve = call.retrieve();
    const hold = call.hold();
    await retrieve;
    expect(call.audio.resting).toBe(true);
    await hold;
    expect([call.heldBy, call.audio.resting]).toEqual(['local', true]);
  });

  test('by the peer: seen in a re-INVITE, by direction or by the null address', async () => {
    const { call, session } = await connected();
    expect(await session.reoffered(remoteSdp({ direction: 'sendonly' }))).toBe('recvonly');
    expect(call.snapshot).toMatchObject({ state: 'held', heldBy: 'remote' });
    await session.reoffered(remoteSdp());
    expect(call.state).toBe('connected');
    await session.reoffered(remoteSdp({ address: '0.0.0.0' }));
    expect(call.snapshot).toMatchObject({ state: 'held', heldBy: 'remote' });
  });

  test('by both: each ends its own', async () => {
    const { call, session } = await connected();
    await session.reoffered(remoteSdp({ direction: 'sendonly' }));
    session.answer = remoteSdp({ direction: 'inactive' });
    await call.hold();
    expect(call.heldBy).toBe('both');
    expect(await session.reoffered(remoteSdp())).toBe('sendonly');
    expect(call.heldBy).toBe('local');
    session.answer = remoteSdp();
    await call.retrieve();
    expect(call.state).toBe('connected');
  });

  test('refused: the call goes on as it was, and can be held later', async () => {
    const { call, session } = await connected();
    session.refusals.push(new SipError('Not now.', { status: 488 }));
    const hold = call.hold();
    expect(call.audio.resting).toBe(true);
    await expect(hold).rejects.toMatchObject({ name: 'CallError', status: 488 });
    expect(call.state).toBe('connected');
    expect(call.audio.resting).toBe(false);
    session.answer = remoteSdp({ direction: 'recvonly' });
    await call.hold();
    expect(call.state).toBe('held');
  });

  test('an offerless re-INVITE gets a full offer though we hold, and its answer ends the hold', async () => {
    const { call, session } = await connected();
    session.answer = remoteSdp({ direction: 'recvonly' });
    await call.hold();
    const { body } = await session.offerAnswer!.createOffer();
    expect(new TextDecoder().decode(body)).toContain('a=sendrecv');
    await session.offerAnswer!.acceptAnswer({
      contentType: 'application/sdp',
      body: new TextEncoder().encode(remoteSdp()),
    });
    expect(call.snapshot).toMatchObject({ state: 'connected' });
    expect(call.audio.resting).toBe(false);
  });

  test('an offerless re-INVITE keeps our hold where the policy says so', async () => {
    const { call, session } = await incoming({ offerWhenHeld: 'hold' });
    await call.answer();
    session.answer = remoteSdp({ direction: 'recvonly' });
    await call.hold();
    const { body } = await session.offerAnswer!.createOffer();
    expect(new TextDecoder().decode(body)).toContain('a=sendonly');
  });

  test('makes no sense before the call is established', async () => {
    const { call } = await outgoing();
    await expect(call.hold()).rejects.toMatchObject({ code: 'ERR_CALL_STATE' });
    await expect(call.retrieve()).rejects.toMatchObject({ code: 'ERR_CALL_STATE' });
  });
});

describe('remote control by NOTIFY in the dialog of the call', () => {
  const talk = [['Event', 'talk'] as const, ['Subscription-State', 'active'] as const];
  const hold = [['Event', 'hold'] as const];

  test('talk answers a ringing call, after its own 200', async () => {
    const { call, session } = await incoming();
    expect(session.request('NOTIFY', talk).status).toBe(200);
    await call.established;
    expect(session.log).toEqual(['ring 180', 'NOTIFY 200', 'accept']);
    expect(session.sent.at(-1)!.headers).toEqual([['Allow-Events', 'talk, hold']]);
  });

  test('hold holds, talk retrieves, and neither does anything twice', async () => {
    const { call, session } = await connected();
    session.log.length = 0;
    session.request('NOTIFY', talk);
    session.answer = remoteSdp({ direction: 'recvonly' });
    session.request('NOTIFY', hold);
    session.request('NOTIFY', hold);
    await call.hold();
    session.answer = remoteSdp();
    session.request('NOTIFY', talk);
    await call.retrieve();
    expect(session.log).toEqual([
      'NOTIFY 200',
      'NOTIFY 200',
      'NOTIFY 200',
      'reinvite sendonly',
      'NOTIFY 200',
      'reinvite sendrecv',
    ]);
  });

  test('other events are unknown: 489 with the ones that are not', async () => {
    const { session } = await connected();
    const response = session.request('NOTIFY', [['Event', 'conference']]);
    expect(response.status).toBe(489);
    expect(response.headers.get('Allow-Events')).toBe('talk, hold');
  });

  test('other methods are not allowed: 405 with those that are', async () => {
    const { session } = await connected();
    const response = session.request('PUBLISH');
    expect(response.status).toBe(405);
    expect(response.allow).toContain('NOTIFY');
    expect(response.allow).not.toContain('PUBLISH');
  });

  test('can be switched off', async () => {
    const { call, session } = await incoming({ remoteControl: false });
    expect(session.sent[0]!.headers).toEqual([]);
    expect(session.request('NOTIFY', talk).status).toBe(489);
    expect(call.state).toBe('alerting');
  });

  test('the call UUID of the server is read again whenever it comes', async () => {
    const { call, session } = await incoming();
    session.request('NOTIFY', [...talk, ['X-Genesys-CallUUID', 'ONE']]);
    expect(call.uuid).toBe('ONE');
    await session.reoffered(remoteSdp(), [['X-Genesys-CallUUID', 'TWO']]);
    expect(call.snapshot.uuid).toBe('TWO');
  });
});

describe('the audio of a call', () => {
  test('takes its source before there is media, and lets it rest while we hold', async () => {
    const { call, session, clock } = await connected();
    const source = toneSource({ frequencies: [440] });
    let reads = 0;
    call.audio.source = { sampleRate: 8000, read: (frame) => source.read(frame.fill(++reads)) };
    await clock.advance(200);
    expect(reads).toBeGreaterThan(5);
    session.answer = remoteSdp({ direction: 'recvonly' });
    await call.hold();
    const before = reads;
    const sent = call.statistics().packetsSent;
    await clock.advance(200);
    expect(reads).toBe(before);
    expect(call.statistics().packetsSent).toBeGreaterThan(sent);
    session.answer = remoteSdp();
    await call.retrieve();
    await clock.advance(200);
    expect(reads).toBeGreaterThan(before);
  });

  test('is muted through hold and retrieve', async () => {
    const { call, session } = await connected();
    call.mute();
    session.answer = remoteSdp({ direction: 'recvonly' });
    await call.hold();
    session.answer = remoteSdp();
    await call.retrieve();
    expect(call.snapshot.muted).toBe(true);
    call.mute(false);
    expect(call.muted).toBe(false);
  });

  test('sends no digits to a peer that takes none', async () => {
    const { call } = await incoming({}, remoteSdp({ payloads: '0' }));
    await call.answer();
    await expect(call.sendDtmf('1', { method: 'rfc4733' })).rejects.toMatchObject({ code: 'ERR_DTMF_NOT_NEGOTIATED' });
  });

  test('keeps its measures and frees its ports when the call is over', async () => {
    const { call, session, clock, transports } = await connected();
    await clock.advance(1000);
    session.end({ by: 'remote' });
    const { statistics } = await call.ended;
    expect(statistics.packetsSent).toBeGreaterThan(40);
    expect(call.statistics()).toEqual(statistics);
    expect(transports.map((transport) => transport.closed)).toEqual([true]);
  });
});

describe('the snapshot of a call', () => {
  test('is frozen, stays the same until something changes, and says when it did', async () => {
    const { call } = await incoming();
    const before = call.getSnapshot();
    expect(call.getSnapshot()).toBe(before);
    expect(Object.isFrozen(before)).toBe(true);
    let changes = 0;
    const off = call.subscribe(() => changes++);
    await call.answer();
    expect(call.getSnapshot()).not.toBe(before);
    expect(before.state).toBe('alerting');
    expect(changes).toBeGreaterThan(0);
    off();
  });
});
