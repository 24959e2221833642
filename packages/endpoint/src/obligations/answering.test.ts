import { describe, expect, test } from 'vitest';
import { controlled, establishedLeg, ringingLeg } from '../testing/server-leg';
import { wireSdp } from '../testing/wire-peer';

const RELIABLE: [string, string][] = [['Require', '100rel']];

/** Acknowledges the reliable provisional response that came last. */
async function prack({ leg, server }: Awaited<ReturnType<typeof ringingLeg>>, sdp?: string) {
  const ring = server.answers(leg.invitation).findLast(({ headers }) => headers.get('RSeq') !== undefined)!;
  const headers: [string, string][] = [['RAck', `${ring.headers.get('RSeq')} 1 INVITE`]];
  return server.answer(await leg.request('PRACK', { sdp, headers }))!.status;
}

describe('an INVITE without an offer', () => {
  test('gets the offer in the 200 and takes the answer from the ACK', async () => {
    const { leg, call, sends } = await ringingLeg({}, '');
    await leg.notify('talk');
    expect(leg.answer!.text).toContain('m=audio');
    expect(call.snapshot.codec).toBeUndefined();
    await leg.ack(wireSdp({ codec: '8 PCMA' }));
    expect(call.snapshot).toMatchObject({ state: 'connected', codec: 'PCMA' });
    expect((await sends())['10.0.0.200:7000']).toBeGreaterThan(40);
  });

  test('without an answer in the ACK either is hung up: there is nothing to talk by (RFC 3261 §13.2.1)', async () => {
    const { leg, call, lab, server } = await ringingLeg({}, '');
    await leg.notify('talk');
    await leg.ack();
    await lab.clock.advance(100);
    expect(server.requests('BYE')).toHaveLength(1);
    await server.respond(server.requests('BYE')[0]!, 200);
    expect(call.state).toBe('disconnected');
  });

  test('with an answer that cannot be agreed to is acknowledged and hung up', async () => {
    const { leg, lab, server } = await ringingLeg({}, '');
    await leg.notify('talk');
    await leg.ack(wireSdp({ codec: '18 G729' }));
    await lab.clock.advance(100);
    expect(server.requests('BYE')).toHaveLength(1);
  });
});

describe('100rel and PRACK', () => {
  test('a server that requires it gets a reliable 180, repeated until its PRACK (RFC 3262 §3)', async () => {
    const rig = await ringingLeg({}, undefined, RELIABLE);
    const { leg, server, lab } = rig;
    await lab.clock.advance(1600);
    const rings = server.answers(leg.invitation).filter(({ status }) => status === 180);
    expect(rings.length).toBeGreaterThan(2);
    expect(rings[0]!.headers.get('Require')).toContain('100rel');
    expect(await prack(rig)).toBe(200);
    server.received.length = 0;
    await lab.clock.advance(5000);
    expect(server.answers(leg.invitation)).toEqual([]);
    await leg.notify('talk');
    await leg.ack();
    expect(leg.call.state).toBe('connected');
  });

  test('an INVITE without an offer gets it in the reliable 180, and the answer comes in the PRACK', async () => {
    const rig = await ringingLeg({}, '', RELIABLE);
    const { leg, server, call, sends } = rig;
    const ring = server.answers(leg.invitation).find(({ status }) => status === 180)!;
    expect(ring.text).toContain('m=audio');
    expect(await prack(rig, wireSdp({ codec: '8 PCMA' }))).toBe(200);
    await leg.notify('talk');
    expect(leg.answer!.text).not.toContain('m=audio');
    await leg.ack();
    expect(call.snapshot).toMatchObject({ state: 'connected', codec: 'PCMA' });
    expect((await sends())['10.0.0.200:7000']).toBeGreaterThan(40);
  });

  test('talk before the PRACK: 200 for the NOTIFY at once, for the INVITE once the answer has come', async () => {
    const rig = await ringingLeg({}, '', RELIABLE);
    const { leg, call, lab } = rig;
    expect(await leg.notify('talk')).toBe(200);
    await lab.clock.advance(300);
    expect(leg.answer).toBeUndefined();
    expect(await prack(rig, wireSdp())).toBe(200);
    expect(leg.answer!.status).toBe(200);
    expect(lab.ladder.filter((line) => line.includes(' 200 '))).toEqual([
      'phone 200 NOTIFY',
      'phone 200 PRACK',
      'phone 200 INVITE',
    ]);
    await leg.ack();
    expect(call.snapshot).toMatchObject({ state: 'connected', codec: 'PCMU' });
  });

  test('a server that only supports it is not made to use it for ringing', async () => {
    const { leg, server } = await ringingLeg({}, undefined, [['Supported', 'uui, 100rel, timer']]);
    const ring = server.answers(leg.invitation).find(({ status }) => status === 180)!;
    expect(ring.headers.get('RSeq')).toBeUndefined();
  });

  test('without any PRACK for 32 s the INVITE is refused (RFC 3262 §3)', async () => {
    const { leg, lab, call } = await ringingLeg({}, undefined, RELIABLE);
    await lab.clock.advance(33_000);
    expect(leg.answer!.status).toBeGreaterThanOrEqual(500);
    expect(leg.answer!.status).toBeLessThan(600);
    expect(call?.state ?? 'disconnected').toBe('disconnected');
  });
});

