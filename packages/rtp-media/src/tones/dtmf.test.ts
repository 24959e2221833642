import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { levelDbfs, toneLevelDbfs } from '../analysis/level';
import { loadResampler, resample } from '../audio/resampler';
import type { DtmfDigit } from '../dtmf/dtmf-digit';
import { seededRandom } from '../testing/seeded-random';
import { voice } from '../testing/voice';
import { readWav } from '../wav/wav-format';
import { DtmfDetector, type DtmfDetectorOptions } from './dtmf-detector';
import { DTMF_COLUMNS, DTMF_KEYS, DTMF_ROWS } from './dtmf-frequencies';
import { type DtmfToneOptions, dtmfTones } from './dtmf-tones';

beforeAll(loadResampler);

function samplesOf(digits: string, options: DtmfToneOptions = {}): Int16Array {
  const source = dtmfTones(digits, options);
  const all: number[] = [];
  const frame = new Int16Array(Math.round(source.sampleRate / 50));
  for (let count = source.read(frame); count >= 0; count = source.read(frame)) all.push(...frame.subarray(0, count));
  return Int16Array.from(all);
}

function detect(pcm: Int16Array, options: DtmfDetectorOptions = {}): DtmfDigit[] {
  const digits: DtmfDigit[] = [];
  const detector = new DtmfDetector((digit) => digits.push(digit), options);
  for (let at = 0; at < pcm.length; at += 160) detector.write(pcm.subarray(at, at + 160));
  detector.close();
  return digits;
}

const heard = (pcm: Int16Array, options?: DtmfDetectorOptions) =>
  detect(pcm, options)
    .map(({ digit }) => digit)
    .join('');

interface Key {
  ms: number;
  /** dBFS of the two frequencies. */
  low?: number;
  high?: number;
  /** What the two frequencies are multiplied by. */
  scale?: number | readonly [low: number, high: number];
  /** Samples of silence before. */
  lead?: number;
}

/** One key, played as told. */
function key(digit: string, { ms, low = -11, high = -9, scale = 1, lead = 400 }: Key): Int16Array {
  const index = DTMF_KEYS.indexOf(digit);
  const [lowScale, highScale] = typeof scale === 'number' ? [scale, scale] : scale;
  const wave = (frequency: number, level: number, i: number) =>
    32_767 * 10 ** (level / 20) * Math.sin((2 * Math.PI * frequency * i) / 8000);
  return Int16Array.from({ length: lead + ms * 8 + 800 }, (_, i) =>
    i < lead || i >= lead + ms * 8
      ? 0
      : Math.round(
          wave(DTMF_ROWS[index >> 2]! * lowScale, low, i) + wave(DTMF_COLUMNS[index & 3]! * highScale, high, i),
        ),
  );
}

describe('digits as tones', () => {
  test.each([...DTMF_KEYS].map((digit, index) => [digit, index] as const))('%s has its two frequencies', (digit, i) => {
    const pcm = samplesOf(digit, { durationMs: 200, gapMs: 0 }).subarray(80, -80);
    expect(toneLevelDbfs(pcm, 8000, DTMF_ROWS[i >> 2]!)).toBeCloseTo(-11, 0);
    expect(toneLevelDbfs(pcm, 8000, DTMF_COLUMNS[i & 3]!)).toBeCloseTo(-9, 0);
  });

  test('last as long as told, with pauses between, and end', () => {
    const pcm = samplesOf('12,', { durationMs: 80, gapMs: 60 });
    expect(pcm.length).toBe((140 + 140 + 1000) * 8);
    expect(levelDbfs(pcm.subarray(81 * 8, 139 * 8))).toBe(Number.NEGATIVE_INFINITY);
    expect(levelDbfs(pcm.subarray(142 * 8, 218 * 8))).toBeGreaterThan(-8);
  });

  test('refuse what no key has', () => {
    expect(() => dtmfTones('12x')).toThrow(expect.objectContaining({ code: 'ERR_DTMF_DIGIT' }));
    expect(() => dtmfTones('1', { lowDb: 0 })).toThrow(expect.objectContaining({ code: 'ERR_MEDIA_ARGUMENT' }));
  });
});

