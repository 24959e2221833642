import { describe, expect, test } from 'vitest';
import { levelDbfs, toneLevelDbfs } from '../analysis/level';
import { networkTone } from './network-tone';
import { type NetworkTone, tonePlans } from './tone-plans';

const NAMES: readonly NetworkTone[] = ['dial', 'ringback', 'busy', 'congestion', 'callWaiting'];

test('there are plans of at least 20 countries', () => {
  expect(Object.keys(tonePlans).length).toBeGreaterThanOrEqual(20);
});

describe('the tones people know', () => {
  test.each([
    ['US', 'dial', [350, 440], undefined],
    ['US', 'ringback', [440, 480], [2000, 4000]],
    ['US', 'busy', [480, 620], [500, 500]],
    ['US', 'congestion', [480, 620], [250, 250]],
    ['US', 'callWaiting', [440], [300, 10_000]],
    ['GB', 'dial', [350, 440], undefined],
    ['GB', 'ringback', [400, 450], [400, 200, 400, 2000]],
    ['GB', 'busy', [400], [375, 375]],
    ['GB', 'congestion', [400], [400, 350, 225, 525]],
    ['DE', 'dial', [425], undefined],
    ['DE', 'ringback', [425], [1000, 4000]],
    ['DE', 'busy', [425], [480, 480]],
    ['DE', 'congestion', [425], [240, 240]],
    ['DE', 'callWaiting', [425], [200, 200, 200, 5000]],
    ['FR', 'dial', [440], undefined],
    ['FR', 'ringback', [440], [1500, 3500]],
    ['FR', 'busy', [440], [500, 500]],
    ['FR', 'callWaiting', [440], [300, 10_000]],
    ['JP', 'dial', [400], undefined],
    ['JP', 'busy', [400], [500, 500]],
  ] as const)('%s %s', (plan, name, frequencies, cadence) => {
    expect(tonePlans[plan]![name]).toEqual({ frequencies, ...(cadence && { cadence }) });
  });

  test('Japan lets the phone ring for one second in three, with a flutter about 400 Hz', () => {
    const { frequencies, cadence } = tonePlans.JP!.ringback;
    expect(cadence).toEqual([1000, 2000]);
    expect(frequencies.reduce((sum, frequency) => sum + frequency, 0) / frequencies.length).toBe(400);
  });
});

describe.each(Object.keys(tonePlans))('the tones of %s', (plan) => {
  test.each(NAMES)('%s sounds and pauses as the plan says', (name) => {
    const { frequencies, cadence = [1000] } = tonePlans[plan]![name];
    expect(cadence.length === 1 || cadence.length % 2 === 0).toBe(true);
    const pcm = new Int16Array(cadence.reduce((sum, ms) => sum + ms, 0) * 8);
    networkTone(name, { plan }).read(pcm);
    let at = 0;
    for (const [i, ms] of cadence.entries()) {
      const part = pcm.subarray(at, at + ms * 8);
      at += ms * 8;
      if (i % 2 === 1) expect(levelDbfs(part)).toBe(Number.NEGATIVE_INFINITY);
      // Two near frequencies beat: a part shorter than a beat has any level.
      else if (frequencies.length === 1) expect(toneLevelDbfs(part, 8000, frequencies[0]!)).toBeCloseTo(-16, 0);
      else expect(levelDbfs(part)).toBeGreaterThan(-17);
    }
  });
});

test('a plan of one’s own is played, at any rate, as long as told', () => {
  const own = { ...tonePlans.US!, busy: { frequencies: [1000], cadence: [100, 100] } };
  const source = networkTone('busy', { plan: own, sampleRate: 16_000, durationMs: 300, levelDb: -20 });
  const pcm = new Int16Array(16_000);
  expect(source.read(pcm)).toBe(4800);
  expect(toneLevelDbfs(pcm.subarray(0, 1600), 16_000, 1000)).toBeCloseTo(-20, 1);
});

test('a country without a plan is refused', () => {
  expect(() => networkTone('busy', { plan: 'XX' })).toThrow(expect.objectContaining({ code: 'ERR_MEDIA_ARGUMENT' }));
});
