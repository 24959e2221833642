// How many times faster than real time G.711 encodes, decodes and conceals on one core. FFmpeg, when there is one, does the
// same work beside it (CPU time without the start of its process, but with its reading and writing of pipes). After a build:
//
//   node packages/codecs/bench/g711.mjs [--seconds 2] [--json]
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { report } from '../../../tooling/bench/report.mjs';
import { pcma, pcmu } from '../dist/index.js';
import { speechLike } from '../dist/testing.js';
import { ffmpegTimesRealTime } from './support/ffmpeg.mjs';
import { timesRealTime } from './support/times-real-time.mjs';

const { seconds } = benchOptions({ seconds: 2 }, { seconds: 0.01 });
const RATE = 8000;
const FRAME = 160;
const speech = speechLike(RATE * 10, RATE);
const frames = Array.from({ length: speech.length / FRAME }, (_, i) => speech.subarray(i * FRAME, (i + 1) * FRAME));

function ours(codec) {
  const encoder = codec.createEncoder();
  const decoder = codec.createDecoder();
  const payloads = frames.map((frame) => {
    const payload = new Uint8Array(FRAME);
    encoder.encode(frame, payload);
    return payload;
  });
  const payload = new Uint8Array(FRAME);
  const pcm = new Int16Array(FRAME);
  return {
    encode: timesRealTime((i) => encoder.encode(frames[i % frames.length], payload), { seconds }),
    decode: timesRealTime((i) => decoder.decode(payloads[i % frames.length], pcm), { seconds }),
    // One packet in five is lost: finding the pitch and blending are in the figure.
    'conceal-20%': timesRealTime(
      (i) => (i % 5 === 4 ? decoder.conceal(pcm, FRAME) : decoder.decode(payloads[i % frames.length], pcm)),
      { seconds },
    ),
  };
}

const width = { s16le: 2, mulaw: 1, alaw: 1 };

function ffmpeg(input, output) {
  const raw = [...['-ar', '8000', '-ac', '1'], '-f', input];
  const hour = Buffer.alloc(3600 * RATE * width[input], Buffer.from(speech.buffer));
  return ffmpegTimesRealTime(raw, ['-f', output], hour, RATE * width[input], 3600, seconds < 1 ? 1 : 3);
}

const absent = 'FFmpeg is not installed';
for (const [codec, format] of [
  [pcmu, 'mulaw'],
  [pcma, 'alaw'],
]) {
  const peers = { encode: ffmpeg('s16le', format), decode: ffmpeg(format, 's16le') };
  for (const [work, rate] of Object.entries(ours(codec))) {
    // It conceals nothing in G.711.
    const found = work in peers ? { yardstick: peers[work], yardstickName: 'FFmpeg' } : {};
    if (work in peers && peers[work] === undefined) found.absent = absent;
    const name = `g711-${codec.name.toLowerCase()}-${work}`;
    report({ name, ours: rate, unit: 'times real time', ...found });
  }
}