describe('digits in the audio', () => {
  test.each([8000, 16_000, 44_100, 48_000])('are heard at %i Hz, in order, repeats too', (sampleRate) => {
    expect(heard(samplesOf(`${DTMF_KEYS}1123`, { sampleRate }), { sampleRate })).toBe(`${DTMF_KEYS}1123`);
  });

  test('are heard from 40 ms on, and not under 23 ms, wherever they begin (Q.24)', () => {
    for (let lead = 400; lead < 451; lead++) {
      for (const digit of '159D') {
        expect(heard(key(digit, { ms: 40, lead }))).toBe(digit);
        expect(heard(key(digit, { ms: 23, lead }))).toBe('');
      }
    }
  });

  test('with their duration, within a look', () => {
    for (const durationMs of [60, 100, 500, 3000]) {
      const [digit] = detect(samplesOf('5', { durationMs }));
      expect(Math.abs(digit!.durationMs - durationMs)).toBeLessThanOrEqual(13);
    }
  });

  test('50 ms on and 50 ms off is a digit each, an interruption of 10 ms is none', () => {
    expect(heard(samplesOf('77777', { durationMs: 50, gapMs: 50 }))).toBe('77777');
    const broken = key('7', { ms: 120 });
    broken.fill(0, 400 + 50 * 8, 400 + 60 * 8);
    expect(heard(broken)).toBe('7');
  });

  test('40 ms on and 40 ms off is a digit each, wherever they begin, loud or faint, with any twist (Q.24)', () => {
    for (let lead = 0; lead < 51; lead += 3) {
      for (const [low, high] of [
        [-11, -9],
        [-33, -33],
        [-14, -9],
        [-10, -18],
      ] as const) {
        const one = (digit: string) => key(digit, { ms: 40, low, high, lead: 0 }).subarray(0, 640);
        const all = [new Int16Array(lead + 400), ...[...'1590DD77'].map(one), new Int16Array(800)];
        expect(heard(Int16Array.from(all.flatMap((part) => [...part])))).toBe('1590DD77');
      }
    }
  });

  /** Both frequencies off by so much, or one of them. */
  const off = (share: number) =>
    [1 + share, 1 - share].flatMap((each) => [[each, each] as const, [each, 1] as const, [1, each] as const]);

  test('1.5 % off are heard (Q.24)', () => {
    for (const digit of DTMF_KEYS) {
      for (const scale of off(0.015)) {
        expect(heard(key(digit, { ms: 40, scale }))).toBe(digit);
        expect(heard(key(digit, { ms: 60, low: -10, high: -17, scale }))).toBe(digit);
      }
    }
  });

  test.each([0.035, 0.05])('%f off are not (Q.24)', (share) => {
    for (const digit of DTMF_KEYS) {
      for (const scale of off(share)) {
        expect(heard(key(digit, { ms: 100, scale }))).toBe('');
        expect(heard(key(digit, { ms: 100, low: -10, high: -17, scale }))).toBe('');
        expect(heard(key(digit, { ms: 1000, low: -14, high: -9, scale }))).toBe('');
      }
    }
  });

  test('noise of 15 dB below does not put them out of tune', () => {
    const random = seededRandom(11);
    const noise = () => (random() + random() + random() + random() - 2) * 32_767 * 10 ** (-24 / 20) * 1.22;
    const noisy = (pcm: Int16Array) => pcm.map((sample) => Math.round(sample + noise()));
    let missed = 0;
    let imagined = 0;
    for (let run = 0; run < 5; run++) {
      for (const digit of DTMF_KEYS) {
        for (const scale of off(0.015)) if (heard(noisy(key(digit, { ms: 60, scale }))) !== digit) missed++;
        for (const scale of off(0.035)) if (heard(noisy(key(digit, { ms: 60, scale }))) !== '') imagined++;
      }
    }
    // Of 480 each.
    expect(missed).toBeLessThanOrEqual(2);
    expect(imagined).toBeLessThanOrEqual(2);
  });

  test('are refused with too much twist or too little level', () => {
    expect(heard(key('5', { ms: 100, low: -14, high: -9 }))).toBe('5');
    expect(heard(key('5', { ms: 100, low: -9, high: -17 }))).toBe('5');
    expect(heard(key('5', { ms: 100, low: -18, high: -9 }))).toBe('');
    expect(heard(key('5', { ms: 100, low: -9, high: -20 }))).toBe('');
    expect(heard(key('5', { ms: 100, low: -33, high: -33 }))).toBe('5');
    expect(heard(key('5', { ms: 100, low: -37, high: -37 }))).toBe('');
    expect(heard(key('5', { ms: 100, low: -10, high: -60 }))).toBe('');
  });

  test('with the overtones of a voice are refused', () => {
    const pcm = key('1', { ms: 200, low: -16, high: -16 });
    const overtone = Int16Array.from(pcm, (sample, i) =>
      sample === 0 ? 0 : Math.round(sample + 2500 * Math.sin((2 * Math.PI * 2418 * i) / 8000)),
    );
    expect(heard(pcm)).toBe('1');
    expect(heard(overtone)).toBe('');
  });

  test('are heard through noise of 15 dB below', () => {
    const random = seededRandom(3);
    const pcm = samplesOf(DTMF_KEYS, { durationMs: 80 });
    const noise = () => (random() + random() + random() + random() - 2) * 32_767 * 10 ** (-24 / 20) * 1.22;
    expect(heard(pcm.map((sample) => Math.round(sample + noise())))).toBe(DTMF_KEYS);
  });

  test('are not imagined in speech, at any speed', () => {
    const { samples, sampleRate } = readWav(
      readFileSync(new URL('../../../../apps/quickstart/assets/speech.wav', import.meta.url)),
    );
    // A faster speech is a higher voice: ten talkers out of one.
    let seconds = 0;
    let imagined = '';
    for (let speed = 0.7; speed < 1.6; speed += 0.1) {
      const pcm = resample(samples, Math.round(sampleRate * speed), 8000);
      const loudest = pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1);
      imagined += heard(pcm.map((sample) => (sample * 30_000) / loudest));
      seconds += pcm.length / 8000;
    }
    expect(seconds).toBeGreaterThan(30);
    expect(imagined).toBe('');
  });

  test('nor in a made voice, noise or single tones', () => {
    expect(heard(voice(60))).toBe('');
    const random = seededRandom(9);
    expect(heard(Int16Array.from({ length: 80_000 }, () => (random() - 0.5) * 30_000))).toBe('');
    for (const frequency of [350, 425, 697, 941, 1209, 1400, 1633]) {
      const pcm = Int16Array.from({ length: 8000 }, (_, i) => 9000 * Math.sin((2 * Math.PI * frequency * i) / 8000));
      expect(heard(pcm)).toBe('');
    }
  });

  test('announce themselves while the key is still held', () => {
    const events: string[] = [];
    const detector = new DtmfDetector(
      ({ digit }) => events.push(`end ${digit}`),
      {},
      ({ digit }) => events.push(`begin ${digit}`),
    );
    const pcm = samplesOf('4', { durationMs: 100 });
    detector.write(pcm.subarray(0, 8 * 45));
    expect(events).toEqual(['begin 4']);
    detector.write(pcm.subarray(8 * 45));
    expect(events).toEqual(['begin 4', 'end 4']);
  });

  test('need a rate that holds them', () => {
    expect(() => new DtmfDetector(() => {}, { sampleRate: 4000 })).toThrow('8000 Hz');
  });
});
