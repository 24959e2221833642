import { parseVqReport, toneLevelDbfs, toneSource } from '@offhook/rtp-media';
import { describe, expect, test } from 'vitest';
import type { EndpointOptions } from '../endpoint/endpoint-options';
import { controlled, establishedLeg } from '../testing/server-leg';
import { wireSdp } from '../testing/wire-peer';

/** Sends the phone audio (µ-law) or a telephone event, as the party behind the server does. */
async function speak(
  { lab }: Pick<Awaited<ReturnType<typeof controlled>>, 'lab'>,
  packets: number,
  payload: (at: number) => { type: number; bytes: number[]; timestamp?: number; marker?: boolean },
) {
  for (let at = 0; at < packets; at++) {
    const { type, bytes, timestamp = at * 160, marker = false } = payload(at);
    const packet = Uint8Array.from([
      ...[0x80, (marker ? 0x80 : 0) | type, at >> 8, at & 255],
      ...[timestamp >> 24, (timestamp >> 16) & 255, (timestamp >> 8) & 255, timestamp & 255],
      ...[1, 2, 3, 4],
      ...bytes,
    ]);
    lab.rtpNetwork.send(packet, { host: '10.0.0.200', port: 7000 }, lab.media[0]!.rtpAddress);
    await lab.clock.advance(20);
  }
}

const audio = () => ({ type: 0, bytes: Array.from({ length: 160 }, (_, at) => (at * 7) & 255) });

/** A byte of µ-law as PCM (ITU-T G.711). */
function linear(byte: number): number {
  const bits = ~byte & 255;
  const magnitude = (((bits & 15) << 3) + 132) << ((bits >> 4) & 7);
  return bits & 128 ? 132 - magnitude : magnitude - 132;
}

describe('digits to the server', () => {
  test('as telephone events (RFC 4733): one timestamp, growing durations, three ends', async () => {
    const { call, lab, rtp } = await establishedLeg();
    await lab.clock.advance(100);
    rtp.length = 0;
    await lab.until(call.sendDtmf('5'), 1000);
    await lab.clock.advance(100);
    const events = rtp.filter((packet) => (packet[1]! & 127) === 101);
    expect(events.length).toBeGreaterThan(4);
    expect(events.map((packet) => packet[12])).toEqual(events.map(() => 5));
    expect(new Set(events.map((packet) => packet.subarray(4, 8).join())).size).toBe(1);
    expect(events.map((packet) => packet[1]! >> 7)).toEqual(events.map((_, at) => (at === 0 ? 1 : 0)));
    const ends = events.filter((packet) => packet[13]! & 0x80);
    expect(ends).toHaveLength(3);
    expect(events.slice(-3)).toEqual(ends);
    const durations = events.map((packet) => (packet[14]! << 8) | packet[15]!);
    expect(durations).toEqual(durations.toSorted((a, b) => a - b));
  });

  test('as telephone events of the payload type that the server changed in a re-INVITE', async () => {
    const { leg, call, lab, rtp } = await establishedLeg();
    await leg.reinvite(wireSdp({ version: 2 }).replace('AVP 0 101', 'AVP 0 96').replace('rtpmap:101', 'rtpmap:96'));
    rtp.length = 0;
    await lab.until(call.sendDtmf('1'), 1000);
    expect(rtp.some((packet) => (packet[1]! & 127) === 96)).toBe(true);
    expect(rtp.some((packet) => (packet[1]! & 127) === 101)).toBe(false);
  });

  test('by INFO', async () => {
    const { call, lab, server } = await establishedLeg();
    const sent = call.sendDtmf('7', { method: 'info' });
    await lab.clock.advance(20);
    const [info] = server.requests('INFO');
    expect(info!.contentType).toBe('application/dtmf-relay');
    expect(info!.text).toMatch(/^Signal=7\r\nDuration=\d+\r\n$/);
    await server.respond(info!, 200);
    await lab.until(sent, 1000);
  });

  test('as tones in the audio', async () => {
    const { call, lab, rtp } = await establishedLeg();
    await lab.clock.advance(100);
    rtp.length = 0;
    await lab.until(call.sendDtmf('5', { method: 'inband', durationMs: 200 }), 2000);
    const pcm = Int16Array.from(rtp.slice(2, 8).flatMap((packet) => [...packet.subarray(12)].map(linear)));
    expect(toneLevelDbfs(pcm, 8000, 770)).toBeGreaterThan(-20);
    expect(toneLevelDbfs(pcm, 8000, 1336)).toBeGreaterThan(-20);
    expect(toneLevelDbfs(pcm, 8000, 941)).toBeLessThan(-35);
  });
});

describe('digits from the server', () => {
  test('as telephone events, told once though the end comes three times', async () => {
    const rig = await establishedLeg();
    const heard: string[] = [];
    rig.call.on('dtmf', ({ digit, method }) => heard.push(`${digit} ${method}`));
    await speak(rig, 8, (at) => ({
      type: 101,
      bytes: [9, at > 4 ? 0x8a : 0x0a, 0, Math.min(at + 1, 6) * 40],
      timestamp: 160,
      marker: at === 0,
    }));
    expect(heard).toEqual(['9 rfc4733']);
  });

  test('by INFO', async () => {
    const { server, leg, call } = await establishedLeg();
    const heard: string[] = [];
    call.on('dtmf', ({ digit, method }) => heard.push(`${digit} ${method}`));
    const info = await leg.request('INFO', { body: ['application/dtmf-relay', 'Signal=3\r\nDuration=160\r\n'] });
    expect(server.answer(info)!.status).toBe(200);
    expect(heard).toEqual(['3 info']);
  });
});