describe('a 200 that is left without an ACK', () => {
  test('for 31 s is repeated, and the call shows that it is answered but not yet connected', async () => {
    const { leg, call, lab, server } = await ringingLeg({}, '');
    await leg.notify('talk');
    const states: string[] = [];
    call.on('state', (state) => states.push(state));
    await lab.clock.advance(31_000);
    expect(server.answers(leg.invitation).filter(({ status }) => status === 200)).toHaveLength(10);
    expect(call.state).toBe('answering');
    expect(server.requests('BYE')).toEqual([]);
    await leg.ack(wireSdp());
    expect(states).toEqual(['connected']);
    expect(call.snapshot.codec).toBe('PCMU');
  });

  test('for 32 s ends with BYE (RFC 3261 §13.3.1.4)', async () => {
    const { leg, call, lab, server } = await ringingLeg({}, '');
    await leg.notify('talk');
    await lab.clock.advance(32_500);
    expect(server.requests('BYE').length).toBeGreaterThan(0);
    await server.respond(server.requests('BYE')[0]!, 200);
    expect(call.state).toBe('disconnected');
  });

  test('is not answered again when the server repeats talk, nor held when it says hold', async () => {
    const { leg, lab } = await ringingLeg({}, '');
    await leg.notify('talk');
    lab.ladder.length = 0;
    expect(await leg.notify('talk')).toBe(200);
    expect(await leg.notify('hold')).toBe(200);
    await lab.clock.advance(100);
    expect(lab.ladder).toEqual(['phone 200 NOTIFY', 'phone 200 NOTIFY']);
    await leg.ack(wireSdp());
    expect(leg.call.state).toBe('connected');
  });
});

