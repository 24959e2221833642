import { afterEach, describe, expect, test } from 'vitest';
import { RecordingSource } from '../sources/recording-source';
import { silenceSource } from '../sources/silence-source';
import { toneSource } from '../sources/tone-source';
import type { MemoryPath } from '../testing/memory-rtp-network';
import { Pair } from '../testing/session-pair';
import { voice } from '../testing/voice';
import type { IntervalStatistics } from './interval-statistics';
import type { QualityAlarm } from './quality-alarms';
import { QualityMonitor, type QualityMonitorOptions } from './quality-monitor';

const A = '192.0.2.1';
const B = '192.0.2.2';
let pair: Pair;
let monitor: QualityMonitor | undefined;

/** A call whose path from A to B is as given, watched at B. */
function call(path: MemoryPath, options: Partial<QualityMonitorOptions> = {}) {
  pair = new Pair();
  pair.network.setPath(A, B, path);
  const intervals: IntervalStatistics[] = [];
  const alarms: string[] = [];
  const raised: QualityAlarm[] = [];
  pair.a.source = new RecordingSource(voice(20), 8000, { loop: true });
  pair.b.source = new RecordingSource(voice(20), 8000, { loop: true });
  pair.configure({ rtcpXr: true });
  monitor = new QualityMonitor({ session: pair.b, clock: pair.clock, ...options });
  monitor.on('interval', (interval) => intervals.push(interval));
  monitor.on('alarm', (alarm) => {
    alarms.push(`+${alarm.measure}`);
    raised.push(alarm);
  });
  monitor.on('cleared', ({ measure }) => alarms.push(`-${measure}`));
  return { intervals, alarms, raised };
}

/** Loses the packets of RTP whose number, from the first, the pattern says. */
function losing(lost: (index: number) => boolean, delay = 20): MemoryPath {
  let index = 0;
  return { deliver: (bytes) => (bytes[1]! >= 200 ? [delay] : lost(index++) ? [] : [delay]) };
}

afterEach(async () => {
  monitor?.stop();
  await Promise.all([pair.a.close(), pair.b.close()]);
});

describe('intervals', () => {
  test('a clean network', () => {
    const { intervals, alarms } = call({ delay: 40 });
    pair.network.setPath(B, A, { delay: 40 });
    pair.clock.advance(20_000);
    expect(intervals).toHaveLength(4);
    const [, second] = intervals;
    expect(second).toMatchObject({
      durationMs: 5000,
      packetsSent: 250,
      packetsReceived: 250,
      lossRate: 0,
      discardRate: 0,
      concealedMs: 0,
      muted: false,
      loss: { packets: 250, lost: 0, bursts: 0 },
    });
    expect(intervals.at(-1)!.roundTripMs).toBeCloseTo(80, 0);
    expect(second!.jitterMs).toBeLessThan(1);
    expect(second!.bufferMs).toBeLessThan(21);
    expect(second!.quality!.mosLq).toBeCloseTo(4.41, 2);
    expect(second!.quality!.delayMs).toBeCloseTo(40 + second!.bufferMs + 20, 0);
    expect(alarms).toEqual([]);
  });

  test('single losses: every 25th packet is 4 %, in one gap, and concealed', () => {
    const { intervals } = call(losing((index) => index % 25 === 24));
    pair.clock.advance(30_000);
    const interval = intervals[3]!;
    expect(interval.loss).toMatchObject({ packets: 250, lost: 10, lossRuns: 10, bursts: 0 });
    expect(interval.lossRate).toBeCloseTo(0.04);
    expect(interval.gapDensity).toBeCloseTo(0.04);
    expect(interval.concealedMs).toBeCloseTo(200, -1);
    expect(interval.concealmentEvents).toBe(10);
    expect(interval.quality!.packetLoss).toBeCloseTo(0.04);
    expect(interval.quality!.burstRatio).toBe(1);
  });

  test('bursts: 5 of every 125 packets are the same 4 %, but in bursts of 100 ms', () => {
    const { intervals } = call(losing((index) => index % 125 >= 120));
    pair.clock.advance(30_000);
    const interval = intervals[3]!;
    expect(interval.loss).toMatchObject({
      packets: 250,
      lost: 10,
      lossRuns: 2,
      bursts: 2,
      burstPackets: 10,
      burstLosses: 10,
    });
    expect(interval).toMatchObject({ burstDensity: 1, gapDensity: 0, burstMs: 100, gapMs: 2400 });
    expect(interval.quality!.burstRatio).toBeCloseTo(4.8);
    const total = monitor!.stop().total;
    expect(total.loss.lost).toBe(total.loss.bursts * 5);
  });

  test('packets that come too late are discards, not losses', () => {
    let index = 0;
    const { intervals } = call({ deliver: (bytes) => (bytes[1]! >= 200 || index++ % 125 !== 124 ? [20] : [400]) });
    pair.clock.advance(30_000);
    const interval = intervals[3]!;
    expect(interval.loss).toMatchObject({ packets: 250, lost: 0, discarded: 2 });
    expect(interval.packetsLate).toBe(2);
    expect(interval.discardRate).toBeCloseTo(0.008);
    expect(interval.lossRate).toBe(0);
  });

  test('random loss over a call agrees with what the network did', () => {
    let lost = 0;
    let sent = 0;
    let seed = 7;
    const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    call(
      losing(() => {
        sent++;
        if (random() >= 0.08) return false;
        lost++;
        return true;
      }),
    );
    pair.clock.advance(120_000);
    const { total, lossRate, mosCq } = monitor!.stop();
    // The fate of the last 64 packets is open.
    expect(total.loss.packets).toBeGreaterThan(sent - 80);
    expect(Math.abs(total.loss.lost - (lost * total.loss.packets) / sent)).toBeLessThan(12);
    expect(total.quality!.packetLoss).toBeCloseTo(0.08, 1);
    expect(total.quality!.burstRatio).toBeLessThan(1.15);
    expect(lossRate!.min).toBeLessThan(lossRate!.mean);
    expect(lossRate!.max).toBeGreaterThan(lossRate!.mean);
    expect(mosCq!.mean).toBeLessThan(4);
  });
});

