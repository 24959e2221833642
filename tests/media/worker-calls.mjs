// Calls on media workers, on the built packages: prints what came of them and ends when nothing keeps it going.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Endpoint, rtpMediaProvider } from '../../packages/endpoint/dist/index.js';
import { correlate, MediaWorkers, PlacedSource, toneSource } from '../../packages/rtp-media/dist/index.js';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const PCMU = { name: 'PCMU', clockRate: 8000, payloadType: 0 };

function listen() {
  const sink = { sampleRate: 8000, samples: [], write: (frame) => sink.samples.push(...frame) };
  return sink;
}

function match(samples, frequency) {
  const tone = new Int16Array(2000);
  toneSource({ frequencies: [frequency] }).read(tone);
  return correlate(tone, Int16Array.from(samples.slice(-4000))).correlation;
}

async function pairs(pool, count) {
  const all = [];
  for (let i = 0; i < count; i++) {
    const two = [await pool.open(), await pool.open()];
    for (const [one, other] of [two, [...two].reverse()]) {
      const { localAddress: host, localPort: port } = other.transport;
      one.configure({ remoteRtp: { host, port }, sendCodec: PCMU, receiveCodecs: [PCMU], direction: 'sendrecv' });
    }
    all.push(two);
  }
  return all;
}

const programs = {
  async call() {
    const settings = {
      transports: [{ protocol: 'udp', host: '127.0.0.1' }],
      mediaSecurity: { policy: 'mandatory', keying: ['sdes'] },
      media: rtpMediaProvider({ workers: 2 }),
    };
    const [caller, callee] = [await new Endpoint(settings).start(), await new Endpoint(settings).start()];
    const sinks = [listen(), listen()];
    const incoming = new Promise((resolve) =>
      callee.on('call', (call) => {
        call.answer({ source: toneSource({ frequencies: [620] }), sink: sinks[1] });
        resolve(call);
      }),
    );
    const call = caller.call(`sip:callee@127.0.0.1:${callee.addresses[0].port}`, {
      source: new PlacedSource({ kind: 'tone', options: { frequencies: [440] } }),
      sink: sinks[0],
    });
    await call.established;
    const answered = await incoming;
    let digits = '';
    answered.audio.on('dtmf', ({ digit }) => {
      digits += digit;
    });
    await sleep(1500);
    const heard = () => [match(sinks[0].samples, 620), match(sinks[1].samples, 440)];
    const before = heard();
    await call.audio.sendDtmf('12#');
    await call.hold();
    await sleep(300);
    await call.retrieve();
    await sleep(1500);
    const after = heard();
    await call.hangup();
    await sleep(100);
    const statistics = call.audio.statistics();
    await Promise.all([caller.close(), callee.close()]);
    return { before, after, digits, statistics, protection: statistics.transport?.protection };
  },

  async busy() {
    const folder = mkdtempSync(join(tmpdir(), 'offhook-'));
    const pool = new MediaWorkers({ size: 1 });
    const [[a, b]] = await pairs(pool, 1);
    a.source = new PlacedSource({ kind: 'tone' });
    const path = join(folder, 'heard.wav');
    await b.record({ path });
    const { packetsReceived } = await b.refresh();
    const until = performance.now() + 1500;
    while (performance.now() < until);
    const received = (await b.refresh()).packetsReceived - packetsReceived;
    await pool.close();
    const recordedMs = (statSync(path).size - 44) / 16;
    rmSync(folder, { recursive: true });
    return { received, recordedMs };
  },

  async crash() {
    const threads = [];
    const entry = new URL('../../packages/rtp-media/dist/worker.js', import.meta.url);
    const startThread = () => {
      threads.push(new Worker(entry));
      return threads.at(-1);
    };
    const pool = new MediaWorkers({ size: 1, startThread });
    const errors = [];
    const [two] = await pairs(pool, 1);
    for (const session of two) session.on('error', ({ code }) => errors.push(code));
    await threads[0].terminate();
    await sleep(50);
    const [[a, b]] = await pairs(pool, 1);
    const again = await new Promise((resolve) => {
      b.on('firstPacket', () => resolve(true));
      a.source = new PlacedSource({ kind: 'silence' });
    });
    await pool.close();
    return { errors, again };
  },

  async plugin() {
    const settings = {
      transports: [{ protocol: 'udp', host: '127.0.0.1' }],
      codecPlugins: ['@offhook/example-codec-gsm'],
      codecs: ['GSM'],
      media: rtpMediaProvider({ workers: 1 }),
    };
    const [caller, callee] = [await new Endpoint(settings).start(), await new Endpoint(settings).start()];
    const sink = listen();
    callee.on('call', (call) => call.answer({ sink }));
    const { host, port } = callee.addresses[0];
    const call = caller.call(`sip:gsm@${host}:${port}`, { source: toneSource({ frequencies: [620] }) });
    await call.established;
    await sleep(1500);
    const { statistics } = await call.hangup();
    await Promise.all([caller.close(), callee.close()]);
    return { codec: statistics.sendCodec, correlation: match(sink.samples.slice(0, -800), 620) };
  },

  async many() {
    const pool = new MediaWorkers({ size: 2 });
    const all = (await pairs(pool, 50)).flat();
    const sinks = all.map(listen);
    for (const [index, session] of all.entries()) {
      session.source = index % 2 ? toneSource() : new PlacedSource({ kind: 'tone' });
      session.addSink(sinks[index]);
    }
    await sleep(2000);
    const heard = sinks.filter(({ samples }) => match(samples, 1000) > 0.8).length;
    const { threads } = pool;
    await pool.close();
    return { heard, threads };
  },
};

console.log(JSON.stringify(await programs[process.argv[2]]()));
