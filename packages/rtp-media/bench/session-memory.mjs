// Memory of G.711 calls: what one holds while it runs, what is left once it has ended, and what is allocated for each packet.
// Run it after a build:
//
//   node packages/rtp-media/bench/session-memory.mjs [--calls 300] [--seconds 3] [--json] [--sites 8]
//
// Allocations are sampled by V8's heap profiler, objects that were collected included: once without sockets, where all of
// them are ours, and once over dgram. A packet is one that is sent and one that is received.
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { note, report } from '../../../tooling/bench/report.mjs';
import { allocations } from './support/allocations.mjs';
import { childOptions, inChild } from './support/in-child.mjs';
import { inMemory } from './support/in-memory.mjs';
import { close, sessionLoad, sleep } from './support/session-load.mjs';

const smoke = { calls: 4, packets: 2000, seconds: 0.2, warmMs: 20 };
const own = benchOptions({ calls: 300, packets: 200_000, seconds: 3, sites: 8, ...childOptions }, smoke);
const { child, calls, packets, seconds, warmMs, sites, security } = own;

if (child) {
  console.log(JSON.stringify(await { memory, ours, dgram }[child]()));
  process.exit();
}

const held = inChild(import.meta.url, 'memory', { calls, seconds, warmMs });
for (const what of ['heap', 'rss']) {
  const unit = 'bytes a call';
  report({ name: `session-memory-${what}`, ours: held[what], unit, less: true, more: { leftBehind: held.left[what] } });
}
const found = {
  'without-sockets': inChild(import.meta.url, 'ours', { packets }),
  dgram: inChild(import.meta.url, 'dgram', { seconds, warmMs }),
  'dgram-srtp-cm': inChild(import.meta.url, 'dgram', { seconds, warmMs, security: 'cm' }),
  'dgram-srtp-gcm': inChild(import.meta.url, 'dgram', { seconds, warmMs, security: 'gcm' }),
};
for (const [name, { bytes, top }] of Object.entries(found)) {
  report({ name: `session-allocated-${name}`, ours: bytes, unit: 'bytes a packet', less: true });
  for (const { site, bytes: each } of top.slice(0, sites)) note(`  ${each.toFixed(1).padStart(8)}  ${site}`);
}

async function memory() {
  const load = await sessionLoad();
  await load.warmUp(warmMs);
  const before = await settled();
  let sessions = await load.pairs(calls);
  await sleep(seconds * 1000);
  const during = await settled();
  await close(sessions);
  sessions = undefined;
  await sleep(300);
  const after = await settled();
  const each = (one, what) => (one[what] - before[what]) / calls;
  return {
    heap: each(during, 'heap'),
    rss: each(during, 'rss'),
    left: { heap: each(after, 'heap'), rss: each(after, 'rss') },
  };
}

async function settled() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await sleep(20);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

async function ours() {
  const load = inMemory(20);
  const turns = packets / 20;
  // Code that is not compiled yet allocates.
  for (let i = 0; i < 4 * turns; i++) load.tick(false);
  return allocations(packets, async () => {
    for (let i = 0; i < turns; i++) load.tick(false);
  });
}

async function dgram() {
  const load = await sessionLoad({ security });
  const sessions = await load.pairs(60);
  await sleep(2 * warmMs);
  const sent = () => sessions.reduce((sum, session) => sum + session.statistics().packetsSent, 0);
  const before = sent();
  const run = await allocations(1, () => sleep(seconds * 1000));
  const count = sent() - before;
  return { bytes: run.bytes / count, top: run.top.map(({ site, bytes }) => ({ site, bytes: bytes / count })) };
}
