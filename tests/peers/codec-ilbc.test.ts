import { readFileSync } from 'node:fs';
import { type Codec, createIlbc, ilbc } from '@offhook/codecs';
import { correlateSegments, readWav } from '@offhook/rtp-media';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { speechFile } from './support/speech';
import { ffmpeg, samplesOf } from './support/yardstick';

const RATE = 8000;
const { samples } = readWav(readFileSync(speechFile));
const speech = samples.subarray(0, samples.length - (samples.length % 480));

function through(codec: Codec): { payloads: Uint8Array[]; heard: Int16Array } {
  const encoder = codec.createEncoder();
  const decoder = codec.createDecoder();
  const { frameSamples } = encoder;
  const out = new Uint8Array(codec.maxPayloadBytes(codec.defaultFrameDuration));
  const heard = new Int16Array(speech.length);
  const payloads: Uint8Array[] = [];
  for (let i = 0; i < speech.length; i += frameSamples) {
    payloads.push(out.slice(0, encoder.encode(speech.subarray(i, i + frameSamples), out)));
    decoder.decode(payloads.at(-1)!, heard.subarray(i));
  }
  return { payloads, heard };
}

describeWithPeers(['ffmpeg'], 'FFmpeg decodes what our iLBC encodes', () => {
  test.each([
    [20, createIlbc({ mode: 20 }), '#!iLBC20\n'],
    [30, ilbc, '#!iLBC30\n'],
  ])('in frames of %d ms', (_, codec, magic) => {
    const { payloads, heard } = through(codec);
    const theirs = samplesOf(ffmpeg(['-f', 'ilbc'], ['-f', 's16le'], Buffer.concat([Buffer.from(magic), ...payloads])));
    expect(theirs.length).toBe(heard.length);
    // It has no enhancer and so another delay: what is compared is the shape.
    const { correlation } = correlateSegments(heard, theirs, { segment: RATE / 5, maxLag: 400 });
    expect(correlation).toBeGreaterThan(0.95);
  });
});
