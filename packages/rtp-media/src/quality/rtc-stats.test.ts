import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { emptyStatistics } from '../session/audio-statistics';
import { RecordingSource } from '../sources/recording-source';
import { Pair } from '../testing/session-pair';
import { voice } from '../testing/voice';
import { type RtcStats, rtcStats } from './rtc-stats';

describe('statistics with the names of WebRTC', () => {
  let pair: Pair;
  let report: Map<string, RtcStats>;
  const of = (type: string) => [...report.values()].filter((stats) => stats.type === type);

  beforeEach(() => {
    pair = new Pair();
    pair.network.setPath('192.0.2.1', '192.0.2.2', { delay: 50, loss: 0.05 });
    pair.network.setPath('192.0.2.2', '192.0.2.1', { delay: 50 });
    pair.a.source = new RecordingSource(voice(10), 8000, { loop: true });
    pair.b.source = new RecordingSource(voice(10), 8000, { loop: true });
    pair.b.measuresSignals = true;
    pair.configure();
    pair.clock.advance(30_000);
    report = rtcStats(pair.b.statistics(), { timestamp: pair.clock.date(), mid: '0' });
  });

  afterEach(() => Promise.all([pair.a.close(), pair.b.close()]));

  test('one object of each kind, with references that lead somewhere', () => {
    expect([...report.values()].map(({ type }) => type).sort()).toEqual([
      'codec',
      'codec',
      'inbound-rtp',
      'media-source',
      'outbound-rtp',
      'remote-inbound-rtp',
      'remote-outbound-rtp',
      'transport',
    ]);
    for (const [id, stats] of report) {
      expect(stats.id).toBe(id);
      expect(stats.timestamp).toBe(pair.clock.date());
      for (const [name, value] of Object.entries(stats)) {
        if (name.endsWith('Id')) expect(report.has(value as string), `${stats.type}.${name}`).toBe(true);
      }
    }
  });

  test('durations are in seconds, and sound is counted in samples', () => {
    const statistics = pair.b.statistics();
    const [inbound] = of('inbound-rtp');
    expect(inbound).toMatchObject({
      kind: 'audio',
      mid: '0',
      ssrc: statistics.remoteSsrc,
      packetsLost: statistics.packetsLost,
      jitter: statistics.jitterMs / 1000,
      concealedSamples: Math.round(statistics.concealedMs * 8),
    });
    expect(inbound!.packetsLost).toBeGreaterThan(40);
    expect(inbound!.concealmentEvents).toBeGreaterThan(30);
    const delay = (inbound!.jitterBufferDelay as number) / (inbound!.jitterBufferEmittedCount as number);
    expect(delay).toBeCloseTo(statistics.meanBufferMs / 1000, 4);
    expect((inbound!.totalSamplesReceived as number) / 8000).toBeCloseTo(30, 0);
    const [remote] = of('remote-inbound-rtp');
    expect(remote!.roundTripTime).toBeCloseTo(0.1, 2);
    const mean = (remote!.totalRoundTripTime as number) / (remote!.roundTripTimeMeasurements as number);
    expect(mean).toBeCloseTo(0.1, 2);
  });

  test('the level of the source is that of its energy', () => {
    const [source] = of('media-source');
    expect(source!.totalSamplesDuration).toBeCloseTo(30, 0);
    const rms = Math.sqrt((source!.totalAudioEnergy as number) / (source!.totalSamplesDuration as number));
    expect(rms).toBeGreaterThan(0.02);
    expect(rms).toBeLessThan(0.5);
  });

  test('codecs and what the peer says it sent', () => {
    expect(of('codec')[0]).toMatchObject({ mimeType: 'audio/PCMU', clockRate: 8000, channels: 1, payloadType: 0 });
    expect(of('remote-outbound-rtp')[0]!.packetsSent).toBeGreaterThan(1000);
  });

  test('the way packets take, where ICE found it', () => {
    const statistics = {
      ...emptyStatistics(),
      transport: {
        iceState: 'completed',
        localCandidateType: 'host',
        remoteCandidateType: 'relay',
        checkRoundTripMs: 24,
        protection: 'dtls',
        suite: 'AEAD_AES_128_GCM',
      } as const,
    };
    report = rtcStats(statistics, { timestamp: 1 });
    const [transport] = of('transport');
    expect(transport).toMatchObject({ iceState: 'completed', dtlsState: 'connected', srtpCipher: 'AEAD_AES_128_GCM' });
    const pair = report.get(transport!.selectedCandidatePairId as string)!;
    expect(pair).toMatchObject({ type: 'candidate-pair', state: 'succeeded', currentRoundTripTime: 0.024 });
    expect(report.get(pair.localCandidateId as string)).toMatchObject({
      type: 'local-candidate',
      candidateType: 'host',
    });
    expect(report.get(pair.remoteCandidateId as string)).toMatchObject({ candidateType: 'relay' });
  });

  test('a session that has not begun has little to tell', () => {
    const nothing = rtcStats(emptyStatistics(), { timestamp: 1, idPrefix: 'call-1/' });
    expect([...nothing.keys()]).toEqual(['call-1/T', 'call-1/O']);
    expect(nothing.get('call-1/O')).toMatchObject({ packetsSent: 0, active: false, transportId: 'call-1/T' });
  });
});
