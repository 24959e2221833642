// What a G.711 call costs: CPU, memory and punctuality of audio sessions over loopback UDP, beside bare dgram sockets
// that carry the same packets. Run it after a build:
//
//   node packages/rtp-media/bench/session.mjs [--calls 10,100,300] [--seconds 5] [--json]
//
// Every figure comes from a process of its own. A call is one session that sends and receives 50 packets a second.
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { fileURLToPath } from 'node:url';
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { report } from '../../../tooling/bench/report.mjs';

const {
  calls: counts,
  seconds,
  child,
} = benchOptions({ calls: '10,100,300', seconds: 5 }, { calls: '4', seconds: 0.3 });
const host = '127.0.0.1';
const PACKET_MS = 20;
const PACKET_BYTES = 172;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets `ms` pass and says which share of a core the process used, in percent. */
async function measureCpu(ms) {
  const before = process.cpuUsage();
  const start = performance.now();
  await sleep(ms);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10 / (performance.now() - start);
}

function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Send times against the grid of 20 ms that fits them: how far each is off, in ms. */
function deviations(times) {
  const phases = times.map((time, i) => time - i * PACKET_MS).sort((a, b) => a - b);
  const phase = percentile(phases, 0.5);
  return times.map((time) => Math.abs(time - phase - Math.round((time - phase) / PACKET_MS) * PACKET_MS));
}

async function runSessions(calls) {
  const { AudioSession, nullSink, openUdpRtpTransport, RecordingSource } = await import('../dist/index.js');
  const { defaultRegistry } = await import('@offhook/codecs');
  const codecs = defaultRegistry();
  const speech = Int16Array.from({ length: 8000 }, (_, i) => 8000 * Math.sin(i / 9) * Math.sin(i / 700));
  const codec = { name: 'PCMU', clockRate: 8000, payloadType: 0 };
  globalThis.gc?.();
  const memoryBefore = process.memoryUsage();

  const sessions = [];
  const sendTimes = [];
  let recording = false;
  for (let i = 0; i < calls; i++) {
    const transport = await openUdpRtpTransport({ address: host });
    const times = [];
    sendTimes.push(times);
    const sendRtp = transport.sendRtp.bind(transport);
    transport.sendRtp = (bytes) => {
      if (recording) times.push(performance.now());
      sendRtp(bytes);
    };
    sessions.push(new AudioSession({ transport, codecs }));
  }
  // Each pair of sessions is two ends of one conversation; an odd one talks to itself.
  sessions.forEach((session, i) => {
    const peer = sessions[i ^ 1] ?? session;
    session.source = new RecordingSource(speech, 8000, { loop: true });
    session.addSink(nullSink());
    session.configure({
      remoteRtp: { host, port: peer.transport.localPort },
      sendCodec: codec,
      receiveCodecs: [codec],
      direction: 'sendrecv',
    });
  });
  await sleep(1000);
  const sentBefore = sessions.reduce((sum, session) => sum + session.statistics().packetsSent, 0);
  recording = true;
  const cpu = await measureCpu(seconds * 1000);
  recording = false;
  const statistics = sessions.map((session) => session.statistics());
  const sum = (name) => statistics.reduce((total, one) => total + one[name], 0);
  globalThis.gc?.();
  const memory = process.memoryUsage();
  const off = sendTimes.flatMap(deviations).sort((a, b) => a - b);
  const result = {
    calls,
    cpuPercent: cpu,
    cpuPercentPerCall: cpu / calls,
    packetsPerSecond: (sum('packetsSent') - sentBefore) / seconds,
    lost: sum('packetsLost'),
    concealedMs: sum('concealedMs'),
    bufferMs: sum('bufferMs') / calls,
    deviationMs: { p50: percentile(off, 0.5), p99: percentile(off, 0.99), max: off.at(-1) },
    laterThan5Ms: off.filter((ms) => ms > 5).length / off.length,
    heapBytesPerCall: (memory.heapUsed + memory.external - memoryBefore.heapUsed - memoryBefore.external) / calls,
  };
  await Promise.all(sessions.map((session) => session.close()));
  return result;
}

async function runBareSockets(calls) {
  const packet = new Uint8Array(PACKET_BYTES);
  const lookup = (name, _options, callback) => callback(null, name, 4);
  const sockets = await Promise.all(
    Array.from(
      { length: calls },
      () =>
        new Promise((resolve) => {
          const socket = createSocket({ type: 'udp4', lookup });
          socket.on('message', () => {});
          socket.bind(0, host, () => resolve(socket));
        }),
    ),
  );
  const ports = sockets.map((socket) => socket.address().port);
  const sendTimes = sockets.map(() => []);
  let recording = false;
  // The cheapest pacing there is: all in one timer.
  const timer = setInterval(() => {
    sockets.forEach((socket, i) => {
      if (recording) sendTimes[i].push(performance.now());
      socket.send(packet, ports[i ^ 1] ?? ports[i], host);
    });
  }, PACKET_MS);
  await sleep(1000);
  recording = true;
  const cpu = await measureCpu(seconds * 1000);
  recording = false;
  clearInterval(timer);
  for (const socket of sockets) socket.close();
  const off = sendTimes.flatMap(deviations).sort((a, b) => a - b);
  return { calls, cpuPercent: cpu, cpuPercentPerCall: cpu / calls, deviationMs: { p99: percentile(off, 0.99) } };
}

function inChild(what, calls) {
  const self = fileURLToPath(import.meta.url);
  const args = ['--expose-gc', self, '--child', what, '--calls', String(calls), '--seconds', String(seconds)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000 });
  if (status !== 0) throw new Error(`the ${what} run of ${calls} calls failed: ${stderr}`);
  return JSON.parse(stdout);
}

if (child) {
  const run = child === 'sessions' ? runSessions : runBareSockets;
  console.log(JSON.stringify(await run(Number(counts))));
} else {
  for (const calls of counts.split(',').map(Number)) {
    const ours = inChild('sessions', calls);
    const bare = inChild('bare', calls);
    report({
      name: `session-${calls}-cpu`,
      ours: ours.cpuPercentPerCall,
      unit: '% of a core a call',
      yardstick: bare.cpuPercentPerCall,
      yardstickName: 'bare dgram',
      less: true,
      more: { lost: ours.lost, concealedMs: ours.concealedMs, delayMs: ours.bufferMs },
    });
    report({
      name: `session-${calls}-off-grid-p99`,
      ours: ours.deviationMs.p99,
      unit: 'ms',
      yardstick: bare.deviationMs.p99,
      yardstickName: 'bare dgram, setInterval',
      less: true,
      more: { p50: ours.deviationMs.p50, max: ours.deviationMs.max, laterThan5Ms: ours.laterThan5Ms },
    });
    report({ name: `session-${calls}-heap`, ours: ours.heapBytesPerCall, unit: 'bytes a call', less: true });
  }
}
