import { parseVqReport, silenceSource, toneSource } from '@offhook/rtp-media';
import { expect, test } from 'vitest';
import type { EndpointOptions } from '../endpoint/endpoint-options';
import { MemoryLab } from '../testing/memory-lab';
import { WirePeer } from '../testing/wire-peer';

async function talking(options: EndpointOptions = {}, source = toneSource({ frequencies: [440] })) {
  const lab = new MemoryLab();
  const rig = await lab.talkingWith(options, source);
  return { lab, ...rig };
}

test('a call is judged while it lasts, and as a whole when it is over', async () => {
  const { lab, call } = await talking();
  const intervals: number[] = [];
  call.on('quality', ({ quality }) => intervals.push(quality?.mosLq ?? 0));
  await lab.clock.advance(12_000);
  expect(intervals).toHaveLength(2);
  for (const mos of intervals) expect(mos).toBeGreaterThan(4.3);
  expect(call.quality!.total.lossRate).toBe(0);
  await lab.until(call.hangup(), 1000);
  expect(intervals).toHaveLength(3);
  expect(call.quality!.durationMs).toBeGreaterThan(12_000);
});

test('is not judged where nobody wants it', async () => {
  const { lab, call } = await talking({ quality: false });
  await lab.clock.advance(6000);
  expect(call.quality).toBeUndefined();
});

test('losses raise an alarm, which the snapshot shows until they are over', async () => {
  const { lab, call } = await talking();
  const alarms: string[] = [];
  call.on('qualityAlarm', ({ measure }) => alarms.push(`+${measure}`));
  call.on('qualityCleared', ({ measure }) => alarms.push(`-${measure}`));
  lab.rtpNetwork.setPath('10.0.0.2', '10.0.0.1', { loss: 0.2 });
  await lab.clock.advance(15_000);
  expect(alarms).toContain('+loss');
  expect(call.snapshot.qualityAlarms).toContain('loss');
  lab.rtpNetwork.setPath('10.0.0.2', '10.0.0.1', {});
  await lab.clock.advance(20_000);
  expect(alarms).toContain('-loss');
  expect(call.snapshot.qualityAlarms ?? []).not.toContain('loss');
});

test('a microphone that is off, here or there, is found (missing audio)', async () => {
  const { lab, call, peer } = await talking({}, silenceSource());
  const alarms: string[] = [];
  call.on('qualityAlarm', ({ measure }) => alarms.push(`here ${measure}`));
  peer.on('qualityAlarm', ({ measure }) => alarms.push(`there ${measure}`));
  await lab.clock.advance(40_000);
  expect(alarms).toContain('here silentSource');
  expect(alarms).toContain('there silentPeer');
});

test('a call without audio is released where that is wanted, with the reason', async () => {
  const { lab, call } = await talking({ inactivityMs: 10_000, releaseInactive: true });
  await lab.clock.advance(3000);
  lab.rtpNetwork.setPath('10.0.0.2', '10.0.0.1', { loss: 1 });
  await lab.clock.advance(9000);
  expect(call.state).toBe('connected');
  await lab.clock.advance(2000);
  expect(call.state).toBe('disconnected');
});

test('reports are published to the collector: of alarms, and of the call at its end (RFC 6035)', async () => {
  const { lab, alice, call } = await talking({ quality: { collector: 'sip:collector@10.0.0.200:5060' } });
  const collector = await WirePeer.open(lab, '10.0.0.1');
  const { callId } = call;
  await lab.clock.advance(6000);
  lab.rtpNetwork.setPath('10.0.0.2', '10.0.0.1', { loss: 0.2 });
  await lab.clock.advance(10_000);
  for (const request of collector.requests('PUBLISH')) await collector.respond(request, 200);
  await lab.until(call.hangup(), 1000);
  await lab.clock.advance(50);
  const published = collector.requests('PUBLISH');
  const reports = published.map(({ text }) => parseVqReport(text)!);
  expect(new Set(published.map(({ headers }) => headers.get('Event')))).toEqual(new Set(['vq-rtcpxr']));
  expect(published.every(({ contentType }) => contentType === 'application/vq-rtcpxr')).toBe(true);
  expect(reports.filter(({ kind }) => kind === 'alert').map(({ alert }) => alert!.type)).toContain('NLR');
  const last = reports.at(-1)!;
  expect(last).toMatchObject({ kind: 'session', callTerm: true, callId });
  expect(last.dialogId).toMatchObject({ callId });
  expect(last.localAddress).toMatchObject({ ip: '10.0.0.1' });
  expect(last.remoteAddress).toMatchObject({ ip: '10.0.0.2' });
  expect(last.local!.packetLoss!.networkLossRate).toBeGreaterThan(1);
  expect(last.local!.quality!.mosLq).toBeGreaterThan(1);
  await lab.until(alice.stop({ timeout: 100 }), 1000);
});

test('a collector that does not answer holds nobody up', async () => {
  const { lab, alice, call } = await talking({ quality: { collector: 'sip:collector@10.0.0.77' } });
  await lab.clock.advance(1000);
  await lab.until(call.hangup(), 1000);
  await lab.until(alice.stop({ timeout: 100 }), 200);
  await expect(new MemoryLab().endpoint('x', { quality: { collector: 'sip:' } })).rejects.toMatchObject({
    code: 'ERR_OPTION',
    message: expect.stringContaining('quality.collector'),
  });
});
