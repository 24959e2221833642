import { describe, expect, test } from 'vitest';
import { codecConformance } from '../testing';
import { createL16, l16x8, l16x16, l16x44, l16x44Stereo, l16x48 } from './l16';

describe('L16', () => {
  test('is the samples, most significant byte first (RFC 3551 §4.5.11)', () => {
    const out = new Uint8Array(4);
    expect(l16x8.createEncoder({ frameDuration: 5 }).encode(Int16Array.of(0x1234, -2), out)).toBe(4);
    expect([...out]).toEqual([0x12, 0x34, 0xff, 0xfe]);
    const pcm = new Int16Array(4);
    expect(l16x8.createDecoder().decode(Uint8Array.of(0x80, 0x00, 0x7f, 0xff, 0x55), pcm)).toBe(2);
    expect([...pcm]).toEqual([-32768, 32767, 0, 0]);
  });

  test('two channels are interleaved, and half a pair is left out', () => {
    const stereo = createL16({ sampleRate: 16_000, channels: 2 });
    const pcm = new Int16Array(8);
    expect(stereo.createDecoder().decode(Uint8Array.of(0, 1, 0, 2, 0, 3, 0, 4, 0, 5), pcm)).toBe(2);
    expect([...pcm.subarray(0, 5)]).toEqual([1, 2, 3, 4, 0]);
  });

  test('static payload types are those of 44.1 kHz (RFC 3551 §6)', () => {
    expect(createL16({ sampleRate: 44_100 }).payloadType).toBe(11);
    expect(createL16({ sampleRate: 44_100, channels: 2 }).payloadType).toBe(10);
    expect(l16x16.payloadType).toBeUndefined();
  });

  test('frames fit a packet of 1400 bytes, unless even the shortest does not', () => {
    expect(l16x8.frameDurations).toEqual([5, 10, 20, 30, 40, 60]);
    expect(l16x48.frameDurations).toEqual([5, 10]);
    expect(l16x48.defaultFrameDuration).toBe(10);
    expect(createL16({ sampleRate: 44_100, channels: 2 }).frameDurations).toEqual([10]);
  });

  test.each([0, 7999, 48_001, 8000.5, Number.NaN, 8001])('refuses %d Hz', (sampleRate) => {
    expect(() => createL16({ sampleRate })).toThrowError(expect.objectContaining({ code: 'ERR_CODEC_OPTIONS' }));
  });

  for (const codec of [l16x8, l16x16, l16x44, l16x44Stereo, l16x48, createL16({ sampleRate: 16_000, channels: 2 })]) {
    describe(`at ${codec.sampleRate} Hz with ${codec.channels}`, () => {
      for (const check of codecConformance(codec, { minimumSnr: 90 })) test(check.name, () => check.run());
    });
  }
});
