import { describe, expect, test } from 'vitest';
import { defineCodec } from '../contract/define-codec';
import { createIlbc } from '../ilbc/ilbc';
import { measureSpeed, timesRealTime } from './speed';

/** A clock that work moves. */
function clock() {
  let time = 0;
  return { now: () => time, pass: (ms: number) => (time += ms) };
}

describe('the speed report', () => {
  test('is real time over the time the work takes', () => {
    const { now, pass } = clock();
    expect(timesRealTime(() => pass(0.5), 20, 1, now)).toBeCloseTo(40);
  });

  test('is that of the best batch, and not of what comes before the code is warm', () => {
    const { now, pass } = clock();
    const work = (turn: number) => pass(turn < 100 ? 2 : turn > 1000 && turn < 1500 ? 0.25 : 1);
    expect(timesRealTime(work, 10, 2, now)).toBeCloseTo(40);
  });

  test('tells encoding, decoding and concealment apart, and closes what it made', () => {
    const { now, pass } = clock();
    const did: string[] = [];
    const does = (what: string, ms: number) => {
      pass(ms);
      did.push(what);
    };
    const codec = defineCodec({
      name: 'X-TIMED',
      sampleRate: 8000,
      clockRate: 8000,
      channels: 2,
      frameDurations: [10, 20],
      defaultFrameDuration: 20,
      maxPayloadBytes: () => 1,
      createEncoder: ({ frameDuration }) => ({
        frameSamples: frameDuration * 8,
        encode(pcm) {
          does(`encode ${pcm.length}`, 0.1);
          return 1;
        },
        reset() {},
        close: () => did.push('close'),
      }),
      createDecoder: () => ({
        decode(payload) {
          does(`decode ${payload.length}`, 0.2);
          return 80;
        },
        conceal(_out, samples) {
          does(`conceal ${samples}`, 1.2);
          return samples;
        },
        reset() {},
        close: () => did.push('close'),
      }),
    });
    const speed = measureSpeed(codec, { frameDuration: 10, seconds: 1, now });
    expect(speed.encode).toBeCloseTo(100);
    expect(speed.decode).toBeCloseTo(50);
    // Four packets and a loss take 0.4 ms each on average, and a batch is not always a whole number of fives.
    expect(speed.conceal).toBeGreaterThan(24);
    expect(speed.conceal).toBeLessThan(29);
    expect([...new Set(did)]).toEqual(['encode 160', 'decode 1', 'conceal 80', 'close']);
    expect(did.slice(-2)).toEqual(['close', 'close']);
  });

  test('times a real codec by the processor', () => {
    const { encode, decode, conceal } = measureSpeed(createIlbc({ mode: 20 }), { seconds: 0.02 });
    for (const each of [encode, decode, conceal]) expect(each).toBeGreaterThan(0);
    expect(decode).not.toBe(Number.POSITIVE_INFINITY);
  });
});