describe('session timer, refreshed by the server (RFC 4028)', () => {
  const TIMER: [string, string][] = [
    ['Supported', 'timer'],
    ['Session-Expires', '1800;refresher=uac'],
    ['Min-SE', '90'],
  ];

  /** The least there is (§4): audio that flows for hours of virtual time takes its time. */
  const SHORT: [string, string][] = [
    ['Supported', 'timer'],
    ['Session-Expires', '90;refresher=uac'],
  ];

  test('the 200 agrees to the interval and the refresher the server asks for', async () => {
    const { leg } = await establishedLeg({}, TIMER);
    expect(leg.answer!.headers.get('Session-Expires')).toBe('1800;refresher=uac');
    expect(leg.answer!.headers.get('Require')).toContain('timer');
  });

  test('re-INVITE and UPDATE refresh it, and change nothing', async () => {
    const { leg, call, lab, server } = await establishedLeg({}, SHORT);
    const states: string[] = [];
    call.on('state', (state) => states.push(state));
    for (const method of ['INVITE', 'UPDATE', 'INVITE', 'UPDATE']) {
      await lab.clock.advance(50_000);
      const sdp = method === 'INVITE' ? wireSdp() : undefined;
      const refresh = await leg.request(method, { sdp, headers: SHORT });
      expect(server.answer(refresh)!.status).toBe(200);
      expect(server.answer(refresh)!.headers.get('Session-Expires')).toBe('90;refresher=uac');
      if (method === 'INVITE') await leg.ack();
    }
    await lab.clock.advance(40_000);
    expect(states).toEqual([]);
    expect(server.requests('BYE')).toEqual([]);
    expect(server.requests('INVITE').concat(server.requests('UPDATE'))).toEqual([]);
  });

  test('a server that refreshes no more is gone: BYE before the interval is over (§10)', async () => {
    const { call, lab, server } = await establishedLeg({}, SHORT);
    await lab.clock.advance(55_000);
    expect(call.state).toBe('connected');
    await lab.clock.advance(35_000);
    expect(server.requests('BYE').length).toBeGreaterThan(0);
  });

  test('an interval that is too small is refused 422 with what would do (§6)', async () => {
    const { leg, server } = await ringingLeg({}, undefined, [
      ['Supported', 'timer'],
      ['Session-Expires', '30;refresher=uac'],
    ]);
    expect(leg.answer!.status).toBe(422);
    expect(Number(leg.answer!.headers.get('Min-SE'))).toBeGreaterThanOrEqual(90);
    expect(server.requests('BYE')).toEqual([]);
  });
});

describe('X-Genesys-CallUUID is kept, and read again', () => {
  const uuid = (value: string): [string, string][] => [['X-Genesys-CallUUID', value]];

  test('from the INVITE on, and at every request of the dialog that brings another one', async () => {
    const { leg, call } = await ringingLeg({}, undefined, uuid('A'));
    const seen: (string | undefined)[] = [call.snapshot.uuid];
    call.subscribe(() => {
      if (call.snapshot.uuid !== seen.at(-1)) seen.push(call.snapshot.uuid);
    });
    await leg.notify('talk', uuid('B'));
    await leg.ack();
    await leg.reinvite(wireSdp({ version: 2 }), { headers: uuid('C') });
    await leg.reinvite(undefined, { ackSdp: wireSdp({ version: 3 }), headers: uuid('D') });
    await leg.request('UPDATE', { headers: uuid('E') });
    await leg.reinvite(wireSdp({ version: 3 }));
    await leg.request('INFO', { headers: uuid('F') });
    expect(seen).toEqual(['A', 'B', 'C', 'D', 'E', 'F']);
    await leg.bye();
    expect(call.uuid).toBe('F');
  });

  test('from the responses to a call of ours', async () => {
    const { endpoint, server, lab } = await controlled();
    const call = endpoint.call('sip:other@10.0.0.200');
    await lab.clock.advance(20);
    const [invite] = server.requests('INVITE');
    await server.respond(invite!, 180, { headers: uuid('A') });
    expect(call.uuid).toBe('A');
    await server.respond(invite!, 200, { sdp: wireSdp(), headers: uuid('B') });
    expect(call.uuid).toBe('B');
    void call.hold();
    await lab.clock.advance(20);
    const sdp = wireSdp({ direction: 'recvonly', version: 2 });
    await server.respond(server.requests('INVITE').at(-1)!, 200, { sdp, headers: uuid('C') });
    expect(call.uuid).toBe('C');
  });

  test('but not from an answer that lost: its call is hung up', async () => {
    const { endpoint, server, lab } = await controlled();
    const call = endpoint.call('sip:other@10.0.0.200');
    await lab.clock.advance(20);
    const [invite] = server.requests('INVITE');
    await server.respond(invite!, 200, { toTag: 'one', sdp: wireSdp(), headers: uuid('A') });
    await server.respond(invite!, 200, { toTag: 'two', sdp: wireSdp(), headers: uuid('B') });
    expect(call.uuid).toBe('A');
  });
});

