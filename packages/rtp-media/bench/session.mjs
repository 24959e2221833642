// What a G.711 call costs: CPU, memory and punctuality of audio sessions over loopback UDP, beside bare dgram sockets
// that carry the same packets. Run it after a build:
//
//   node bench/session.mjs [--calls 10,100,300] [--seconds 5] [--json]
//
// Every figure comes from a process of its own. A call is one session that sends and receives 50 packets a second.
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '10,100,300' },
    seconds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    child: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
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
  // The cheapest pacing there is: all in one timer.
  const timer = setInterval(() => {
    sockets.forEach((socket, i) => {
      socket.send(packet, ports[i ^ 1] ?? ports[i], host);
    });
  }, PACKET_MS);
  await sleep(1000);
  const cpu = await measureCpu(seconds * 1000);
  clearInterval(timer);
  for (const socket of sockets) socket.close();
  return { calls, cpuPercent: cpu, cpuPercentPerCall: cpu / calls };
}

function inChild(what, calls) {
  const self = fileURLToPath(import.meta.url);
  const args = ['--expose-gc', self, '--child', what, '--calls', String(calls), '--seconds', String(seconds)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000 });
  if (status !== 0) throw new Error(`the ${what} run of ${calls} calls failed: ${stderr}`);
  return JSON.parse(stdout);
}

if (values.child) {
  const run = values.child === 'sessions' ? runSessions : runBareSockets;
  console.log(JSON.stringify(await run(Number(values.calls))));
} else {
  const counts = values.calls.split(',').map(Number);
  const results = counts.map((calls) => ({ sessions: inChild('sessions', calls), bare: inChild('bare', calls) }));
  if (values.json) console.log(JSON.stringify(results));
  else {
    console.log(`G.711, 20 ms, both ways, decoded, ${seconds} s each, Node.js ${process.version}`);
    console.log('calls  CPU/call  bare dgram  ratio  off grid p50/p99/max ms  > 5 ms    delay  concealed  heap/call');
    for (const { sessions: s, bare } of results) {
      const { p50, p99, max } = s.deviationMs;
      const columns = [
        String(s.calls).padStart(5),
        `${s.cpuPercentPerCall.toFixed(3)} %`.padStart(9),
        `${bare.cpuPercentPerCall.toFixed(3)} %`.padStart(11),
        (s.cpuPercentPerCall / bare.cpuPercentPerCall).toFixed(1).padStart(6),
        `${p50.toFixed(2)} / ${p99.toFixed(2)} / ${max.toFixed(1)}`.padStart(24),
        `${(s.laterThan5Ms * 100).toFixed(2)} %`.padStart(8),
        `${s.bufferMs.toFixed(0)} ms`.padStart(8),
        `${s.concealedMs.toFixed(0)} ms`.padStart(10),
        `${(s.heapBytesPerCall / 1024).toFixed(0)} KB`.padStart(10),
      ];
      console.log(columns.join(' '));
    }
  }
}
