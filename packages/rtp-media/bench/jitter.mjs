// What the jitter buffer makes of bad networks, and what it costs. Run it after a build:
//
//   node packages/rtp-media/bench/jitter.mjs [--seconds 1] [--write docs/jitter-buffer.md] [--json]
//
// The networks are seeded and time is virtual: all but the cost is the same on every machine. With --write the table goes
// into that page, in place of the one between its two marks.
import { readFileSync, writeFileSync } from 'node:fs';
import { pcmu } from '@offhook/codecs';
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { rates, report } from '../../../tooling/bench/report.mjs';
import { Playout } from '../dist/index.js';
import { replayAll, replaySpeech, replayTable, seededRandom } from '../dist/testing.js';

const { seconds, write, json, smoke } = benchOptions({ seconds: 1, write: '' }, { seconds: 0.05 });
const BEGIN = '<!-- table: pnpm bench jitter --write docs/jitter-buffer.md -->';
const END = '<!-- end of table -->';

const wav = readFileSync(new URL('../../../apps/quickstart/assets/speech.wav', import.meta.url));
const results = replayAll(replaySpeech(wav, smoke ? 2 : 60));
if (json) {
  for (const { name, meanDelayMs, ...more } of results) {
    report({ name: `replay, ${name}`, ours: meanDelayMs, unit: 'ms', less: true, more });
  }
} else console.log(`${replayTable(results)}\n`);
if (write && !smoke) {
  const page = readFileSync(write, 'utf8');
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${write} lacks the marks "${BEGIN}" and "${END}".`);
  writeFileSync(write, `${page.slice(0, begin + BEGIN.length)}\n\n${replayTable(results)}\n\n${page.slice(end)}`);
}

const payload = new Uint8Array(160);
pcmu.createEncoder().encode(replaySpeech(wav, 1).subarray(2000, 2160), payload);

/** One packet in and one frame out, 20 ms later each time. */
function stream(share, jitterMs) {
  const playout = new Playout();
  playout.configure(new Map([[0, { codec: pcmu }]]));
  const random = seededRandom(1);
  const frame = new Int16Array(160);
  let number = 0;
  return () => {
    number++;
    if (random() >= share) {
      const at = number * 20 + random() * jitterMs;
      playout.receive(0, number & 0xffff, (number * 160) >>> 0, payload, 0, 160, at);
    }
    playout.pull(frame, number * 20 + 10);
    return true;
  };
}

const decoder = pcmu.createDecoder();
const pcm = new Int16Array(320);
const speed = rates(
  {
    decode: () => decoder.decode(payload, pcm) > 0,
    clean: stream(0, 0),
    jitter: stream(0, 9),
    'one in five lost': stream(0.2, 2),
  },
  seconds,
);
for (const name of ['clean', 'jitter', 'one in five lost']) {
  report({
    name: `a frame, ${name}`,
    ours: 1e6 / speed[name],
    unit: 'µs',
    yardstick: 1e6 / speed.decode,
    yardstickName: 'decoding alone',
    less: true,
  });
}
