// A stateful user agent server and a registrar on one core, over UDP, driven by SIPp (Debian package sip-tester) on the other;
// the npm package `sip` does the same beside them. A call is INVITE, 200, ACK, BYE, 200 without media; every user registers
// and refreshes once, or is asked for a password first. Build first, then:
//
//   node packages/sip-core/bench/sip-uas.mjs [--json] [--rate 2000] [--seconds 5]
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { note, report } from '../../../tooling/bench/report.mjs';
import { startServer } from './support/server-process.mjs';
import { hasSipp, sipp } from './support/sipp.mjs';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    rate: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '5' },
  },
});
if (!hasSipp()) {
  note('SIPp is not installed; see tooling/peers/install.sh.');
  process.exit(1);
}
const rate = Number(values.rate);
const seconds = Number(values.seconds);
const scenario = (name) => ['-sf', fileURLToPath(new URL(`./support/scenarios/${name}.xml`, import.meta.url))];
const call = ['-sn', 'uac'];

/** CPU of one unit of work at a steady rate; then how many a second there can be, with the server setting the pace. */
async function drive(name, args, load, perCall) {
  const server = await startServer(name, ...args);
  const { port } = server;
  try {
    // The first calls are served by code that has not been compiled yet.
    await sipp({ port, scenario: load, calls: 2 * rate, rate });
    const before = await server.measure();
    const steady = await sipp({ port, scenario: load, calls: (rate / perCall) * seconds, rate: rate / perCall });
    const after = await server.measure();
    const full = await sipp({ port, scenario: load, calls: rate * seconds, rate: 100_000, atOnce: 100 });
    return {
      cpu: (after.cpu - before.cpu) / (after.served - before.served),
      failed: steady.failed,
      retransmissions: steady.retransmissions,
      perSecond: full.rate * perCall,
      failedAtFull: full.failed,
      served: after.served - before.served,
    };
  } finally {
    await server.stop();
  }
}

function tell(name, unit, ours, theirs, what) {
  const yardstickName = 'npm sip 0.0.6';
  const { served, failed, retransmissions, failedAtFull } = ours;
  const more = { rate, served, failed, retransmissions, yardstickFailed: theirs.failed };
  report({ name, ours: ours.cpu, unit, yardstick: theirs.cpu, yardstickName, less: true, more });
  const full = { failed: failedAtFull, yardstickFailed: theirs.failedAtFull };
  report({
    name: `${name}-rate`,
    ours: ours.perSecond,
    unit: `${what}/s`,
    yardstick: theirs.perSecond,
    yardstickName,
    more: full,
  });
}

const theirCalls = await drive('npm-uas', [], call, 1);
tell('sip-uas', 'µs of CPU a call', await drive('offhook-uas', [], call, 1), theirCalls, 'calls');
const theirs = await drive('npm-registrar', [], scenario('register'), 2);
const bare = await drive('offhook-registrar', ['bare'], scenario('register'), 2);
tell('sip-register', 'µs of CPU a REGISTER', bare, theirs, 'REGISTER');
// Two requests for each registration, one refused; the yardstick asks for no password, so the ratio is to two of its own.
const digest = await drive('offhook-registrar', ['digest'], scenario('register-digest'), 1);
tell(
  'sip-register-digest',
  'µs of CPU a registration',
  digest,
  { ...theirs, cpu: theirs.cpu * 2, perSecond: theirs.perSecond / 2 },
  'registrations',
);
