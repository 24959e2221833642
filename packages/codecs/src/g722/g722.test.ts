import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { codecConformance, measureSnr, seededRandom, speechLike } from '../testing';
import { createG722, g722 } from './g722';

/** By how many samples encoder and decoder together delay the audio: the length of the filter, less one, on either side. */
const DELAY = 22;
const RATE = 16_000;

/** Speech, noise at full scale, a sweep, and square waves that overflow all there is. */
const signal = (() => {
  const random = seededRandom(722);
  const seconds = (count: number, sample: (i: number) => number) =>
    Array.from({ length: count * RATE }, (_, i) => sample(i));
  return Int16Array.from([
    ...speechLike(2 * RATE, RATE),
    ...seconds(1, () => random() - 32768),
    ...seconds(2, (i) => 20_000 * Math.sin((Math.PI * 1750 * i * i) / (RATE * RATE))),
    ...seconds(1, (i) => ((i >> 4) & 1 ? 32767 : -32768)),
    ...seconds(1, (i) => ((i >> 11) & 1 ? 300 : 0) * Math.sin(i / 3)),
  ]);
})();

const bytesOf = (pcm: Int16Array) => Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function encode(pcm: Int16Array, codec = g722, frameDuration = 20): Uint8Array {
  const encoder = codec.createEncoder({ frameDuration });
  const { frameSamples } = encoder;
  const out = new Uint8Array(pcm.length / 2);
  for (let i = 0; i + frameSamples <= pcm.length; i += frameSamples) {
    encoder.encode(pcm.subarray(i, i + frameSamples), out.subarray(i / 2));
  }
  return out;
}

function decode(payload: Uint8Array, codec = g722, bytes = 160): Int16Array {
  const decoder = codec.createDecoder();
  const out = new Int16Array(payload.length * 2);
  for (let i = 0; i < payload.length; i += bytes) decoder.decode(payload.subarray(i, i + bytes), out.subarray(i * 2));
  return out;
}

const ffmpeg = (input: string[], output: string[], bytes: Uint8Array) =>
  execFileSync('ffmpeg', ['-loglevel', 'error', ...input, '-i', '-', ...output, '-'], {
    input: bytes,
    maxBuffer: 1 << 24,
  });

const ffmpegIsThere = (() => {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('G.722', () => {
  test('has payload type 9 and an RTP clock of half its sample rate (RFC 3551 §4.5.2)', () => {
    expect(g722).toMatchObject({ name: 'G722', payloadType: 9, sampleRate: 16_000, clockRate: 8000, channels: 1 });
  });

  test('encodes and decodes as FFmpeg 5.1 and SpanDSP 0.0.6 do (their output by digest)', () => {
    const encoded = encode(signal);
    expect(digest(encoded)).toBe('80691aecf2b40e792b9cba2af2a7048d786d4ed931c0bbdaab920ff9cd964689');
    expect(digest(bytesOf(decode(encoded)))).toBe('593d0bde991ab483acc703a7655ea0535d70b1fcf30f936cb37c847c42b5b219');
  });

  test.skipIf(!ffmpegIsThere)(
    `… and as the FFmpeg of this machine does${ffmpegIsThere ? '' : ' [skipped: no ffmpeg]'}`,
    () => {
      const raw = ['-f', 's16le', '-ar', '16000', '-ac', '1'];
      const encoded = encode(signal);
      expect(ffmpeg(raw, ['-f', 'g722'], bytesOf(signal)).equals(encoded)).toBe(true);
      expect(ffmpeg(['-f', 'g722'], ['-f', 's16le'], encoded).equals(bytesOf(decode(encoded)))).toBe(true);
    },
  );

  test('where a stream is cut makes no difference', () => {
    const pcm = signal.subarray(0, 2 * RATE - ((2 * RATE) % 4800));
    const whole = encode(pcm);
    for (const frameDuration of [10, 60]) expect(encode(pcm, g722, frameDuration)).toEqual(whole);
    const heard = decode(whole);
    for (const bytes of [1, 7, 159, 161, 480]) expect(decode(whole, g722, bytes)).toEqual(heard);
  });

  test('modes 2 and 3 leave the lowest bits to others, and hear no difference in them (ITU-T G.722 §1.3)', () => {
    const speech = speechLike(2 * RATE, RATE);
    const snr = ([1, 2, 3] as const).map((mode) => {
      const codec = createG722({ mode });
      const bits = (1 << (mode - 1)) - 1;
      const payload = encode(speech, codec);
      expect(payload.every((byte) => (byte & bits) === 0)).toBe(true);
      const heard = decode(payload, codec);
      expect(
        decode(
          payload.map((byte, i) => byte | (i & bits)),
          codec,
        ),
      ).toEqual(heard);
      return measureSnr(speech, heard, DELAY);
    });
    expect(snr[0]).toBeGreaterThan(snr[1]! + 2);
    expect(snr[1]).toBeGreaterThan(snr[2]! + 2);
    expect(snr[2]).toBeGreaterThan(12);
    expect(() => createG722({ mode: 4 as 1 })).toThrowError(expect.objectContaining({ code: 'ERR_CODEC_OPTIONS' }));
  });

  test('what is above 4 kHz comes through', () => {
    const tone = Int16Array.from({ length: RATE }, (_, i) => 8000 * Math.sin((2 * Math.PI * 6000 * i) / RATE));
    expect(measureSnr(tone.subarray(RATE / 2), decode(encode(tone)).subarray(RATE / 2), DELAY)).toBeGreaterThan(15);
  });

  describe.each([
    [1, 20],
    [2, 15],
    [3, 12],
  ] as const)('in mode %d', (mode, minimumSnr) => {
    for (const check of codecConformance(createG722({ mode }), { minimumSnr, delay: DELAY }))
      test(check.name, () => check.run());
  });
});
