// How many times faster than real time iLBC encodes, decodes and conceals on one core, in frames of 20 and of 30 ms. FFmpeg, when
// there is one, decodes beside it: in C, but without the enhancer, which is about half of our work. After a build:
//
//   node packages/codecs/bench/ilbc.mjs [--seconds 2] [--json]
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { report } from '../../../tooling/bench/report.mjs';
import { createIlbc } from '../dist/index.js';
import { speechLike } from '../dist/testing.js';
import { ffmpegTimesRealTime } from './support/ffmpeg.mjs';
import { timesRealTime } from './support/times-real-time.mjs';

const { seconds } = benchOptions({ seconds: 2 }, { seconds: 0.01 });
const RATE = 8000;
const SECONDS = 12;
const speech = speechLike(RATE * SECONDS, RATE);

for (const [mode, bytes] of [
  [20, 38],
  [30, 50],
]) {
  const codec = createIlbc({ mode });
  const encoder = codec.createEncoder();
  const decoder = codec.createDecoder();
  const { frameSamples } = encoder;
  const count = speech.length / frameSamples;
  const frames = Array.from({ length: count }, (_, i) => speech.subarray(i * frameSamples, (i + 1) * frameSamples));
  const payloads = frames.map((frame) => {
    const payload = Buffer.alloc(bytes);
    encoder.encode(frame, payload);
    return payload;
  });
  const payload = new Uint8Array(bytes);
  const pcm = new Int16Array(frameSamples);
  const options = { seconds, frameMs: mode, batch: 50 };

  const magic = Buffer.from(`#!iLBC${mode}\n`);
  const rounds = seconds < 1 ? 1 : 3;
  const repeats = seconds < 1 ? 10 : 100;
  const stream = Buffer.concat([magic, ...Array.from({ length: repeats }, () => payloads).flat()]);
  const second = magic.length + Math.ceil(1000 / mode) * bytes;
  const theirs = ffmpegTimesRealTime(['-f', 'ilbc'], ['-f', 's16le'], stream, second, SECONDS * repeats, rounds);

  const name = `ilbc-${mode}`;
  const unit = 'times real time';
  const ours = (work) => timesRealTime(work, options);
  report({ name: `${name}-encode`, ours: ours((i) => encoder.encode(frames[i % count], payload)), unit });
  report({
    name: `${name}-decode`,
    ours: ours((i) => decoder.decode(payloads[i % count], pcm)),
    unit,
    yardstick: theirs,
    yardstickName: 'FFmpeg',
    ...(theirs === undefined && { absent: 'FFmpeg is not installed, or the run was too short for it' }),
  });
  report({
    name: `${name}-conceal-20%`,
    ours: ours((i) => (i % 5 === 4 ? decoder.conceal(pcm, frameSamples) : decoder.decode(payloads[i % count], pcm))),
    unit,
  });
}
