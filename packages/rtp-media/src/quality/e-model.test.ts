import { describe, expect, test } from 'vitest';
import { burstRatioOf, estimateQuality, reportedR } from './call-quality';
import { codecImpairment, G711_WITHOUT_CONCEALMENT } from './codec-impairments';
import { delayImpairment, effectiveImpairment, mosOfR, mosOfWideR, rFactor, wideRFactor } from './e-model';

describe('ITU-T G.107', () => {
  test('the defaults give the R of 93.2 and the MOS of 4.41 that the recommendation states', () => {
    expect(rFactor()).toBeCloseTo(93.2, 1);
    expect(mosOfR(rFactor())).toBeCloseTo(4.41, 2);
  });

  // Table B.1 of G.107.
  test.each([
    [90, 4.34],
    [80, 4.03],
    [70, 3.6],
    [60, 3.1],
    [50, 2.58],
  ])('an R of %i is a MOS of %f', (r, mos) => {
    expect(mosOfR(r)).toBeCloseTo(mos, 1);
    expect(Math.abs(mosOfR(r) - mos)).toBeLessThan(0.01);
  });

  test('MOS ends at 1 and 4.5', () => {
    expect(mosOfR(-10)).toBe(1);
    expect(mosOfR(2)).toBe(1);
    expect(mosOfR(100)).toBe(4.5);
    expect(mosOfR(140)).toBe(4.5);
  });

  test('an R of 93.2 is worth 11 less with G.729A, as G.113 has it', () => {
    expect(rFactor() - rFactor(codecImpairment('G729'))).toBeCloseTo(11);
  });

  test('1 % of loss costs G.711 18 without concealment, and less than 4 with (G.113 appendix I)', () => {
    expect(effectiveImpairment({ ...G711_WITHOUT_CONCEALMENT, packetLoss: 0.01 })).toBeCloseTo(17.92, 2);
    expect(effectiveImpairment({ ...codecImpairment('PCMA'), packetLoss: 0.01 })).toBeCloseTo(3.64, 2);
  });

  test('loss in bursts costs more than the same at random (§7.5)', () => {
    const loss = { ie: 0, bpl: 4.3, packetLoss: 0.02 };
    expect(effectiveImpairment({ ...loss, burstRatio: 2 })).toBeCloseTo((95 * 2) / (1 + 4.3));
    expect(effectiveImpairment({ ...loss, burstRatio: 2 })).toBeGreaterThan(effectiveImpairment(loss));
  });

  test('delay costs nothing up to 100 ms, and more than 30 at 500 ms (§7.4)', () => {
    expect(delayImpairment(100)).toBe(0);
    expect(delayImpairment(150)).toBeLessThan(1);
    expect(delayImpairment(300)).toBeGreaterThan(13);
    expect(delayImpairment(500)).toBeGreaterThan(30);
    // With echo well cancelled a call of 400 ms is one that "many users" are dissatisfied with: R from 60 to 70.
    expect(rFactor({ delayMs: 400 })).toBeGreaterThan(60);
    expect(rFactor({ delayMs: 400 })).toBeLessThan(70);
  });

  test('echo that is not cancelled is what a delay is noticed by', () => {
    expect(rFactor({ delayMs: 50 }) - rFactor({ delayMs: 50 }, { talkerEchoLoudness: 45 })).toBeGreaterThan(9);
  });

  test('room noise, loudness and quantising distortion cost too', () => {
    expect(rFactor({}, { sendRoomNoise: 60 })).toBeLessThan(rFactor() - 5);
    expect(rFactor({}, { sendLoudness: 20 })).toBeLessThan(rFactor() - 10);
    expect(rFactor({}, { quantizingDistortion: 14 })).toBeLessThan(rFactor() - 20);
  });

  test('the advantage of access is added', () => {
    expect(rFactor({ advantage: 10 }) - rFactor()).toBeCloseTo(10);
  });
});

describe('ITU-T G.107.1', () => {
  test('the best of calls has an R of 129 and a MOS of 4.5', () => {
    expect(wideRFactor()).toBe(129);
    expect(mosOfWideR(129)).toBe(4.5);
  });

  test('G.722 at 64 kbit/s costs 13 (G.113 appendix IV)', () => {
    expect(wideRFactor(codecImpairment('G722'))).toBe(116);
    expect(mosOfWideR(116)).toBeCloseTo(4.34, 2);
  });

  test('a telephone call in narrowband is about 36 below: R 93 of 129', () => {
    expect(mosOfWideR(93)).toBeCloseTo(mosOfR(93 / 1.29));
    expect(mosOfWideR(93)).toBeLessThan(3.8);
  });
});

describe('the quality of what was measured', () => {
  const clean = {
    packets: 1000,
    lost: 0,
    discarded: 0,
    lossRuns: 0,
    bursts: 0,
    burstPackets: 0,
    burstLosses: 0,
    gaps: 1,
  };

  test('half of the round trip, the jitter buffer and a packet are the delay', () => {
    const quality = estimateQuality({ loss: clean, roundTripMs: 100, bufferMs: 30, packetMs: 20, codec: 'PCMU' });
    expect(quality).toMatchObject({ delayMs: 100, packetLoss: 0, burstRatio: 1, wideband: false });
    expect(quality.mosLq).toBeCloseTo(4.41, 2);
    expect(quality.mosCq).toBeLessThan(quality.mosLq);
  });

  test('discards count as losses do', () => {
    const inputs = { bufferMs: 0, packetMs: 20, codec: 'PCMU' };
    const lost = estimateQuality({ ...inputs, loss: { ...clean, lost: 30, lossRuns: 30 } });
    const discarded = estimateQuality({ ...inputs, loss: { ...clean, discarded: 30, lossRuns: 30 } });
    expect(lost.packetLoss).toBe(0.03);
    expect(discarded.rLq).toBe(lost.rLq);
  });

  test('the burst ratio is the mean run of losses over that of random loss (G.107 §7.5)', () => {
    expect(burstRatioOf({ ...clean, lost: 100, lossRuns: 90 })).toBeCloseTo(1);
    expect(burstRatioOf({ ...clean, lost: 100, lossRuns: 25 })).toBeCloseTo(3.6);
    expect(burstRatioOf(clean)).toBe(1);
    expect(burstRatioOf({ ...clean, lost: 1000, lossRuns: 1 })).toBe(1);
  });

  test('wideband codecs are rated on the wideband scale, and reported on that of 100', () => {
    const quality = estimateQuality({ loss: clean, bufferMs: 0, packetMs: 20, codec: 'opus', sampleRate: 48_000 });
    expect(quality.wideband).toBe(true);
    expect(quality.rLq).toBe(126);
    expect(reportedR(quality.rLq, true)).toBe(98);
    expect(reportedR(120, false)).toBe(100);
  });

  test('codecs nobody knows count as middling ones of their bandwidth', () => {
    expect(codecImpairment('X-NEW', 16_000).wideband).toBe(true);
    expect(codecImpairment('X-NEW', 8000).wideband).toBe(false);
    expect(codecImpairment('L16', 16_000)).toMatchObject({ ie: 0, wideband: true });
  });
});
