#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
// pnpm soak [--calls 10000] [--rate 20] [--talk 2] [--json]: SIPp calls an endpoint over and over, with audio both ways. When all calls are over, memory,
// sockets and timers have to be where they were once the first calls had warmed everything up. Ends with 1 when they are not.
import { execArgv, exit } from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

if (!execArgv.includes('--expose-gc')) {
  const { status } = spawnSync(process.execPath, ['--expose-gc', ...process.argv.slice(1)], { stdio: 'inherit' });
  exit(status ?? 1);
}

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '10000' },
    rate: { type: 'string', default: '20' },
    talk: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});
const [calls, rate, talk] = [values.calls, values.rate, values.talk].map(Number);
const root = new URL('../../', import.meta.url);
const built = new URL('packages/endpoint/dist/index.js', root);
if (!existsSync(fileURLToPath(built))) {
  console.error('The packages are not built: pnpm build.');
  exit(2);
}
const { Endpoint, nullSink, toneSource } = await import(built.href);
const { callersOf, hasSipp } = await import(new URL('packages/endpoint/bench/support/sipp-callers.mjs', root).href);
if (!hasSipp()) {
  console.error('SIPp is not installed: apt-get install sip-tester.');
  exit(2);
}

const endpoint = await new Endpoint({
  transports: [{ protocol: 'udp', host: '127.0.0.1' }],
  codecs: ['PCMU'],
}).start();
const { port } = endpoint.addresses[0];
let answered = 0;
let records = 0;
endpoint.on('callRecord', () => records++);
endpoint.on('call', (call) => {
  call.audio.addSink(nullSink());
  call.answer({ source: toneSource({ frequencies: [440] }) }).then(
    () => answered++,
    () => {},
  );
});

/** Calls that are over leave transactions behind for 32 s (RFC 3261 §17): what is left after that is left for good. */
async function settled() {
  await wait(35_000);
  for (let round = 0; round < 3; round++) globalThis.gc();
  const kinds = process.getActiveResourcesInfo();
  return {
    heapKb: Math.round(process.memoryUsage().heapUsed / 1024),
    externalKb: Math.round(process.memoryUsage().external / 1024),
    rssKb: Math.round(process.memoryUsage().rss / 1024),
    descriptors: readdirSync('/proc/self/fd').length,
    sockets: kinds.filter((kind) => /UDP|TCP/.test(kind)).length,
    timers: kinds.filter((kind) => kind === 'Timeout').length,
    calls: endpoint.calls.length,
  };
}

const warm = Math.max(20, Math.min(500, Math.round(calls / 10)));
await callersOf({ port, calls: warm, rate, holdMs: talk * 1000 });
const before = await settled();
answered = 0;
records = 0;
const cpu = process.cpuUsage();
const began = performance.now();
const { failed } = await callersOf({ port, calls, rate, holdMs: talk * 1000 });
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpu);
const after = await settled();
await endpoint.close();

const problems = [];
if (failed > 0) problems.push(`${failed} calls failed`);
if (answered !== calls || records !== calls) problems.push(`${answered} of ${calls} answered, ${records} recorded`);
for (const name of ['descriptors', 'sockets', 'timers', 'calls']) {
  if (after[name] > before[name]) problems.push(`${name}: ${before[name]} before, ${after[name]} after`);
}
// What one call leaves behind for good; half a kilobyte is more than noise when they are many.
const bytes = ((after.heapKb - before.heapKb) * 1024) / calls;
if (after.heapKb - before.heapKb > 2048 && bytes > 500)
  problems.push(`${Math.round(bytes)} bytes of heap a call are left`);

const result = {
  calls,
  rate,
  seconds: Math.round(seconds),
  cpu: `${((user + system) / 1e4 / seconds).toFixed(0)} %`,
  before,
  after,
  problems,
};
if (values.json) console.log(JSON.stringify(result));
else {
  console.log(`${calls} calls at ${rate} a second in ${result.seconds} s, ${result.cpu} of a core, ${failed} failed`);
  console.table({ before, after });
  console.log(problems.length === 0 ? 'All is as it was.' : `Left behind: ${problems.join('; ')}.`);
}
exit(problems.length === 0 ? 0 : 1);
