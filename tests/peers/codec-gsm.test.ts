import { readFileSync } from 'node:fs';
import { seededRandom, speechLike } from '@offhook/codecs/testing';
import { readWav } from '@offhook/rtp-media';
import { expect, test } from 'vitest';
import { gsm } from '../../examples/codec-gsm/src/index';
import { describeWithPeers } from './support/peers';
import { speechFile } from './support/speech';
import { bytesOf, ffmpeg } from './support/yardstick';

const RATE = 8000;
const FRAME = 160;
const BYTES = 33;
const random = seededRandom(1);
const seconds = (count: number, sample: (i: number) => number) =>
  Int16Array.from({ length: count * RATE }, (_, i) => sample(i));
const wholeFrames = (pcm: Int16Array) => pcm.subarray(0, pcm.length - (pcm.length % FRAME));

const signals: [string, Int16Array][] = [
  ['speech', wholeFrames(readWav(readFileSync(speechFile)).samples)],
  ['what has the shape of speech', speechLike(10 * RATE, RATE)],
  ['noise', seconds(5, () => (random() - 32768) / 8)],
  ['noise at full scale', seconds(5, () => random() - 32768)],
  ['a sweep', seconds(8, (i) => 20_000 * Math.sin((Math.PI * 250 * i * i) / (RATE * RATE)))],
  ['square waves at full scale', seconds(5, (i) => ((i >> (2 + ((i / RATE) | 0))) & 1 ? 32767 : -32768))],
  ['clicks in silence', seconds(5, (i) => (i % 4001 === 0 ? 32767 : 0))],
  ['hardly anything', seconds(2, () => (random() >> 11) - 16)],
  ['silence with an offset', seconds(2, () => -1000)],
];

function encode(pcm: Int16Array, frameDuration = 20): Buffer {
  const encoder = gsm.createEncoder({ frameDuration });
  const { frameSamples } = encoder;
  const out = Buffer.alloc((pcm.length / FRAME) * BYTES);
  for (let i = 0; i + frameSamples <= pcm.length; i += frameSamples) {
    encoder.encode(pcm.subarray(i, i + frameSamples), out.subarray((i / FRAME) * BYTES));
  }
  return out;
}

function decode(payload: Uint8Array): Buffer {
  const decoder = gsm.createDecoder();
  const out = new Int16Array((payload.length / BYTES) * FRAME);
  for (let at = 0, i = 0; at < payload.length; at += BYTES, i += FRAME) {
    expect(decoder.decode(payload.subarray(at, at + BYTES), out.subarray(i))).toBe(FRAME);
  }
  return bytesOf(out);
}

const raw = ['-f', 's16le', '-ar', '8000', '-ac', '1'];

const libgsm = ['-c:a', 'libgsm', '-f', 'gsm'];

describeWithPeers(['ffmpeg'], 'GSM 06.10 gives the bits of libgsm', () => {
  test.each(signals)('%s', (_, pcm) => {
    const encoded = encode(pcm);
    expect(firstDifference(encoded, ffmpeg(raw, libgsm, bytesOf(pcm)))).toBe(-1);
    expect(firstDifference(decode(encoded), ffmpeg(libgsm, ['-f', 's16le'], encoded))).toBe(-1);
  });

  test('speech, also those of the decoder that FFmpeg has of its own', () => {
    const encoded = encode(signals[0]![1]);
    const theirs = ffmpeg(['-c:a', 'gsm', '-f', 'gsm'], ['-f', 's16le'], encoded);
    expect(firstDifference(decode(encoded), theirs)).toBe(-1);
  });

  test('six frames in a packet are the same frames', () => {
    const pcm = signals[0]![1];
    const whole = pcm.subarray(0, pcm.length - (pcm.length % (6 * FRAME)));
    expect(encode(whole, 120).equals(encode(whole))).toBe(true);
  });

  test('frames at random', () => {
    const bytes = Buffer.from(Array.from({ length: 5000 * BYTES }, () => random() & 0xff));
    for (let at = 0; at < bytes.length; at += BYTES) bytes[at] = 0xd0 | (bytes[at]! & 0xf);
    expect(firstDifference(decode(bytes), ffmpeg(libgsm, ['-f', 's16le'], bytes))).toBe(-1);
  });
});

function firstDifference(ours: Buffer, theirs: Buffer): number {
  expect(ours.length).toBe(theirs.length);
  return ours.findIndex((byte, i) => byte !== theirs[i]);
}