describe('auto-answer, where the server asks for it', () => {
  const asking: [string, string, number][] = [
    ['Answer-Mode', 'Auto', 0],
    ['Answer-Mode', 'Auto;require', 0],
    ['Priv-Answer-Mode', 'Auto', 0],
    ['Call-Info', '<sip:10.0.0.200>;answer-after=0', 0],
    ['Call-Info', '<sip:10.0.0.200>;answer-after=3', 3000],
    ['Alert-Info', '<http://www.example.com>;info=alert-autoanswer;delay=0', 0],
    ['Alert-Info', '<Auto Answer>', 0],
    ['Alert-Info', 'Auto Answer', 0],
    ['Alert-Info', '<http://127.0.0.1>;answer-after=0', 0],
  ];

  test.each(asking)('%s: %s', async (name, value, delay) => {
    const { leg, lab, server } = await ringingLeg({ autoAnswer: 'asked' }, undefined, [[name, value]]);
    if (delay > 0) {
      expect(leg.answer).toBeUndefined();
      expect(server.answers(leg.invitation).at(-1)!.status).toBe(180);
      await lab.clock.advance(delay);
      await lab.clock.advance(5);
    }
    expect(leg.answer!.status).toBe(200);
    await leg.ack();
    expect(leg.call.state).toBe('connected');
  });

  test.each([
    ['Answer-Mode', 'Manual'],
    ['Alert-Info', '<http://www.example.com>;info=alert-external'],
    ['Call-Info', '<http://www.example.com/photo.jpg>;purpose=icon'],
  ])('not by %s: %s', async (name, value) => {
    const { leg, lab } = await ringingLeg({ autoAnswer: 'asked' }, undefined, [[name, value]]);
    await lab.clock.advance(10_000);
    expect(leg.answer).toBeUndefined();
  });

  test('the 200 tells a caller who cares whether a person or the phone has answered (RFC 5373)', async () => {
    const asked: [string, string][] = [['Answer-Mode', 'Auto']];
    const auto = await ringingLeg({ autoAnswer: 'asked' }, undefined, asked);
    expect(auto.leg.answer!.headers.get('Answer-Mode')).toBe('Auto');
    const manual = await ringingLeg({}, undefined, asked);
    await manual.leg.notify('talk');
    expect(manual.leg.answer!.headers.get('Answer-Mode')).toBe('Manual');
    const plain = await ringingLeg();
    await plain.leg.notify('talk');
    expect(plain.leg.answer!.headers.has('Answer-Mode')).toBe(false);
  });

  test('where it is required and not to be had: 403; where a person is required: it rings', async () => {
    const required = (mode: string): [string, string][] => [
      ['Require', 'answermode'],
      ['Answer-Mode', `${mode};require`],
    ];
    const { leg: refused } = await ringingLeg({}, undefined, required('Auto'));
    expect(refused.answer!.status).toBe(403);
    const { leg: answered } = await ringingLeg({ autoAnswer: 'asked' }, undefined, required('Auto'));
    expect(answered.answer!.status).toBe(200);
    const { leg: ringing, lab } = await ringingLeg({ autoAnswer: true }, undefined, required('Manual'));
    await lab.clock.advance(5000);
    expect(ringing.answer).toBeUndefined();
    expect(ringing.call.state).toBe('alerting');
  });

  test('talk answers before the delay is over, and nothing happens when it is', async () => {
    const asked: [string, string][] = [['Call-Info', '<sip:10.0.0.200>;answer-after=3']];
    const { leg, lab } = await ringingLeg({ autoAnswer: 'asked' }, undefined, asked);
    await leg.notify('talk');
    await leg.ack();
    lab.ladder.length = 0;
    await lab.clock.advance(5000);
    expect(lab.ladder).toEqual([]);
    expect(leg.call.state).toBe('connected');
  });
});
