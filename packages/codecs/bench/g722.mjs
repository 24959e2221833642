// How many times faster than real time G.722 encodes, decodes and conceals on one core, beside SpanDSP in C where its headers
// and a compiler are installed. After a build:
//
//   node packages/codecs/bench/g722.mjs [--seconds 2] [--json]
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { report } from '../../../tooling/bench/report.mjs';
import { g722 } from '../dist/index.js';
import { speechLike } from '../dist/testing.js';
import { timesRealTime } from './support/times-real-time.mjs';
import { yardstick, yardstickAbsent } from './support/yardstick.mjs';

const options = benchOptions({ seconds: 2 }, { seconds: 0.01 });
const RATE = 16_000;
const FRAME = 320;
const SECONDS = 10;
const speech = speechLike(RATE * SECONDS, RATE);
const frames = Array.from({ length: speech.length / FRAME }, (_, i) => speech.subarray(i * FRAME, (i + 1) * FRAME));

const encoder = g722.createEncoder();
const decoder = g722.createDecoder();
const payloads = frames.map((frame) => {
  const payload = new Uint8Array(FRAME / 2);
  encoder.encode(frame, payload);
  return payload;
});
const count = frames.length;
const payload = new Uint8Array(FRAME / 2);
const pcm = new Int16Array(FRAME);

const ours = {
  encode: timesRealTime((i) => encoder.encode(frames[i % count], payload), options),
  decode: timesRealTime((i) => decoder.decode(payloads[i % count], pcm), options),
  // One packet in five is lost: finding the pitch and blending are in the figure.
  'conceal-20%': timesRealTime(
    (i) => (i % 5 === 4 ? decoder.conceal(pcm, FRAME) : decoder.decode(payloads[i % count], pcm)),
    options,
  ),
};

const absent = yardstickAbsent();
const rounds = Math.max(1, Math.round(options.seconds * 50));
const peers = absent
  ? {}
  : {
      encode: SECONDS / yardstick(['g722', 'encode'], Buffer.from(speech.buffer), rounds).seconds,
      decode: SECONDS / yardstick(['g722', 'decode'], Buffer.concat(payloads), rounds).seconds,
    };

for (const [work, rate] of Object.entries(ours)) {
  // It conceals nothing in G.722.
  const compared = work.startsWith('conceal') ? {} : { yardstick: peers[work], yardstickName: 'SpanDSP', absent };
  report({ name: `g722-${work}`, ours: rate, unit: 'times real time', ...compared });
}