describe('message waiting', () => {
  test('is subscribed to, told, refreshed and given up (RFC 3842, RFC 6665)', async () => {
    const { endpoint, lab, server } = await controlled();
    const line = endpoint.addConnection({ user: 'sip:bob@example.com', server: 'sip:10.0.0.200:5060', expires: 0 });
    const watch = line.events.watchMessages(undefined, { expires: 600 });
    await lab.clock.advance(20);
    const [subscribe] = server.requests('SUBSCRIBE');
    expect(subscribe!.headers.get('Event')).toBe('message-summary');
    expect(subscribe!.headers.get('Accept')).toContain('application/simple-message-summary');
    const granted: [string, string][] = [['Expires', '600']];
    await server.respond(subscribe!, 200, { headers: granted });
    const notify = await server.request('NOTIFY', {
      callId: subscribe!.callId,
      toTag: subscribe!.from.tag,
      headers: [
        ['Event', 'message-summary'],
        ['Subscription-State', 'active;expires=600'],
        ['Contact', '<sip:server@10.0.0.200:5060>'],
      ],
      body: ['application/simple-message-summary', 'Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/1)\r\n'],
    });
    expect(server.answer(notify)!.status).toBe(200);
    expect(watch.value).toMatchObject({ waiting: true, counts: { voice: { new: 2, old: 8 } } });
    await lab.clock.advance(590_000);
    const refresh = server.requests('SUBSCRIBE').at(-1)!;
    expect(refresh.cseq.sequence).toBeGreaterThan(subscribe!.cseq.sequence);
    await server.respond(refresh, 200, { headers: granted });
    void watch.stop();
    await lab.clock.advance(20);
    expect(server.requests('SUBSCRIBE').at(-1)!.headers.get('Expires')).toBe('0');
  });
});

describe('voice quality', () => {
  test('is published to the collector when the call is over, to be found by its Call-ID (RFC 6035)', async () => {
    const rig = await establishedLeg({ quality: { collector: 'sip:collector@10.0.0.200:5060' } });
    const { server, leg, call, lab } = rig;
    await speak(rig, 300, audio);
    await leg.bye();
    await lab.clock.advance(100);
    const publish = server.requests('PUBLISH').at(-1)!;
    expect(publish.headers.get('Event')).toBe('vq-rtcpxr');
    const report = parseVqReport(publish.text)!;
    expect(report).toMatchObject({ kind: 'session', callTerm: true, callId: call.callId });
    expect(report.local!.quality!.mosLq).toBeGreaterThan(4);
    await server.respond(publish, 200, { headers: [['SIP-ETag', 'x']] });
  });

  test('is measured while the call lasts: packets, losses, MOS', async () => {
    const rig = await establishedLeg();
    await speak(rig, 300, (at) => ({ ...audio(), timestamp: at * 160 }));
    expect(rig.call.statistics()).toMatchObject({ packetsReceived: 300, packetsLost: 0 });
    expect(rig.call.quality!.mosLq!.min).toBeGreaterThan(4);
  });
});

describe('RTP inactivity', () => {
  const options: EndpointOptions = { inactivityMs: 10_000, releaseInactive: true };

  test('releases the call with BYE and the reason when the other party is silent for too long', async () => {
    const rig = await establishedLeg(options);
    await speak(rig, 50, audio);
    await rig.lab.clock.advance(8000);
    expect(rig.call.state).toBe('connected');
    await rig.lab.clock.advance(3000);
    const [bye] = rig.server.requests('BYE');
    expect(bye!.headers.get('Reason')).toContain('cause=408');
    await rig.server.respond(bye!, 200);
    expect(rig.call.state).toBe('disconnected');
  });

  test.each([
    ['by the null address', wireSdp({ address: '0.0.0.0', version: 2 })],
    ['by inactive', wireSdp({ direction: 'inactive', version: 2 })],
    ['by sendonly', wireSdp({ direction: 'sendonly', version: 2 })],
    ['by recvonly', wireSdp({ direction: 'recvonly', version: 2 })],
  ])('does not release a call that the server holds %s, where nothing need come', async (_, hold) => {
    const rig = await establishedLeg(options);
    await speak(rig, 50, audio);
    await rig.leg.reinvite(hold);
    await rig.lab.clock.advance(60_000);
    expect(rig.server.requests('BYE')).toEqual([]);
    await rig.leg.reinvite(wireSdp({ version: 3 }));
    await rig.lab.clock.advance(9000);
    expect(rig.server.requests('BYE')).toEqual([]);
    await rig.lab.clock.advance(2000);
    expect(rig.server.requests('BYE').length).toBeGreaterThan(0);
  });

  test('nor is silence an alarm while the server holds the call', async () => {
    const rig = await establishedLeg({ device: { source: toneSource({ frequencies: [440] }) } });
    const alarms: string[] = [];
    rig.call.on('qualityAlarm', ({ measure }) => alarms.push(measure));
    await speak(rig, 100, audio);
    await rig.leg.reinvite(wireSdp({ address: '0.0.0.0', version: 2 }));
    await rig.lab.clock.advance(120_000);
    expect(alarms).toEqual([]);
  });

  test('is told either way', async () => {
    const rig = await establishedLeg({ inactivityMs: 5000 });
    const told: string[] = [];
    rig.call.on('inactive', () => told.push('inactive'));
    rig.call.on('active', () => told.push('active'));
    rig.call.audio.source = toneSource({ frequencies: [440] });
    await speak(rig, 50, audio);
    await rig.lab.clock.advance(6000);
    await speak(rig, 5, (at) => ({ ...audio(), timestamp: 60_000 + at * 160 }));
    expect(told).toEqual(['inactive', 'active']);
    expect(rig.call.state).toBe('connected');
  });
});
