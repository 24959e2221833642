import { createG722, g722 } from '@offhook/codecs';
import { seededRandom, speechLike } from '@offhook/codecs/testing';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { bytesOf, ffmpeg, samplesOf, yardstick } from './support/yardstick';

const RATE = 16_000;
const random = seededRandom(1);
const seconds = (count: number, sample: (i: number) => number) =>
  Int16Array.from({ length: count * RATE }, (_, i) => sample(i));

const signals: [string, Int16Array][] = [
  ['speech', speechLike(10 * RATE, RATE)],
  ['noise', seconds(5, () => (random() - 32768) / 8)],
  ['noise at full scale', seconds(5, () => random() - 32768)],
  ['a sweep', seconds(8, (i) => 20_000 * Math.sin((Math.PI * 500 * i * i) / (RATE * RATE)))],
  ['square waves at full scale', seconds(5, (i) => ((i >> (2 + ((i / RATE) | 0))) & 1 ? 32767 : -32768))],
  ['clicks in silence', seconds(5, (i) => (i % 4001 === 0 ? 32767 : 0))],
];

function encode(pcm: Int16Array): Buffer {
  const encoder = g722.createEncoder();
  const out = Buffer.alloc(pcm.length / 2);
  for (let i = 0; i + 320 <= pcm.length; i += 320) encoder.encode(pcm.subarray(i, i + 320), out.subarray(i / 2));
  return out;
}

function decode(payload: Uint8Array): Buffer {
  const decoder = g722.createDecoder();
  const out = new Int16Array(payload.length * 2);
  for (let i = 0; i < payload.length; i += 160) decoder.decode(payload.subarray(i, i + 160), out.subarray(i * 2));
  return bytesOf(out);
}

describeWithPeers(['ffmpeg'], 'G.722 gives the bits of FFmpeg', () => {
  test.each(signals)('%s', (_, pcm) => {
    const encoded = encode(pcm);
    const raw = ['-f', 's16le', '-ar', '16000', '-ac', '1'];
    expect(encoded.equals(ffmpeg(raw, ['-f', 'g722'], bytesOf(pcm)))).toBe(true);
    expect(decode(encoded).equals(ffmpeg(['-f', 'g722'], ['-f', 's16le'], encoded))).toBe(true);
  });

  test.each([2, 3] as const)('decoding in mode %d', (mode) => {
    const encoded = encode(signals[0]![1]);
    const decoder = createG722({ mode }).createDecoder();
    const out = new Int16Array(encoded.length * 2);
    for (let i = 0; i < encoded.length; i += 160) decoder.decode(encoded.subarray(i, i + 160), out.subarray(i * 2));
    const input = ['-f', 'g722', '-bits_per_codeword', String(9 - mode)];
    expect(bytesOf(out).equals(ffmpeg(input, ['-f', 's16le'], encoded))).toBe(true);
  });
});

/** Samples that differ. Where the output overflows, SpanDSP's comes out with the opposite sign; ours stays at the limit. */
function differences(ours: Buffer, spandsp: Buffer): number {
  expect(ours.length).toBe(spandsp.length);
  const theirs = samplesOf(spandsp);
  return samplesOf(ours).filter((sample, i) => sample !== theirs[i] && sample !== 32767 && sample !== -32768).length;
}

describeWithPeers(['cc', 'spandsp', 'libopus'], 'G.722 gives the bits of SpanDSP', () => {
  test.each(signals)('%s', (_, pcm) => {
    const encoded = encode(pcm);
    expect(encoded.equals(yardstick(['g722', 'encode'], bytesOf(pcm)))).toBe(true);
    expect(differences(decode(encoded), yardstick(['g722', 'decode'], encoded))).toBe(0);
  });

  test('bytes at random', () => {
    const bytes = Buffer.from(Array.from({ length: 160_000 }, () => random() & 0xff));
    expect(differences(decode(bytes), yardstick(['g722', 'decode'], bytes))).toBe(0);
  });
});
