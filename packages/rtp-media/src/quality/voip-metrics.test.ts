import { describe, expect, test } from 'vitest';
import { XR_UNAVAILABLE } from '../rtcp/extended-report';
import { emptyStatistics } from '../session/audio-statistics';
import { readVoipMetrics, voipMetricsBlock } from './voip-metrics';

const statistics = {
  ...emptyStatistics(),
  remoteSsrc: 0x1234,
  packetsReceived: 1000,
  receiveFormat: { name: 'PCMU', clockRate: 8000, sampleRate: 8000, channels: 1 },
  loss: { packets: 1000, lost: 40, discarded: 10, lossRuns: 20, bursts: 4, burstPackets: 80, burstLosses: 40, gaps: 5 },
  roundTripMs: 120,
  bufferMs: 40,
  meanBufferMs: 38,
  targetBufferMs: 45,
  queuedMs: 5,
};

describe('VoIP metrics (RFC 3611 §4.7)', () => {
  test('shares in 1/256, durations in ms, one rounded down and the other to the nearest', () => {
    expect(voipMetricsBlock(statistics, 400)).toMatchObject({
      ssrc: 0x1234,
      lossRate: 10,
      discardRate: 2,
      burstDensity: 128,
      gapDensity: 2,
      burstDuration: 400,
      gapDuration: 3680,
      roundTripDelay: 120,
      endSystemDelay: 65,
      signalLevel: XR_UNAVAILABLE,
      noiseLevel: XR_UNAVAILABLE,
      residualEchoReturnLoss: XR_UNAVAILABLE,
      externalRFactor: XR_UNAVAILABLE,
      gmin: 16,
      jitterBufferNominal: 45,
      jitterBufferMaximum: 50,
      jitterBufferAbsoluteMaximum: 400,
    });
  });

  test('levels of speech and of the rest while they are measured', () => {
    const received = { durationMs: 1000, activeMs: 500, energy: 5.05, activeEnergy: 5, level: 0, silentMs: 0 };
    const block = voipMetricsBlock({ ...statistics, signal: { sent: received, received } }, 400)!;
    // A mean square of 1/100 is 20 dB below 6.15 dBm0, one of 1/10000 is 40 dB below.
    expect(block).toMatchObject({ signalLevel: -14, noiseLevel: -34 });
  });

  test('what does not fit is the most that does', () => {
    const far = { ...statistics, roundTripMs: 1e6, queuedMs: 1e6, packetMs: 1e6 };
    expect(voipMetricsBlock(far, 1e6)).toMatchObject({
      roundTripDelay: 0xffff,
      endSystemDelay: 0xffff,
      burstDuration: 0xffff,
    });
  });

  test('nothing before there was a source', () => {
    expect(voipMetricsBlock(emptyStatistics(), 400)).toBeUndefined();
  });

  test('in plain units, without what the peer did not measure or cannot be', () => {
    const block = voipMetricsBlock(statistics, 400)!;
    expect(readVoipMetrics(block)).toEqual({
      lossRate: 10 / 256,
      discardRate: 2 / 256,
      burstDensity: 0.5,
      gapDensity: 2 / 256,
      burstMs: 400,
      gapMs: 3680,
      roundTripMs: 120,
      endSystemDelayMs: 65,
      rFactor: block.rFactor,
      mosLq: block.mosListening / 10,
      mosCq: block.mosConversational / 10,
      jitterBufferNominalMs: 45,
      jitterBufferMaximumMs: 50,
      jitterBufferAbsoluteMaximumMs: 400,
    });
    const wild = {
      ...block,
      rFactor: 255,
      mosListening: 0,
      mosConversational: 99,
      externalRFactor: 101,
      roundTripDelay: 0,
    };
    const read = readVoipMetrics(wild);
    for (const name of ['rFactor', 'externalRFactor', 'mosLq', 'mosCq', 'roundTripMs'])
      expect(read).not.toHaveProperty(name);
  });
});
