import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { correlate } from '../analysis/correlate';
import { levelDbfs } from '../analysis/level';
import { resample } from '../audio/resampler';
import { seededRandom } from '../testing/seeded-random';
import { readWav } from '../wav/wav-format';
import { loadNoiseSuppression, NoiseSuppressor } from './noise-suppressor';

test('has to be loaded first', () => {
  expect(() => new NoiseSuppressor()).toThrow('Await loadNoiseSuppression()');
});

test.each([8000, 16_000, 44_100, 48_000])('speech of %i Hz in noise comes out cleaner', async (rate) => {
  await loadNoiseSuppression();
  const speech = readWav(readFileSync(new URL('../../../../apps/quickstart/assets/speech.wav', import.meta.url)));
  const said = resample(speech.samples, speech.sampleRate, rate).subarray(0, 4 * rate);
  const random = seededRandom(6);
  const amplitude = 32_767 * 10 ** ((levelDbfs(said) - 10) / 20) * Math.sqrt(1.5);
  const noise = () => Math.round((random() * 2 - 1) * amplitude);
  const suppressor = new NoiseSuppressor(rate);
  const step = rate / 50;
  const run = (pcm: Int16Array) => {
    const out = pcm.slice();
    for (let at = 0; at + step <= out.length; at += step) suppressor.process(out.subarray(at, at + step));
    return out;
  };
  const mixed = said.map((sample) => sample + noise());
  const clean = run(mixed);
  const best = correlate(said, clean, { maxLag: rate / 20 });
  expect(best.lag / rate).toBeLessThan(0.04);
  expect(best.correlation).toBeGreaterThan(correlate(said, mixed, { maxLag: 10 }).correlation);
  suppressor.close();
  suppressor.process(clean);
});

test.each([8000, 16_000, 32_000])('noise alone is gone after some seconds at %i Hz', async (rate) => {
  await loadNoiseSuppression();
  const random = seededRandom(6);
  const suppressor = new NoiseSuppressor(rate);
  const second = () => Int16Array.from({ length: rate }, () => (random() * 2 - 1) * 1000);
  let last = 0;
  for (let i = 0; i < 5; i++) {
    const pcm = second();
    const before = levelDbfs(pcm);
    for (let at = 0; at < rate; at += rate / 50) suppressor.process(pcm.subarray(at, at + rate / 50));
    last = levelDbfs(pcm) - before;
  }
  expect(last).toBeLessThan(-25);
  expect(suppressor.voiceProbability).toBeLessThan(0.3);
  suppressor.close();
});
