// A stateful user agent server and a registrar on one core, over UDP, driven by SIPp (Debian package sip-tester) on the other;
// the npm package `sip`, SIPp itself and Kamailio do the same beside them, in turns. A call is INVITE, 200, ACK, BYE, 200
// without media; every user registers and refreshes once, or is asked for a password first. Build first, then:
//
//   node packages/sip-core/bench/sip-uas.mjs [--json] [--rate 2000] [--seconds 4] [--rounds 3]
import { fileURLToPath } from 'node:url';
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { median, note, report } from '../../../tooling/bench/report.mjs';
import { hasKamailio, startKamailio } from './support/kamailio.mjs';
import { startServer } from './support/server-process.mjs';
import { hasSipp, sipp, startSippServer } from './support/sipp.mjs';

const { rate, seconds, rounds } = benchOptions(
  { rate: 2000, seconds: 4, rounds: 3 },
  { rate: 100, seconds: 0.2, rounds: 1 },
);
if (!hasSipp()) {
  note('SIPp is not installed; see tooling/peers/install.sh.');
  process.exit(1);
}
const npm = 'npm sip 0.0.6';
const kamailio = hasKamailio();
const scenario = (name) => ['-sf', fileURLToPath(new URL(`./support/scenarios/${name}.xml`, import.meta.url))];

/** What is served, by whom: ours is the first. */
const works = [
  {
    name: 'sip-uas',
    unit: 'call',
    load: ['-sn', 'uac'],
    perLoad: 1,
    servers: {
      ours: () => startServer('offhook-uas'),
      [npm]: () => startServer('npm-uas'),
      'SIPp (C++)': startSippServer,
    },
  },
  {
    name: 'sip-register',
    unit: 'REGISTER',
    load: scenario('register'),
    perLoad: 2,
    servers: {
      ours: () => startServer('offhook-registrar', 'bare'),
      [npm]: () => startServer('npm-registrar'),
      ...(kamailio && { 'Kamailio (C)': () => startKamailio(false) }),
    },
    absent: kamailio ? {} : { 'Kamailio (C)': 'Kamailio is not installed' },
  },
  {
    // Two requests for each registration, the first refused.
    name: 'sip-register-digest',
    unit: 'registration',
    load: scenario('register-digest'),
    perLoad: 1,
    servers: {
      ours: () => startServer('offhook-registrar', 'digest'),
      ...(kamailio && { 'Kamailio (C)': () => startKamailio(true) }),
    },
    absent: kamailio ? {} : { 'Kamailio (C)': 'Kamailio is not installed' },
  },
];

/** CPU of one unit of work at a steady rate; then how many a second there can be, with the server setting the pace. */
async function drive(start, { load: scenario, perLoad }, paced) {
  const server = await start();
  const { port } = server;
  const calls = (perSecond) => Math.ceil((perSecond * seconds) / perLoad);
  try {
    // The first calls are served by code that has not been compiled yet.
    await sipp({ port, scenario, calls: calls(rate), rate: rate / perLoad });
    const before = await server.cpu();
    const steady = await sipp({ port, scenario, calls: calls(rate), rate: rate / perLoad });
    const cpu = ((await server.cpu()) - before) / (steady.calls * perLoad);
    const { failed, retransmissions } = steady;
    if (!paced) return { cpu, failed, retransmissions };
    const full = await sipp({ port, scenario, calls: calls(2 * rate), rate: 100_000, atOnce: 100 });
    return { cpu, failed, retransmissions, perSecond: full.rate * perLoad, failedAtFull: full.failed };
  } finally {
    await server.stop();
  }
}

let failures = 0;
for (const work of works) {
  const { name, unit, servers, absent = {} } = work;
  const found = Object.fromEntries(Object.keys(servers).map((who) => [who, []]));
  for (let round = 0; round < rounds; round++) {
    // SIPp at both ends loses datagrams when nothing holds it back.
    for (const [who, start] of Object.entries(servers))
      found[who].push(await drive(start, work, !who.startsWith('SIPp')));
  }
  const middle = (who, figure) => median(found[who].map((one) => one[figure]));
  const sum = (who, figure) => found[who].reduce((total, one) => total + one[figure], 0);
  failures += sum('ours', 'failed') + sum('ours', 'failedAtFull');
  const more = { rate, failed: sum('ours', 'failed'), retransmissions: sum('ours', 'retransmissions') };
  const names = [...Object.keys(servers).filter((who) => who !== 'ours'), ...Object.keys(absent)];
  for (const yardstickName of names) {
    const known = yardstickName in servers;
    report({
      name,
      ours: middle('ours', 'cpu'),
      unit: `µs of CPU a ${unit}`,
      yardstick: known ? middle(yardstickName, 'cpu') : undefined,
      yardstickName,
      absent: absent[yardstickName],
      less: true,
      more: { ...more, ...(known && { yardstickFailed: sum(yardstickName, 'failed') }) },
    });
  }
  for (const yardstickName of names) {
    const known = yardstickName in servers;
    if (known && found[yardstickName][0].perSecond === undefined) continue;
    report({
      name: `${name}-rate`,
      ours: middle('ours', 'perSecond'),
      unit: `${unit}s/s`,
      yardstick: known ? middle(yardstickName, 'perSecond') : undefined,
      yardstickName,
      absent: absent[yardstickName],
      more: {
        failed: sum('ours', 'failedAtFull'),
        ...(known && { yardstickFailed: sum(yardstickName, 'failedAtFull') }),
      },
    });
  }
}
if (failures > 0) {
  note(`${failures} calls or registrations that we served have failed.`);
  process.exitCode = 1;
}
