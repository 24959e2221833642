// How many times faster than real time Opus encodes (32 kbit/s, complexity 5), decodes and conceals on one core, beside the bare
// WebAssembly module and beside the libopus of this machine in C where its headers and a compiler are installed; and how long it
// takes to load. After a build:
//
//   node packages/codecs/bench/opus.mjs [--seconds 2] [--json]
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { median, report } from '../../../tooling/bench/report.mjs';
import { opus } from '../dist/opus.js';
import { speechLike } from '../dist/testing.js';
import { bareLibopus } from './support/bare-libopus.mjs';
import { reportBeside } from './support/beside.mjs';
import { payloadsOf } from './support/payloads.mjs';
import { inC } from './support/yardstick.mjs';

const { seconds, smoke } = benchOptions({ seconds: 2 }, { seconds: 0.05 });
const RATE = 48_000;
const LENGTH = 10;
const BITRATE = 32_000;
const COMPLEXITY = 5;
const pcm = speechLike(RATE * LENGTH, RATE);
const payloads = payloadsOf(opus, pcm);

const rounds = smoke ? 1 : 3;
const samples = Buffer.from(pcm.buffer);
const packets = (lost = () => false) =>
  Buffer.concat(
    payloads.flatMap((each, i) => {
      const bytes = lost(i) ? Buffer.alloc(0) : each;
      return [Buffer.from([bytes.length & 0xff, bytes.length >> 8]), bytes];
    }),
  );
const broken = packets((i) => i % 5 === 4);
const bare = bareLibopus(pcm, payloads, { bitrate: BITRATE, complexity: COMPLEXITY, seconds: seconds / 5 });
const encoding = ['opus', 'encode', String(BITRATE), String(COMPLEXITY)];
reportBeside('opus', opus, { pcm, seconds }, [
  { name: 'its WebAssembly, bare', work: 'encode', run: bare.encode },
  inC('libopus', 'encode', encoding, samples, LENGTH, rounds),
  { name: 'its WebAssembly, bare', work: 'decode', run: bare.decode },
  inC('libopus', 'decode', ['opus', 'decode'], packets(), LENGTH, rounds),
  inC('libopus', 'conceal', ['opus', 'decode'], broken, LENGTH, rounds),
]);

const entry = new URL('../dist/opus.js', import.meta.url);
const program = `
  const start = performance.now();
  const { opus } = await import(${JSON.stringify(entry.href)});
  const loaded = performance.now();
  opus.createEncoder();
  console.log(JSON.stringify([loaded - start, performance.now() - loaded]));`;
const times = Array.from({ length: smoke ? 1 : 9 }, () => {
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  return JSON.parse(run.stdout);
});
report({ name: 'opus-import', ours: median(times.map(([load]) => load)), unit: 'ms', less: true });
report({ name: 'opus-first-encoder', ours: median(times.map(([, first]) => first)), unit: 'ms', less: true });
report({ name: 'opus-size', ours: statSync(fileURLToPath(entry)).size / 1000, unit: 'kB', less: true });