describe('what changes in a call', () => {
  test('on hold nothing is judged, and alarms stay as they are', () => {
    const { intervals, alarms } = call(
      losing((index) => index % 10 === 9),
      { thresholds: { mos: false } },
    );
    pair.clock.advance(10_000);
    expect(alarms).toEqual(['+loss']);
    pair.configureA({ direction: 'inactive', rtcpXr: true });
    pair.configureB({ direction: 'inactive', rtcpXr: true });
    pair.clock.advance(20_000);
    expect(intervals.at(-1)).toMatchObject({ packetsReceived: 0, packetsSent: 0, loss: { packets: 0 }, gapMs: 0 });
    expect(intervals.at(-1)).not.toHaveProperty('quality');
    expect(alarms).toEqual(['+loss']);
  });

  test('another source begins a new pattern, and the counts go on', () => {
    const { intervals } = call({ delay: 20 });
    pair.clock.advance(10_000);
    const before = pair.b.statistics();
    // A comes back with another identifier, as after a transfer.
    const other = new Pair({ seed: 9 });
    other.a.source = toneSource();
    other.configure();
    other.clock.advance(500);
    const foreign = other.sentByA[0]!;
    pair.configureA({ direction: 'inactive' });
    for (let i = 0; i < 100; i++) {
      const packet = new Uint8Array(172);
      const view = new DataView(packet.buffer);
      view.setUint32(0, 0x8000_0000 | ((foreign.sequenceNumber + i) & 0xffff));
      view.setUint32(4, foreign.timestamp + i * 160);
      view.setUint32(8, foreign.ssrc);
      pair.network.send(packet, pair.transportA.rtpAddress, pair.transportB.rtpAddress);
      pair.clock.advance(20);
    }
    const after = pair.b.statistics();
    expect(after.remoteSsrc).not.toBe(before.remoteSsrc);
    // All of the first source is judged at once; of the other, what 64 packets followed.
    expect(after.loss.packets).toBeGreaterThanOrEqual(before.packetsReceived + 30);
    expect(after.loss.lost).toBe(0);
    expect(intervals).toHaveLength(2);
  });

  test('another codec is judged as what it is', () => {
    const L16 = { name: 'L16', clockRate: 16_000, payloadType: 100 };
    const { intervals } = call({ delay: 20 });
    pair.clock.advance(10_000);
    pair.configure({ sendCodec: L16, receiveCodecs: [L16] });
    pair.clock.advance(10_000);
    expect(intervals[0]!.quality!.wideband).toBe(false);
    expect(intervals.at(-1)!.quality).toMatchObject({ wideband: true });
    expect(intervals.at(-1)!.quality!.rLq).toBeCloseTo(129, 0);
  });
});

describe('signals', () => {
  test('levels and voice activity of both directions', () => {
    const { intervals } = call({});
    pair.b.source = toneSource({ levelDb: -20 });
    pair.clock.advance(20_000);
    const { sent, received } = intervals[2]!;
    expect(sent!.durationMs).toBe(5000);
    expect(sent!.levelDbm0).toBeCloseTo(-16.86, 1);
    // A voice of 400 ms every 650 ms, with the hang-over of the detector.
    expect(received!.activeMs / received!.durationMs).toBeGreaterThan(0.5);
    expect(received!.activeDbm0).toBeGreaterThan(-30);
    expect(received!.silentMs).toBeLessThan(1000);
  });

  test('are not measured when not wanted', () => {
    const { intervals } = call({}, { signals: false });
    pair.clock.advance(5000);
    expect(intervals[0]).not.toHaveProperty('sent');
    expect(pair.b.statistics()).not.toHaveProperty('signal');
  });

  test('a microphone that gives nothing raises an alarm, a muted one does not', () => {
    const { alarms } = call({});
    pair.b.source = silenceSource();
    pair.b.muted = true;
    pair.clock.advance(30_000);
    expect(alarms).toEqual([]);
    pair.b.muted = false;
    pair.clock.advance(5000);
    expect(alarms).toEqual(['+silentSource']);
    expect(monitor!.alarms).toEqual(['silentSource']);
    pair.b.source = toneSource();
    pair.clock.advance(5000);
    expect(alarms).toEqual(['+silentSource', '-silentSource']);
  });
});

