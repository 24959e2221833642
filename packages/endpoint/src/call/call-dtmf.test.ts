import type { DtmfMethod } from '@offhook/rtp-media';
import { describe, expect, test } from 'vitest';
import type { EndpointOptions } from '../endpoint/endpoint-options';
import { MemoryLab } from '../testing/memory-lab';
import { scriptedEndpoint } from '../testing/scripted-endpoint';
import { remoteSdp } from '../testing/scripted-sip-provider';

/** A call that was answered, with a peer that takes telephone events or not. */
async function connected({ events = true, allow = [] as string[], ...options }: Rig = {}) {
  const rig = await scriptedEndpoint(options);
  const session = rig.sip.incoming({ offer: remoteSdp({ payloads: events ? '0 101' : '0' }) });
  const [call] = rig.endpoint.calls;
  await call!.answer();
  session.allow = allow;
  return { ...rig, session, call: call! };
}
type Rig = EndpointOptions & { events?: boolean; allow?: string[] };

describe('digits by INFO', () => {
  test('one request a digit, each after the other and its pause', async () => {
    const { call, session, clock } = await connected();
    const done = call.sendDtmf('1,#', { method: 'info', durationMs: 100, gapMs: 50, pauseMs: 500 });
    await clock.advance(0);
    expect(session.bodies).toEqual(['application/dtmf-relay Signal=1\r\nDuration=100\r\n']);
    await clock.advance(649);
    expect(session.bodies).toHaveLength(1);
    await clock.until(done);
    expect(session.bodies[1]).toBe('application/dtmf-relay Signal=#\r\nDuration=100\r\n');
    await clock.until(call.sendDtmf('D', { method: 'info-dtmf' }));
    expect(session.bodies[2]).toBe('application/dtmf D');
    expect(session.log.filter((line) => line === 'INFO')).toHaveLength(3);
  });

  test('strings wait for each other, whatever their method', async () => {
    const { call, session, clock, transports } = await connected();
    const order: string[] = [];
    const strings = [
      call.sendDtmf('12', { method: 'info' }).then(() => order.push('info')),
      call.sendDtmf('3').then(() => order.push('event')),
      call.sendDtmf('4', { method: 'info' }).then(() => order.push('info again')),
    ];
    await clock.advance(100);
    expect(transports).toHaveLength(1);
    expect(call.statistics().digitsSent).toBe(0);
    await clock.until(Promise.all(strings));
    expect(order).toEqual(['info', 'event', 'info again']);
    expect(session.bodies).toHaveLength(3);
  });

  test('given up: what waits is not sent', async () => {
    const { call, session, clock } = await connected();
    const abort = new AbortController();
    const done = call.sendDtmf('123', { method: 'info', signal: abort.signal });
    const outcome = done.catch((error: unknown) => error);
    await clock.advance(10);
    abort.abort('enough');
    expect(await clock.until(outcome)).toBe('enough');
    await clock.advance(1000);
    expect(session.bodies).toHaveLength(1);
  });

  test('the call ends meanwhile', async () => {
    const { call, session, clock } = await connected();
    const outcome = call.sendDtmf('123', { method: 'info' }).catch((error: unknown) => error);
    await clock.advance(10);
    session.end({ by: 'remote' });
    expect(await clock.until(outcome)).toMatchObject({ code: 'ERR_CALL_ENDED' });
  });

  test('a refusal says its status', async () => {
    const { call, session } = await connected();
    session.statuses.push(415, 481);
    await expect(call.sendDtmf('1', { method: 'info' })).rejects.toMatchObject({ code: 'ERR_CALL_DTMF', status: 415 });
    await expect(call.sendDtmf('1', { method: 'info' })).rejects.toMatchObject({ status: 481 });
  });

  test('what is no digit is refused before anything is sent', async () => {
    const { call, session } = await connected();
    await expect(call.sendDtmf('1x', { method: 'info' })).rejects.toMatchObject({ code: 'ERR_DTMF_DIGIT' });
    await expect(call.sendDtmf('1', { method: 'info', durationMs: 1 })).rejects.toMatchObject({
      code: 'ERR_MEDIA_ARGUMENT',
    });
    expect(session.bodies).toEqual([]);
  });
});

