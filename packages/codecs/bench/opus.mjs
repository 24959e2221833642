// How many times faster than real time Opus encodes (32 kbit/s, complexity 5), decodes and conceals on one core, beside the
// libopus of this machine in C where its headers and a compiler are installed; and how long it takes to load. After a build:
//
//   node packages/codecs/bench/opus.mjs [--seconds 2] [--json]
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { median, report } from '../../../tooling/bench/report.mjs';
import { opus } from '../dist/opus.js';
import { speechLike } from '../dist/testing.js';
import { timesRealTime } from './support/times-real-time.mjs';
import { yardstick, yardstickAbsent } from './support/yardstick.mjs';

const options = { ...benchOptions({ seconds: 2 }, { seconds: 0.01 }), batch: 100 };
const RATE = 48_000;
const FRAME = 960;
const SECONDS = 10;
const speech = speechLike(RATE * SECONDS, RATE);
const frames = Array.from({ length: speech.length / FRAME }, (_, i) => speech.subarray(i * FRAME, (i + 1) * FRAME));

const encoder = opus.createEncoder({ remoteFmtp: 'useinbandfec=1' });
const decoder = opus.createDecoder();
const payload = new Uint8Array(opus.maxPayloadBytes(20));
const payloads = frames.map((frame) => payload.slice(0, encoder.encode(frame, payload)));
const count = frames.length;
const pcm = new Int16Array(5760);

const ours = {
  encode: timesRealTime((i) => encoder.encode(frames[i % count], payload), options),
  decode: timesRealTime((i) => decoder.decode(payloads[i % count], pcm), options),
  'conceal-20%': timesRealTime(
    (i) => (i % 5 === 4 ? decoder.conceal(pcm, FRAME) : decoder.decode(payloads[i % count], pcm)),
    options,
  ),
};

const absent = yardstickAbsent();
const rounds = Math.max(1, Math.round(options.seconds * 3));
const input = Buffer.from(speech.buffer);
const packets = (lost = () => false) =>
  Buffer.concat(
    payloads.flatMap((each, i) => {
      const bytes = lost(i) ? Buffer.alloc(0) : Buffer.from(each);
      return [Buffer.from([bytes.length & 0xff, bytes.length >> 8]), bytes];
    }),
  );
const peers = absent
  ? {}
  : {
      encode: SECONDS / yardstick(['opus', 'encode', '32000', '5'], input, rounds).seconds,
      decode: SECONDS / yardstick(['opus', 'decode'], packets(), rounds).seconds,
      'conceal-20%':
        SECONDS /
        yardstick(
          ['opus', 'decode'],
          packets((i) => i % 5 === 4),
          rounds,
        ).seconds,
    };
for (const [work, rate] of Object.entries(ours)) {
  const more = { yardstick: peers[work], yardstickName: 'libopus', absent };
  report({ name: `opus-${work}`, ours: rate, unit: 'times real time', ...more });
}

const entry = new URL('../dist/opus.js', import.meta.url);
const program = `
  const start = performance.now();
  const { opus } = await import(${JSON.stringify(entry.href)});
  const loaded = performance.now();
  opus.createEncoder();
  console.log(JSON.stringify([loaded - start, performance.now() - loaded]));`;
const times = Array.from({ length: options.smoke ? 1 : 9 }, () => {
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  return JSON.parse(run.stdout);
});
report({ name: 'opus-import', ours: median(times.map(([load]) => load)), unit: 'ms', less: true });
report({ name: 'opus-first-encoder', ours: median(times.map(([, first]) => first)), unit: 'ms', less: true });
report({ name: 'opus-size', ours: statSync(fileURLToPath(entry)).size / 1000, unit: 'kB', less: true });
