import { expect, test } from 'vitest';
import { toneSource } from '../sources/tone-source';
import { voice } from '../testing/voice';
import { dbm0, SignalMeter } from './signal-meter';

function tone(levelDb: number, samples: number, sampleRate = 8000): Int16Array {
  const pcm = new Int16Array(samples);
  toneSource({ frequencies: [1000], levelDb, sampleRate }).read(pcm);
  return pcm;
}

test('a sine of full scale is 3.14 dBm0 (G.711), one 20 dB below -16.86', () => {
  const meter = new SignalMeter();
  meter.write(tone(-20, 8000), 8000);
  const { durationMs, energy } = meter.statistics();
  expect(durationMs).toBe(1000);
  expect(dbm0(energy, durationMs)).toBeCloseTo(-16.86, 1);
});

test('takes pieces of any length', () => {
  const pcm = tone(-20, 8000);
  const whole = new SignalMeter();
  const pieces = new SignalMeter();
  whole.write(pcm, 8000);
  for (let at = 0; at < pcm.length; at += 37) pieces.write(pcm.subarray(at, at + 37), 8000);
  expect(pieces.statistics()).toEqual(whole.statistics());
});

test('speech is active for as long as it lasts, in frames of 10 ms', () => {
  const meter = new SignalMeter();
  meter.write(new Int16Array(8000), 8000);
  expect(meter.statistics()).toMatchObject({ durationMs: 1000, activeMs: 0, silentMs: 1000, level: 0 });
  meter.write(voice(2), 8000);
  const { activeMs, silentMs } = meter.statistics();
  expect(activeMs).toBeGreaterThan(1000);
  expect(activeMs).toBeLessThanOrEqual(2000);
  expect(activeMs % 10).toBe(0);
  expect(silentMs).toBeLessThan(1000);
});

test('no sound is -127 dBm0, and no time no level', () => {
  expect(dbm0(0, 1000)).toBe(-127);
  expect(dbm0(0, 0)).toBeUndefined();
});
