// How many times faster than real time G.722 encodes, decodes and conceals on one core, beside SpanDSP in C where its headers
// and a compiler are installed. After a build:
//
//   node packages/codecs/bench/g722.mjs [--seconds 2] [--json]
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { g722 } from '../dist/index.js';
import { speechLike } from '../dist/testing.js';
import { reportBeside } from './support/beside.mjs';
import { payloadsOf } from './support/payloads.mjs';
import { spandsp } from './support/yardstick.mjs';

const { seconds, smoke } = benchOptions({ seconds: 2 }, { seconds: 0.05 });
const RATE = 16_000;
const pcm = speechLike(RATE * 10, RATE);
const rounds = smoke ? 1 : 50;

// It conceals nothing in G.722.
reportBeside('g722', g722, { pcm, seconds }, [
  spandsp('encode', ['g722', 'encode'], Buffer.from(pcm.buffer), 10, rounds),
  spandsp('decode', ['g722', 'decode'], Buffer.concat(payloadsOf(g722, pcm)), 10, rounds),
]);
