import { describe, expect, test } from 'vitest';
import { levelDbfs, toneLevelDbfs } from '../analysis/level';
import { networkTone } from './network-tone';
import { type NetworkTone, tonePlans } from './tone-plans';

const NAMES: readonly NetworkTone[] = ['dial', 'ringback', 'busy', 'congestion', 'callWaiting'];

test('there are plans of at least 20 countries', () => {
  expect(Object.keys(tonePlans).length).toBeGreaterThanOrEqual(20);
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
