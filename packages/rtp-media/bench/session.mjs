// What a G.711 call costs: CPU and punctuality of audio sessions over loopback UDP, in clear and as SRTP, beside bare dgram
// sockets that carry the same packets. Run it after a build:
//
//   node packages/rtp-media/bench/session.mjs [--calls 10,100,300] [--seconds 3] [--json]
//
// Every figure comes from a process of its own. A call is one session that sends and receives 50 packets a second.
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { report } from '../../../tooling/bench/report.mjs';
import { childOptions, inChild } from './support/in-child.mjs';
import { runAlone } from './support/in-memory.mjs';
import { runBare, runSessions } from './support/session-load.mjs';

const own = benchOptions(
  { calls: '10,100,300', srtp: '100', seconds: 3, ...childOptions },
  { calls: '4', srtp: '4', seconds: 0.2, warmMs: 50 },
);
const { child, calls: counts, srtp, seconds, warmMs } = own;
const numbers = (list) => String(list).split(',').map(Number);

if (child) {
  const run = { sessions: runSessions, bare: runBare, alone: runAlone }[child];
  console.log(JSON.stringify(await run({ ...own, calls: Number(counts) })));
  process.exit();
}

for (const calls of numbers(counts)) {
  const ours = inChild(import.meta.url, 'sessions', { calls, seconds, warmMs });
  const bare = inChild(import.meta.url, 'bare', { calls, seconds, warmMs });
  tell(`session-${calls}-cpu`, ours, bare.cpu, 'bare dgram');
  report({
    name: `session-${calls}-late-p99`,
    ours: ours.late.p99,
    unit: 'ms',
    less: true,
    more: { p50: ours.late.p50, laterThan5Ms: ours.laterThan5Ms },
  });
  const alone = inChild(import.meta.url, 'alone', { calls: calls + (calls % 2), seconds: seconds / 3 });
  report({
    name: `session-${calls}-without-sockets`,
    ours: alone.microseconds,
    unit: 'µs a packet each way',
    less: true,
    more: { percentOfACore: (alone.microseconds * 50) / 1e4 },
  });
  if (!numbers(srtp).includes(calls)) continue;
  for (const security of ['cm', 'gcm']) {
    const secure = inChild(import.meta.url, 'sessions', { calls, seconds, warmMs, security });
    tell(`session-${calls}-srtp-${security}-cpu`, secure, ours.cpu, 'the same in clear');
  }
}

function tell(name, ours, yardstick, yardstickName) {
  const { lost, concealedMs, delayMs } = ours;
  const more = { lost, concealedMs, delayMs };
  report({ name, ours: ours.cpu, unit: '% of a core a call', yardstick, yardstickName, less: true, more });
}
