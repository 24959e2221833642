// What a G.711 call costs beside native programs in the same run: our sessions talk to a program that sends back what it
// hears, and the CPU of both is measured. Run it after a build:
//
//   node packages/rtp-media/bench/session-peers.mjs [--calls 100] [--seconds 5] [--json]
//
// baresip decodes, passes samples through its audio bridge and encodes, as we do; SIPp's rtp_echo only sends packets back.
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { report } from '../../../tooling/bench/report.mjs';
import { cpuOfProcess, isInstalled, openPeer, PEERS } from './support/echo-peers.mjs';
import { childOptions, inChild } from './support/in-child.mjs';
import { runBeside } from './support/session-load.mjs';

const own = benchOptions({ calls: 100, seconds: 5, ...childOptions }, { calls: 4, seconds: 0.3, warmMs: 50 });
const { child, calls, seconds, warmMs } = own;

if (child) {
  console.log(JSON.stringify(await runBeside(own, openPeer, cpuOfProcess)));
  process.exit();
}

for (const [name, kind] of Object.entries(PEERS)) {
  const figure = { name: `session-beside-${name}`, unit: '% of a core a call', yardstickName: kind.does, less: true };
  if (!isInstalled(kind)) {
    const { cpu } = inChild(new URL('./session.mjs', import.meta.url), 'sessions', { calls, seconds, warmMs });
    report({ ...figure, ours: cpu, absent: `the Debian package ${kind.package} is not installed` });
    continue;
  }
  const { peer, pid, stop } = await kind.start();
  try {
    const { cpu, peer: theirs, echoed } = inChild(import.meta.url, 'beside', { calls, seconds, warmMs, peer, pid });
    report({ ...figure, ours: cpu, yardstick: theirs, more: { calls, echoed } });
  } finally {
    await stop();
  }
}
