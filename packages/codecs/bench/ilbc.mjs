// How many times faster than real time iLBC encodes, decodes and conceals on one core, in frames of 20 and of 30 ms. FFmpeg, when
// there is one, decodes beside it: in C, but without the enhancer, which is about half of our work. After a build:
//
//   node packages/codecs/bench/ilbc.mjs [--seconds 2] [--json]
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { createIlbc } from '../dist/index.js';
import { speechLike } from '../dist/testing.js';
import { reportBeside } from './support/beside.mjs';
import { ffmpegTimesRealTime } from './support/ffmpeg.mjs';
import { payloadsOf } from './support/payloads.mjs';

const { seconds, smoke } = benchOptions({ seconds: 2 }, { seconds: 0.05 });
const RATE = 8000;
const LENGTH = 12;
const REPEATS = smoke ? 10 : 100;
const pcm = speechLike(RATE * LENGTH, RATE);

for (const mode of [20, 30]) {
  const codec = createIlbc({ mode });
  const payloads = payloadsOf(codec, pcm);
  const magic = Buffer.from(`#!iLBC${mode}\n`);
  const stream = Buffer.concat([magic, ...Array.from({ length: REPEATS }, () => payloads).flat()]);
  const second = magic.length + Math.ceil(1000 / mode) * payloads[0].length;
  const run = () => ffmpegTimesRealTime(['-f', 'ilbc'], ['-f', 's16le'], stream, second, LENGTH * REPEATS, 1);
  const absent = 'FFmpeg is not installed, or the run was too short for it';
  reportBeside(`ilbc-${mode}`, codec, { pcm, seconds }, [{ name: 'FFmpeg', work: 'decode', run, absent }]);
}
