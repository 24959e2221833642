// How many times faster than real time G.711 encodes, decodes and conceals on one core. FFmpeg, when there is one, does the
// same work beside it (CPU time without the start of its process, but with its reading and writing of pipes). After a build:
//
//   node packages/codecs/bench/g711.mjs [--seconds 2] [--json]
import { spawnSync } from 'node:child_process';
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { report } from '../../../tooling/bench/report.mjs';
import { pcma, pcmu } from '../dist/index.js';
import { speechLike } from '../dist/testing.js';
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

/** Times real time of FFmpeg: CPU time for an hour of audio less that for a second. */
function ffmpeg(input, output) {
  const cpu = (bytes) => {
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < (seconds < 1 ? 1 : 3); round++) {
      const args = ['-hide_banner', '-nostats', '-benchmark', '-threads', '1', '-ar', '8000', '-ac', '1', '-f', input];
      const run = spawnSync('ffmpeg', [...args, '-i', '-', '-f', output, '-'], {
        input: bytes,
        maxBuffer: 1 << 28,
      });
      if (run.error || run.status !== 0) return undefined;
      const [, user, system] = /utime=([\d.]+)s stime=([\d.]+)s/.exec(String(run.stderr)) ?? [];
      if (user === undefined) return undefined;
      best = Math.min(best, Number(user) + Number(system));
    }
    return best;
  };
  const width = input === 's16le' ? 2 : 1;
  const long = Buffer.alloc(3600 * RATE * width, Buffer.from(speech.buffer));
  const [all, start] = [cpu(long), cpu(long.subarray(0, RATE * width))];
  return all === undefined || start === undefined || all <= start ? undefined : 3599 / (all - start);
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
