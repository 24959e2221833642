// How evenly packets leave: deviation of the time between packets from 20 ms, seen by a receiver in a thread of its own. In
// the main thread and on a worker: idle, with other cores loaded, and while the main thread does nothing but compute; beside
// baresip in the same run. Run it after a build:
//
//   node packages/rtp-media/bench/pacing.mjs [--seconds 5] [--json]
import { createSocket } from 'node:dgram';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { benchOptions } from '../../../tooling/bench/options.mjs';
import { report } from '../../../tooling/bench/report.mjs';
import { defaultRegistry } from '../../codecs/dist/index.js';
import { AudioSession, MediaWorkers, openUdpRtpTransport, PlacedSource } from '../dist/index.js';
import { isInstalled, openPeer, PEERS } from './support/echo-peers.mjs';

const HOST = '127.0.0.1';
const PCMU = { name: 'PCMU', clockRate: 8000, payloadType: 0 };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

if (isMainThread) await main();
else receive();

/** Notes when each packet came; waking up costs the receiver time of its own, so the figures say a little too much. */
function receive() {
  let times = [];
  const socket = createSocket('udp4', () => times.push(performance.now()));
  socket.bind(0, HOST, () => parentPort.postMessage({ port: socket.address().port }));
  parentPort.on('message', (what) => {
    if (what === 'begin') times = [];
    else parentPort.postMessage({ times });
  });
}

async function main() {
  const { seconds } = benchOptions({ seconds: 5 }, { seconds: 0.3 });
  const receiver = new Worker(new URL(import.meta.url));
  const told = () => new Promise((resolve) => receiver.once('message', resolve));
  const { port } = await told();
  const parameters = {
    remoteRtp: { host: HOST, port },
    remoteRtcp: { host: HOST, port: 9 },
    sendCodec: PCMU,
    receiveCodecs: [PCMU],
    direction: 'sendonly',
  };
  const pool = new MediaWorkers({ size: 1 });
  const onMain = async () =>
    new AudioSession({ transport: await openUdpRtpTransport({ address: HOST }), codecs: defaultRegistry() });
  const onWorker = () => pool.open({ address: HOST });
  const idle = () => sleep(seconds * 1000);
  const busy = async () => {
    const until = performance.now() + seconds * 1000;
    while (performance.now() < until);
  };
  const loaded = async () => {
    const load = new Worker('for (;;);', { eval: true });
    await sleep(200);
    receiver.postMessage('begin');
    await idle();
    await load.terminate();
  };

  const measured = async (open, during) => {
    const session = await open();
    session.source = new PlacedSource({ kind: 'tone' });
    session.configure(parameters);
    await sleep(300);
    receiver.postMessage('begin');
    await during();
    receiver.postMessage('end');
    const { times } = await told();
    await session.close();
    return deviation(times);
  };
  const theirs = await baresip(idle);
  for (const [name, open, during] of [
    ['pacing-main-idle', onMain, idle],
    ['pacing-main-core-loaded', onMain, loaded],
    ['pacing-worker-idle', onWorker, idle],
    ['pacing-worker-core-loaded', onWorker, loaded],
    ['pacing-worker-main-busy', onWorker, busy],
  ]) {
    const { p50, p99, max, packets } = await measured(open, during);
    const figure = { name, ours: p99, unit: 'ms, p99', less: true, more: { p50, max, packets } };
    report({ ...figure, ...theirs });
  }
  await pool.close();
  await receiver.terminate();

  async function baresip(during) {
    const kind = PEERS.baresip;
    if (!isInstalled(kind)) return { absent: `the Debian package ${kind.package} is not installed` };
    const { peer, stop } = await kind.start();
    try {
      await openPeer(peer, [port]);
      await sleep(1000);
      receiver.postMessage('begin');
      await during();
      receiver.postMessage('end');
      const { times } = await told();
      return { yardstick: deviation(times).p99, yardstickName: 'baresip 1.0 idle' };
    } finally {
      await stop();
    }
  }
}

function deviation(times) {
  const off = times
    .slice(1)
    .map((time, index) => Math.abs(time - times[index] - 20))
    .sort((a, b) => a - b);
  const at = (share) => off[Math.min(off.length - 1, Math.floor(off.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1), packets: times.length };
}
