// How many times faster than real time L16 encodes, decodes and conceals on one core, beside Node.js's own exchange of bytes, which is C++
// and does nothing else. After a build:
//
//   node packages/codecs/bench/l16.mjs [--seconds 2] [--json]
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { l16x8, l16x16, l16x44Stereo, l16x48 } from '../dist/index.js';
import { speechLike, timesRealTime } from '../dist/testing.js';
import { reportBeside } from './support/beside.mjs';

const { seconds } = benchOptions({ seconds: 2 }, { seconds: 0.05 });

for (const codec of [l16x8, l16x16, l16x44Stereo, l16x48]) {
  const { sampleRate, channels, defaultFrameDuration: ms } = codec;
  const pcm = speechLike(sampleRate * 10, sampleRate, channels);
  const frame = Buffer.alloc((sampleRate * channels * ms * 2) / 1000);
  const run = () => timesRealTime(() => frame.swap16(), ms, seconds / 5);
  const peers = ['encode', 'decode'].map((work) => ({ name: 'Buffer.swap16', work, run }));
  reportBeside(`l16-${sampleRate}${channels === 2 ? '-stereo' : ''}`, codec, { pcm, seconds }, peers);
}
