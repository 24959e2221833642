// How many times faster than real time G.711 encodes, decodes and conceals on one core, beside SpanDSP in C where its headers and a
// compiler are installed, and beside FFmpeg where it is (processor time without the start of its process, but with its reading
// and writing of pipes). After a build:
//
//   node packages/codecs/bench/g711.mjs [--seconds 2] [--json]
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { pcma, pcmu } from '../dist/index.js';
import { speechLike } from '../dist/testing.js';
import { reportBeside } from './support/beside.mjs';
import { ffmpegTimesRealTime } from './support/ffmpeg.mjs';
import { payloadsOf } from './support/payloads.mjs';
import { spandsp } from './support/yardstick.mjs';

const { seconds, smoke } = benchOptions({ seconds: 2 }, { seconds: 0.05 });
const RATE = 8000;
const LENGTH = smoke ? 120 : 3600;
const pcm = speechLike(RATE * 10, RATE);
const width = { s16le: 2, mulaw: 1, alaw: 1 };

function ffmpeg(input, output, bytes) {
  const all = Buffer.alloc(LENGTH * RATE * width[input], bytes);
  const raw = ['-ar', String(RATE), '-ac', '1', '-f', input];
  return ffmpegTimesRealTime(raw, ['-f', output], all, RATE * width[input], LENGTH, 1);
}

for (const [codec, format] of [
  [pcmu, 'mulaw'],
  [pcma, 'alaw'],
]) {
  const name = codec.name.toLowerCase();
  const samples = Buffer.from(pcm.buffer);
  const payloads = Buffer.concat(payloadsOf(codec, pcm));
  const absent = 'FFmpeg is not installed, or the run was too short for it';
  reportBeside(`g711-${name}`, codec, { pcm, seconds }, [
    spandsp('encode', [name, 'encode'], samples, 10, smoke ? 1 : 100),
    { name: 'FFmpeg', work: 'encode', run: () => ffmpeg('s16le', format, samples), absent },
    spandsp('decode', [name, 'decode'], payloads, 10, smoke ? 1 : 100),
    { name: 'FFmpeg', work: 'decode', run: () => ffmpeg(format, 's16le', payloads), absent },
  ]);
}
