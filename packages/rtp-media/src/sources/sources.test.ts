import { describe, expect, test } from 'vitest';
import { levelDbfs, toneLevelDbfs } from '../analysis/level';
import type { AudioSource } from '../audio/audio-source';
import { pcmStreamSource } from './pcm-stream-source';
import { RecordingSource } from './recording-source';
import { silenceSource } from './silence-source';
import { toneSource } from './tone-source';

function readAll(source: AudioSource, most: number, frameSamples = 160): Int16Array {
  const all: number[] = [];
  const frame = new Int16Array(frameSamples);
  for (let count = source.read(frame); count >= 0 && all.length < most; count = source.read(frame)) {
    all.push(...frame.subarray(0, count));
    if (count === 0) break;
  }
  return Int16Array.from(all);
}

describe('tones', () => {
  test('have their frequencies at their level', () => {
    const dialTone = readAll(toneSource({ frequencies: [350, 440], levelDb: -13 }), 8000);
    expect(toneLevelDbfs(dialTone, 8000, 350)).toBeCloseTo(-13, 1);
    expect(toneLevelDbfs(dialTone, 8000, 440)).toBeCloseTo(-13, 1);
    expect(toneLevelDbfs(dialTone, 8000, 700)).toBeLessThan(-60);
  });

  test('follow their cadence', () => {
    const busy = readAll(toneSource({ cadence: [500, 250] }), 12_000);
    const level = (fromMs: number, toMs: number) => levelDbfs(busy.subarray(fromMs * 8, toMs * 8));
    expect(level(0, 500)).toBeCloseTo(-10, 1);
    expect(level(500, 750)).toBe(Number.NEGATIVE_INFINITY);
    expect(level(750, 1250)).toBeCloseTo(-10, 1);
    expect(level(1250, 1500)).toBe(Number.NEGATIVE_INFINITY);
  });

  test('end when told, to the sample', () => {
    expect(readAll(toneSource({ durationMs: 33 }), 10_000).length).toBe(264);
  });

  test('do not overflow when frequencies add up', () => {
    const loud = readAll(toneSource({ frequencies: [500, 510], levelDb: 0 }), 8000);
    expect(Math.max(...loud)).toBe(32_767);
    expect(Math.min(...loud)).toBe(-32_768);
  });

  test.each([{ frequencies: [5000] }, { frequencies: [0] }, { levelDb: 3 }, { cadence: [100, 0] }])(
    'refuse %j',
    (options) => {
      expect(() => toneSource(options)).toThrow(expect.objectContaining({ code: 'ERR_MEDIA_ARGUMENT' }));
    },
  );
});

test('silence has no end', () => {
  const frame = new Int16Array(160).fill(1);
  expect(silenceSource(16_000).sampleRate).toBe(16_000);
  expect(silenceSource().read(frame)).toBe(160);
  expect(levelDbfs(frame)).toBe(Number.NEGATIVE_INFINITY);
});

describe('recordings', () => {
  const samples = Int16Array.from({ length: 400 }, (_, i) => i);

  test('play once', () => {
    const source = new RecordingSource(samples, 8000);
    expect(source.durationMs).toBe(50);
    expect(readAll(source, 10_000)).toEqual(samples);
    expect(source.read(new Int16Array(160))).toBe(-1);
    source.rewind();
    expect(readAll(source, 10_000)).toEqual(samples);
  });

  test('play over and over without a gap', () => {
    const looped = readAll(new RecordingSource(samples, 8000, { loop: true }), 1200);
    for (const [i, sample] of looped.entries()) expect(sample).toBe(i % 400);
  });

  test('of nothing end at once, even looped', () => {
    expect(new RecordingSource(new Int16Array(0), 8000, { loop: true }).read(new Int16Array(160))).toBe(-1);
  });
});

describe('PCM that is pushed', () => {
  const piece = (length: number, value: number) => new Int16Array(length).fill(value);

  test('comes out in order, in frames of any size, with silence when there is none', () => {
    const source = pcmStreamSource();
    source.push(piece(100, 1));
    source.push(piece(100, 2));
    const frame = new Int16Array(160);
    expect(source.read(frame)).toBe(160);
    expect([frame[0], frame[99], frame[100], frame[159]]).toEqual([1, 1, 2, 2]);
    expect(source.read(frame)).toBe(40);
    expect(source.read(frame)).toBe(0);
    source.end();
    expect(source.read(frame)).toBe(-1);
  });

  test('is refused when the queue is full', () => {
    const source = pcmStreamSource({ maxQueueMs: 100 });
    expect(source.push(piece(800, 1))).toBe(true);
    expect(source.push(piece(1, 1))).toBe(false);
    expect(source.queuedMs).toBe(100);
    source.clear();
    expect(source.push(piece(1, 1))).toBe(true);
  });

  test('waits for room when written, and loses nothing', async () => {
    const source = pcmStreamSource({ maxQueueMs: 100 });
    let written = false;
    const writing = source.write(Int16Array.from({ length: 5000 }, (_, i) => i)).then(() => {
      written = true;
    });
    const heard: number[] = [];
    const frame = new Int16Array(160);
    await Promise.resolve();
    expect(written).toBe(false);
    for (let i = 0; i < 60 && heard.length < 5000; i++) {
      heard.push(...frame.subarray(0, source.read(frame)));
      await Promise.resolve();
      await Promise.resolve();
    }
    await writing;
    expect(heard).toEqual([...Array(5000).keys()]);
  });

  test('is taken from an iterator as fast as it is played, and ends with it', async () => {
    let taken = 0;
    async function* speech() {
      for (let i = 0; i < 10; i++) {
        taken++;
        yield piece(400, i);
      }
    }
    const source = pcmStreamSource({ maxQueueMs: 100 }, speech());
    const settle = async () => {
      for (let i = 0; i < 20; i++) await Promise.resolve();
    };
    await settle();
    expect(taken).toBeLessThan(5);
    const heard: number[] = [];
    const frame = new Int16Array(160);
    for (let count = 0; count >= 0; count = source.read(frame)) {
      heard.push(...frame.subarray(0, count));
      await settle();
    }
    expect(heard.length).toBe(4000);
    expect(heard.at(-1)).toBe(9);
  });

  test('of a producer that throws is played to its last sample, then the session hears of it', async () => {
    async function* speech() {
      yield piece(160, 1);
      throw new Error('the voice is gone');
    }
    const source = pcmStreamSource({}, speech());
    for (let i = 0; i < 20; i++) await Promise.resolve();
    const frame = new Int16Array(160);
    expect(source.read(frame)).toBe(160);
    expect(() => source.read(frame)).toThrow('the voice is gone');
  });

  test('cannot be written after the end', async () => {
    const source = pcmStreamSource();
    source.end();
    expect(source.push(piece(1, 1))).toBe(false);
    await expect(source.write(piece(1, 1))).rejects.toMatchObject({ code: 'ERR_MEDIA_CLOSED' });
  });

  test('needs a queue', () => {
    expect(() => pcmStreamSource({ maxQueueMs: 0 })).toThrow('maxQueueMs');
  });
});
