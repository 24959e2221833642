import { describe, expect, test } from 'vitest';
import { levelDbfs } from '../analysis/level';
import { DtmfDetector } from '../tones/dtmf-detector';
import type { DtmfDigit } from './dtmf-digit';
import type { DtmfOptions } from './dtmf-queue';
import { DtmfToneSender } from './dtmf-tone-sender';

/** All that a sender has to say, in frames of 20 ms at a rate that may change from frame to frame. */
function samplesOf(sender: DtmfToneSender, rateOf: (frame: number) => number): Int16Array[] {
  const frames: Int16Array[] = [];
  for (let i = 0; i < 10_000; i++) {
    const frame = new Int16Array(rateOf(i) / 50).fill(1);
    if (!sender.fill(frame, rateOf(i))) break;
    frames.push(frame);
  }
  return frames;
}

function heard(frames: Int16Array[], sampleRate: number): DtmfDigit[] {
  const digits: DtmfDigit[] = [];
  const detector = new DtmfDetector((digit) => digits.push(digit), { sampleRate });
  for (const frame of frames) detector.write(frame);
  detector.close();
  return digits;
}

describe('sending digits as tones', () => {
  test.each([8000, 16_000, 44_100, 48_000])('every key is heard, at %i Hz', async (rate) => {
    const sender = new DtmfToneSender();
    const done = sender.send('0123456789*#ABCD', { durationMs: 60, gapMs: 50 });
    const frames = samplesOf(sender, () => rate);
    await done;
    expect(frames.length).toBe((16 * 110) / 20);
    expect(
      heard(frames, rate)
        .map(({ digit }) => digit)
        .join(''),
    ).toBe('0123456789*#ABCD');
    expect(sender.sent).toBe(16);
    expect(sender.active).toBe(false);
  });

  test('level, duration and pauses are as told', () => {
    const level = (options: DtmfOptions) => {
      const sender = new DtmfToneSender();
      void sender.send('5,5', { durationMs: 200, gapMs: 100, pauseMs: 400, ...options });
      return Int16Array.from(samplesOf(sender, () => 8000).flatMap((frame) => [...frame]));
    };
    const pcm = level({ levelDbm0: -10 });
    expect(pcm.length).toBe(8 * (300 + 400 + 300));
    // 0 dBFS is a sine of full scale, 3.14 dBm0.
    expect(levelDbfs(pcm.subarray(80, 1520))).toBeCloseTo(-13.14, 1);
    expect(levelDbfs(pcm.subarray(1600, 8 * 700))).toBe(Number.NEGATIVE_INFINITY);
    expect(levelDbfs(level({ levelDbm0: 0 }).subarray(80, 1520))).toBeCloseTo(-3.14, 1);
    expect(levelDbfs(level({}).subarray(80, 1520))).toBeCloseTo(-7.14, 1);
  });

  test('a change of the rate in the middle of a digit leaves it whole', () => {
    const sender = new DtmfToneSender();
    void sender.send('8', { durationMs: 200, gapMs: 40 });
    const frames = samplesOf(sender, (frame) => (frame < 5 ? 8000 : 48_000));
    expect(frames.length).toBe(12);
    expect(heard(frames.slice(0, 5), 8000)).toMatchObject([{ digit: '8' }]);
    expect(heard(frames.slice(5), 48_000)).toMatchObject([{ digit: '8' }]);
  });

  test('aborting ends the tone and gives up the rest', async () => {
    const sender = new DtmfToneSender();
    const abort = new AbortController();
    const done = sender.send('123', { durationMs: 10_000, signal: abort.signal });
    const frame = new Int16Array(160);
    for (let i = 0; i < 5; i++) sender.fill(frame, 8000);
    abort.abort(new Error('enough'));
    await expect(done).rejects.toThrow('enough');
    const rest = samplesOf(sender, () => 8000);
    expect(rest.length).toBeLessThanOrEqual(4);
    expect(heard(rest, 8000)).toEqual([]);
  });

  test('strings queue up; there is no tone for a flash', async () => {
    const sender = new DtmfToneSender();
    void sender.send('1');
    void sender.send('2');
    expect(
      heard(
        samplesOf(sender, () => 8000),
        8000,
      ),
    ).toMatchObject([{ digit: '1' }, { digit: '2' }]);
    await expect(sender.send('!')).rejects.toMatchObject({ code: 'ERR_DTMF_DIGIT' });
  });
});
