// How many times faster than real time the worked example of a plug-in, GSM 06.10, encodes, decodes and conceals on one core, beside
// SpanDSP in C where its headers and a compiler are installed. After a build:
//
//   node packages/codecs/bench/gsm.mjs [--seconds 2] [--json]
import { gsm } from '@offhook/example-codec-gsm';
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { speechLike } from '../dist/testing.js';
import { reportBeside } from './support/beside.mjs';
import { payloadsOf } from './support/payloads.mjs';
import { spandsp } from './support/yardstick.mjs';

const { seconds, smoke } = benchOptions({ seconds: 2 }, { seconds: 0.05 });
const RATE = 8000;
const pcm = speechLike(RATE * 10, RATE);
const rounds = smoke ? 1 : 10;

reportBeside('gsm', gsm, { pcm, seconds }, [
  spandsp('encode', ['gsm', 'encode'], Buffer.from(pcm.buffer), 10, rounds),
  spandsp('decode', ['gsm', 'decode'], Buffer.concat(payloadsOf(gsm, pcm)), 10, rounds),
]);
