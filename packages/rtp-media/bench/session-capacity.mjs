// How many G.711 calls one core carries before 0.1 % of the packets leave more than 5 ms late, or not at all; beside the same
// with SRTP. Run it after a build:
//
//   node packages/rtp-media/bench/session-capacity.mjs [--step 100] [--seconds 1.5] [--json]
//
// Time on the wall decides here: other work of the machine makes the figure smaller.
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { report } from '../../../tooling/bench/report.mjs';
import { childOptions, inChild } from './support/in-child.mjs';
import { runCapacity } from './support/session-load.mjs';

const smoke = { step: 2, most: 4, seconds: 0.1, warmMs: 20 };
const own = benchOptions({ step: 100, most: 1500, seconds: 1.5, ...childOptions }, smoke);
const { child, step, most, seconds, warmMs } = own;

if (child) {
  console.log(JSON.stringify(await runCapacity(own)));
  process.exit();
}

const options = { step, most, seconds, warmMs };
const clear = inChild(import.meta.url, 'capacity', options);
const secure = inChild(import.meta.url, 'capacity', { ...options, security: 'cm' });
const shown = ({ cpu = 0, steps }) => ({ cpuPercent: cpu, lateBeyond: steps.at(-1).late });
report({ name: 'session-capacity', ours: clear.calls, unit: 'calls', more: shown(clear) });
report({
  name: 'session-capacity-srtp',
  ours: secure.calls,
  unit: 'calls',
  yardstick: clear.calls,
  yardstickName: 'the same in clear',
  more: shown(secure),
});