describe('alarms', () => {
  test('are raised once, and cleared only when the measure is well again', () => {
    let every = 10;
    const { alarms, raised } = call(
      losing((index) => index % every === every - 1),
      { thresholds: { mos: false } },
    );
    pair.clock.advance(25_000);
    expect(alarms).toEqual(['+loss']);
    expect(raised[0]).toMatchObject({ measure: 'loss', threshold: 0.05 });
    expect(raised[0]!.value).toBeCloseTo(0.1, 1);
    // 3.3 % lie between the two thresholds.
    every = 30;
    pair.clock.advance(25_000);
    expect(alarms).toEqual(['+loss']);
    every = 1e9;
    pair.clock.advance(15_000);
    expect(alarms).toEqual(['+loss', '-loss']);
  });

  test('for jitter, round trip and MOS', () => {
    const { alarms } = call({ delay: 250, jitter: 200 });
    pair.network.setPath(B, A, { delay: 250 });
    pair.clock.advance(40_000);
    expect(alarms).toContain('+jitter');
    expect(alarms).toContain('+roundTrip');
    expect(alarms).toContain('+mos');
  });
});

describe('what the peer hears', () => {
  test('is known from its reports, and raises an alarm', () => {
    const { intervals, alarms } = call({ delay: 30 });
    pair.network.setPath(
      B,
      A,
      losing((index) => index % 10 === 9, 30),
    );
    pair.clock.advance(40_000);
    expect(intervals[4]!.remote!.lossRate).toBeCloseTo(0.1, 1);
    expect(intervals[4]!.remote!.mosCq).toBeLessThan(3.7);
    expect(intervals[4]!.quality!.mosCq).toBeGreaterThan(4.2);
    expect(intervals[4]!.at).toBe(pair.clock.date() - 15_000);
    expect(alarms).toEqual(['+remoteLoss']);
  });

  test('is estimated where it sends no VoIP metrics', () => {
    const { intervals } = call({ delay: 30 });
    pair.network.setPath(
      B,
      A,
      losing((index) => index % 10 === 9, 30),
    );
    pair.configure({ rtcpXr: false });
    pair.clock.advance(40_000);
    expect(pair.b.statistics().remoteVoipMetrics).toBeUndefined();
    expect(intervals[5]!.remote!.mosCq).toBeLessThan(3.7);
    expect(intervals[5]!.remote!.mosCq).toBeGreaterThan(3);
  });
});

describe('a call', () => {
  test('ends with a sum of all, the last part of an interval included', () => {
    call({ delay: 30 });
    pair.clock.advance(12_000);
    const quality = monitor!.stop();
    expect(quality).toMatchObject({ durationMs: 12_000, intervals: 3 });
    expect(quality.total.packetsReceived).toBeGreaterThan(595);
    expect(quality.jitterMs!.max).toBeLessThan(1);
    expect(monitor!.stop()).toEqual(quality);
    const { pending } = pair.clock;
    pair.clock.advance(10_000);
    expect(pending).toBeGreaterThan(0);
    expect(monitor!.summary().intervals).toBe(3);
  });
});

describe('what the peer says', () => {
  test('its VoIP metrics are those the network made (RFC 3611 §4.7)', () => {
    call(losing((index) => index % 125 >= 120, 60));
    pair.network.setPath(B, A, { delay: 60 });
    pair.clock.advance(60_000);
    const { remoteVoipMetrics: metrics } = pair.a.statistics();
    expect(metrics!.lossRate).toBeCloseTo(0.04, 1);
    expect(metrics).toMatchObject({ discardRate: 0, burstDensity: 255 / 256, jitterBufferAbsoluteMaximumMs: 400 });
    // A burst of which not all packets are judged yet makes the mean less.
    expect(metrics!.burstMs).toBeCloseTo(100, -1);
    expect(metrics!.gapMs).toBeCloseTo(2400, -3);
    expect(metrics!.gapDensity).toBe(0);
    expect(metrics!.roundTripMs).toBeCloseTo(120, -1);
    expect(metrics!.signalDbm0).toBeLessThan(-5);
    expect(metrics!.signalDbm0).toBeGreaterThan(-30);
    expect(metrics!.noiseDbm0).toBeLessThan(metrics!.signalDbm0!);
    expect(metrics!.mosCq).toBeCloseTo(monitor!.summary().total.quality!.mosCq, 0);
    expect(metrics!.residualEchoReturnLossDb).toBeUndefined();
  });

  test('nothing when extended reports were not agreed on', () => {
    pair = new Pair();
    pair.configure();
    pair.clock.advance(30_000);
    expect(pair.a.statistics().remoteVoipMetrics).toBeUndefined();
    expect(pair.rtcp.length).toBeGreaterThan(5);
  });
});
