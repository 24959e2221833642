// How many calls one process holds: SIPp calls an endpoint that answers each with speech in G.711 and hears what SIPp sends back. CPU, memory and losses while
// all are up. Run it after a build:
//
//   node packages/endpoint/bench/held-calls.mjs [--calls 500] [--seconds 20] [--workers 0] [--json]
//
// SIPp and its echo share the machine, here one of two cores: a busy one loses packets before the endpoint does.
import { readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { note, report } from '../../../tooling/bench/report.mjs';
import { Endpoint, nullSink, RecordingSource, rtpMediaProvider, wavFileSource } from '../dist/index.js';
import { callersOf, hasSipp } from './support/sipp-callers.mjs';

const { calls, seconds, workers, rate } = benchOptions(
  { calls: 500, seconds: 20, workers: 0, rate: 40 },
  { calls: 3, seconds: 1, workers: 0, rate: 3 },
);

if (!hasSipp()) {
  report({
    name: 'endpoint-start',
    ours: await started(),
    unit: 'ms',
    yardstickName: 'SIPp',
    absent: 'the Debian package sip-tester is not installed: no calls',
    less: true,
  });
} else {
  await measure();
}

async function started() {
  const began = performance.now();
  const endpoint = await new Endpoint({ transports: [{ protocol: 'udp', host: '127.0.0.1' }] }).start();
  const elapsed = performance.now() - began;
  await endpoint.close();
  return elapsed;
}

async function measure() {
  const { samples, sampleRate } = await wavFileSource(
    new URL('../../../apps/quickstart/assets/speech.wav', import.meta.url),
    { loop: true },
  );
  const startMs = await started();
  const endpoint = await new Endpoint({
    transports: [{ protocol: 'udp', host: '127.0.0.1' }],
    codecs: ['PCMU'],
    ...(workers > 0 && { media: rtpMediaProvider({ workers }) }),
  }).start();
  endpoint.on('call', (call) => {
    call.audio.addSink(nullSink());
    call.answer({ source: new RecordingSource(samples, sampleRate, { loop: true }) }).catch(() => {});
  });
  const before = process.memoryUsage();
  const began = performance.now();
  const over = callersOf({
    port: endpoint.addresses[0].port,
    calls,
    rate,
    holdMs: Math.ceil((calls / rate + seconds + 4) * 1000),
  });
  while (endpoint.calls.filter(({ state }) => state === 'connected').length < calls) {
    if (performance.now() - began > (calls / rate + 30) * 1000) throw new Error('Not all calls came up.');
    await wait(20);
  }
  const setUp = performance.now() - began;
  await wait(Math.min(2000, seconds * 500));
  const first = sums(endpoint);
  const cpu = process.cpuUsage();
  const from = performance.now();
  await wait(seconds * 1000);
  const { user, system } = process.cpuUsage(cpu);
  const elapsed = performance.now() - from;
  const last = sums(endpoint);
  const memory = process.memoryUsage();
  const sockets = readdirSync('/proc/self/fd').length;
  const expected = (calls * elapsed) / 20;
  const share = (user + system) / 10 / elapsed;
  report({ name: 'endpoint-start', ours: startMs, unit: 'ms', less: true });
  report({
    name: 'held-calls-cpu',
    ours: share / calls,
    unit: '% of a core a call',
    less: true,
    more: { calls, workers, all: `${share.toFixed(0)} %` },
  });
  report({
    name: 'held-calls-sent',
    ours: (100 * (last.sent - first.sent)) / expected,
    unit: '% of the packets due',
    more: { back: `${((100 * (last.received - first.received)) / expected).toFixed(1)} %` },
  });
  report({ name: 'held-calls-memory', ours: (memory.rss - before.rss) / calls / 1024, unit: 'KB a call', less: true });
  report({ name: 'held-calls-set-up', ours: setUp, unit: 'ms', less: true, more: { rate, descriptors: sockets } });
  const { failed } = await over;
  if (failed > 0) throw new Error(`${failed} calls failed.`);
  note(`All ${calls} calls ended well.`);
  await endpoint.close();
}

function sums(endpoint) {
  let [sent, received] = [0, 0];
  for (const call of endpoint.calls) {
    const { packetsSent, packetsReceived } = call.statistics();
    sent += packetsSent;
    received += packetsReceived;
  }
  return { sent, received };
}