describe('the method that the peer takes', () => {
  const INFO = ['INVITE', 'INFO'];

  test.each<[string, Rig, string, DtmfMethod]>([
    ['telephone events come first', { allow: INFO }, '1', 'rfc4733'],
    ['INFO where there are none', { events: false, allow: INFO }, '1', 'info'],
    ['INFO for a flash that was not agreed on', { allow: INFO }, '!', 'info'],
    ['tones where there is neither', { events: false }, '1', 'inband'],
    ['the order is the endpoint’s', { allow: INFO, dtmfMethods: ['info-dtmf', 'rfc4733'] }, '1', 'info-dtmf'],
    ['INFO as the last resort', { events: false, dtmfMethods: ['rfc4733', 'info'] }, '1', 'info'],
  ])('%s', async (_name, rig, digits, method) => {
    const { call, session, clock } = await connected(rig);
    await clock.until(call.sendDtmf(digits));
    const body = { info: 'application/dtmf-relay', 'info-dtmf': 'application/dtmf ' }[method as 'info'];
    expect(session.bodies.length).toBe(body === undefined ? 0 : 1);
    if (body !== undefined) expect(session.bodies[0]!.startsWith(body)).toBe(true);
    expect(call.statistics().digitsSent).toBe(body === undefined ? 1 : 0);
  });

  test('a peer that refuses INFO after all gets tones', async () => {
    const { call, session, clock } = await connected({ events: false, allow: INFO });
    session.statuses.push(415);
    await clock.until(call.sendDtmf('12'));
    expect(session.bodies).toHaveLength(1);
    expect(call.statistics().digitsSent).toBe(2);
  });

  test('a digit in the middle that fails is not sent twice', async () => {
    const { call, session, clock } = await connected({ events: false, allow: INFO });
    session.statuses.push(200, 500);
    const outcome = call.sendDtmf('12').catch((error: unknown) => error);
    expect(await clock.until(outcome)).toMatchObject({ code: 'ERR_CALL_REJECTED', status: 500 });
    expect(call.statistics().digitsSent).toBe(0);
  });

  test('none is an error that says so', async () => {
    const { call } = await connected({ events: false, dtmfMethods: ['rfc4733'] });
    await expect(call.sendDtmf('1')).rejects.toMatchObject({ code: 'ERR_DTMF_NOT_NEGOTIATED' });
    await expect(scriptedEndpoint({ dtmfMethods: [] })).rejects.toMatchObject({ code: 'ERR_OPTION' });
    await expect(scriptedEndpoint({ dtmfMethods: ['smoke' as 'info'] })).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });
});

describe('an INFO that comes', () => {
  const relay = (text: string) => ({ type: 'application/dtmf-relay', text });

  async function rig() {
    const made = await connected();
    const heard: unknown[] = [];
    made.call.on('dtmfStart', (press) => heard.push(press));
    made.call.on('dtmf', (digit) => heard.push(digit));
    return { ...made, heard };
  }

  test('with a digit is answered 200 and told, with its beginning', async () => {
    const { session, heard } = await rig();
    expect(session.request('INFO', [], relay('Signal=5\r\nDuration=160\r\n')).status).toBe(200);
    expect(session.request('INFO', [], { type: 'application/dtmf', text: '#' }).status).toBe(200);
    expect(heard).toEqual([
      { digit: '5', method: 'info' },
      { digit: '5', method: 'info', durationMs: 160 },
      { digit: '#', method: 'info-dtmf' },
      { digit: '#', method: 'info-dtmf', durationMs: 0 },
    ]);
  });

  test('without a body is a sign of life', async () => {
    const { session, heard } = await rig();
    expect(session.request('INFO').status).toBe(200);
    expect(heard).toEqual([]);
  });

  test('with another body is refused with what can be read', async () => {
    const { session, heard } = await rig();
    const answer = session.request('INFO', [], { type: 'application/media_control+xml', text: '<x/>' });
    expect([answer.status, answer.headers.get('Accept')]).toEqual([415, 'application/dtmf-relay, application/dtmf']);
    const packed = session.request('INFO', [['Content-Encoding', 'gzip']], relay('Signal=5'));
    expect([packed.status, packed.headers.get('Accept-Encoding')]).toEqual([415, 'identity']);
    expect(session.request('INFO', [], relay('Signal=x')).status).toBe(400);
    expect(heard).toEqual([]);
  });
});

describe('two endpoints', () => {
  test.each<DtmfMethod>(['rfc4733', 'info', 'info-dtmf', 'inband'])('by %s', async (method) => {
    const lab = new MemoryLab();
    const { call, peer } = await lab.talking({}, {}, { inbandDtmf: true });
    const heard: string[] = [];
    peer.on('dtmfStart', ({ digit }) => heard.push(`${digit} down`));
    peer.on('dtmf', (digit) => heard.push(`${digit.digit} ${digit.method}`));
    await lab.until(call.sendDtmf('42#', { method }));
    await lab.clock.advance(300);
    expect(heard).toEqual([...'42#'].flatMap((digit) => [`${digit} down`, `${digit} ${method}`]));
  });

  test('what Offhook says of itself is enough for INFO to be chosen', async () => {
    const lab = new MemoryLab();
    const { call, peer } = await lab.talking({}, { dtmfMethods: ['info', 'rfc4733'] });
    const heard: string[] = [];
    peer.on('dtmf', ({ digit, method }) => heard.push(`${digit} ${method}`));
    await lab.until(call.sendDtmf('7'));
    expect(heard).toEqual(['7 info']);
    expect(lab.ladder).toContain('alice INFO');
  });

  test('a digit that comes in RTP and by INFO is told once; the same key twice is two', async () => {
    const lab = new MemoryLab();
    const { call, peer } = await lab.talking();
    const heard: string[] = [];
    peer.on('dtmfStart', ({ digit }) => heard.push(`${digit} down`));
    peer.on('dtmf', ({ digit }) => heard.push(digit));
    for (const digit of '55') {
      // Straight to the audio: strings of one call would wait for each other.
      const both = [call.audio.sendDtmf(digit), call.sendDtmf(digit, { method: 'info' })];
      await lab.until(Promise.all(both));
    }
    expect(heard).toEqual(['5 down', '5', '5 down', '5']);
  });

  test('a peer that falls silent is reported', async () => {
    const lab = new MemoryLab();
    const { call } = await lab.talking();
    const silences: number[] = [];
    call.on('inactive', (ms) => silences.push(ms));
    lab.rtpNetwork.setPath('10.0.0.2', '10.0.0.1', { loss: 1 });
    await lab.clock.advance(60_000);
    expect(silences).toHaveLength(1);
    expect(silences[0]).toBeGreaterThanOrEqual(30_000);
  });
});
