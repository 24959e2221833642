// What a conference costs: one round of 20 ms of the mixer, as a share of a core per leg, beside the sum of all others made
// anew for each leg; all legs speak, which is the dearest. With PCMU, every leg is decoded and encoded as well. Run it
// after a build:
//
//   node packages/rtp-media/bench/mixer.mjs [--legs 3,10,50] [--seconds 1] [--json]
//
// The last figure is a conference as it is: sessions over UDP with their jitter buffers, in a process of their own, beside
// the bare packets.
import { defaultRegistry } from '@offhook/codecs';
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { rates, report } from '../../../tooling/bench/report.mjs';
import { Mixer, RecordingSource } from '../dist/index.js';
import { runConference } from './support/conference.mjs';
import { childOptions, inChild } from './support/in-child.mjs';

const own = benchOptions(
  { legs: '3,10,50', participants: 50, seconds: 1, ...childOptions },
  { legs: '3', participants: 4, seconds: 0.05, warmMs: 50 },
);
const { child, legs: counts, participants, seconds, warmMs } = own;
if (child) {
  console.log(JSON.stringify(await runConference(own)));
  process.exit();
}

const ROUND_MS = 20;
const SAMPLES = 160;

const speech = (leg) =>
  Int16Array.from({ length: 8000 }, (_, i) => 6000 * Math.sin(i / (7 + leg / 5)) * Math.sin(i / (500 + leg * 7)));
const shareOfCore = (roundsPerSecond, legs) => (100 * 1000) / ROUND_MS / roundsPerSecond / legs;

for (const count of String(counts).split(',').map(Number)) {
  const { mixed, mixedPcmu, plain } = rates(
    { mixed: mixing(count), mixedPcmu: mixingPcmu(count), plain: summing(count) },
    seconds,
  );
  report({
    name: `mixer-${count}`,
    ours: shareOfCore(mixed, count),
    unit: '% of a core a leg',
    yardstick: shareOfCore(plain, count),
    yardstickName: 'a sum for each leg',
    less: true,
    more: { microsecondsARound: 1e6 / mixed },
  });
  report({
    name: `mixer-${count}-pcmu`,
    ours: shareOfCore(mixedPcmu, count),
    unit: '% of a core a leg',
    less: true,
    more: { microsecondsARound: 1e6 / mixedPcmu },
  });
}

const conference = inChild(import.meta.url, 'conference', { participants, seconds: 4 * seconds, warmMs });
const bare = inChild(new URL('./session.mjs', import.meta.url), 'bare', {
  calls: participants,
  seconds: 2 * seconds,
  warmMs,
});
report({
  name: `conference-${participants}`,
  ours: conference.cpu,
  unit: '% of a core a leg',
  yardstick: bare.cpu,
  yardstickName: 'bare dgram',
  less: true,
  more: { lost: conference.lost, concealedMs: conference.concealedMs },
});

function mixing(count) {
  const mixer = new Mixer();
  const sink = { sampleRate: 8000, write() {} };
  for (let i = 0; i < count; i++) mixer.addLeg({ source: new RecordingSource(speech(i), 8000, { loop: true }), sink });
  return () => {
    mixer.mix();
    return true;
  };
}

function mixingPcmu(count) {
  const codec = defaultRegistry().get('PCMU', 8000);
  const mixer = new Mixer();
  for (let i = 0; i < count; i++) {
    const pcm = speech(i);
    const encoder = codec.createEncoder({ frameDuration: ROUND_MS });
    const decoder = codec.createDecoder();
    const packets = Array.from({ length: 50 }, (_, at) => {
      const packet = new Uint8Array(SAMPLES);
      encoder.encode(pcm.slice(at * SAMPLES, (at + 1) * SAMPLES), packet);
      return packet;
    });
    const out = new Uint8Array(SAMPLES);
    let next = i % packets.length;
    mixer.addLeg({
      source: {
        sampleRate: 8000,
        read(frame) {
          next = (next + 1) % packets.length;
          return decoder.decode(packets[next], frame);
        },
      },
      sink: { sampleRate: 8000, write: (frame) => encoder.encode(frame, out) },
    });
  }
  return () => {
    mixer.mix();
    return true;
  };
}

/** What a mixer does that knows no better: for each leg, the sum of all others, clipped. */
function summing(count) {
  const sources = Array.from({ length: count }, (_, i) => new RecordingSource(speech(i), 8000, { loop: true }));
  const frames = sources.map(() => new Int16Array(SAMPLES));
  const out = new Int16Array(SAMPLES);
  return () => {
    for (const [i, source] of sources.entries()) source.read(frames[i]);
    for (let leg = 0; leg < count; leg++) {
      for (let i = 0; i < SAMPLES; i++) {
        let sum = 0;
        for (let other = 0; other < count; other++) if (other !== leg) sum += frames[other][i];
        out[i] = Math.max(-32_768, Math.min(32_767, sum));
      }
    }
    return true;
  };
}
