// Runs of the benchmark of sessions, each in a process of its own: it prints what it measured as JSON.
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';

export const HOST = '127.0.0.1';
const PACKET_MS = 20;
const PACKET_BYTES = 172;
/** Calls and ms with which a process comes to the speed it has for the rest of its life. */
const WARM_CALLS = 60;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets `ms` pass and says which share of a core was used, in percent; `also` counts other processes in µs. */
export async function measureCpu(ms, also = () => 0) {
  const before = process.cpuUsage();
  const start = performance.now();
  const alsoBefore = also();
  await sleep(ms);
  const { user, system } = process.cpuUsage(before);
  const elapsed = performance.now() - start;
  return { own: (user + system) / 10 / elapsed, other: (also() - alsoBefore) / 10 / elapsed, elapsed };
}

/** How far after their deadlines packets were sent, in hundredths of a ms, without memory for each. */
class Lateness {
  #bins = new Uint32Array(10_000);
  #count = 0;
  on = false;

  note(ms) {
    if (!this.on) return;
    this.#bins[Math.max(0, Math.min(this.#bins.length - 1, Math.round(ms * 100)))]++;
    this.#count++;
  }

  clear() {
    this.#bins.fill(0);
    this.#count = 0;
  }

  /** Below which a share of the packets lies, in ms. */
  percentile(share) {
    let seen = 0;
    for (let bin = 0; bin < this.#bins.length; bin++) {
      seen += this.#bins[bin];
      if (seen > 0 && seen >= this.#count * share) return bin / 100;
    }
    return 0;
  }

  /** Packets later than so many ms. */
  beyond(ms) {
    let sum = 0;
    for (let bin = Math.round(ms * 100) + 1; bin < this.#bins.length; bin++) sum += this.#bins[bin];
    return sum;
  }

  get count() {
    return this.#count;
  }
}

const speech = Int16Array.from({ length: 8000 }, (_, i) => 8000 * Math.sin(i / 9) * Math.sin(i / 700));
const CODEC = { name: 'PCMU', clockRate: 8000, payloadType: 0 };
const SUITES = { cm: ['AES_CM_128_HMAC_SHA1_80', 16, 14], gcm: ['AEAD_AES_128_GCM', 16, 12] };

/** Makes sessions that talk to each other in pairs, or all to one port. */
export async function sessionLoad({ security } = {}) {
  const { AudioSession, nullSink, openUdpRtpTransport, RecordingSource, secureTransport, sharedPacer } = await import(
    '../../dist/index.js'
  );
  const { defaultRegistry } = await import('@offhook/codecs');
  const codecs = defaultRegistry();
  const lateness = new Lateness();
  const seen = { skipped: 0, deadline: 0 };
  const pacer = {
    add: (stream) =>
      sharedPacer().add({
        intervalMs: stream.intervalMs,
        due(at, skipped) {
          seen.deadline = at;
          if (lateness.on) seen.skipped += skipped;
          stream.due(at, skipped);
        },
      }),
  };

  const newKey = () => {
    const [suite, keyBytes, saltBytes] = SUITES[security];
    return { suite, masterKey: randomBytes(keyBytes), masterSalt: randomBytes(saltBytes) };
  };

  const open = async () => {
    const udp = await openUdpRtpTransport({ address: HOST });
    const sendRtp = udp.sendRtp.bind(udp);
    udp.sendRtp = (bytes) => {
      lateness.note(performance.now() - seen.deadline);
      sendRtp(bytes);
    };
    const transport = security ? secureTransport(udp) : udp;
    return new AudioSession({ transport, codecs, pacer });
  };

  const talk = (session, remoteRtp, extra = {}) => {
    session.source = new RecordingSource(speech, 8000, { loop: true });
    session.addSink(nullSink());
    session.configure({ remoteRtp, sendCodec: CODEC, receiveCodecs: [CODEC], direction: 'sendrecv', ...extra });
  };

  return {
    lateness,
    seen,
    open,
    talk,
    /** Opens an even number of sessions, each pair two ends of one conversation. */
    async pairs(count) {
      const sessions = await Promise.all(Array.from({ length: count + (count % 2) }, open));
      for (let i = 0; i < sessions.length; i += 2) {
        const ends = [sessions[i], sessions[i + 1]];
        if (security) {
          const keys = [newKey(), newKey()];
          ends[0].transport.setProtection({ local: keys[0], remote: keys[1] });
          ends[1].transport.setProtection({ local: keys[1], remote: keys[0] });
        }
        for (const [end, session] of ends.entries()) {
          talk(session, { host: HOST, port: ends[1 - end].transport.localPort });
        }
      }
      return sessions;
    },
    /** Runs calls for a while, and ends them: code is compiled by then, as it is in a server. */
    async warmUp(ms) {
      const sessions = await this.pairs(WARM_CALLS);
      await sleep(ms);
      await close(sessions);
    },
  };
}

export const close = (sessions) => Promise.all(sessions.map((session) => session.close()));
const packetsSent = (sessions) => sessions.reduce((sum, session) => sum + session.statistics().packetsSent, 0);
const total = (sessions, name) => sessions.reduce((sum, session) => sum + session.statistics()[name], 0);

/** CPU a call, as if exactly 50 packets a second had been sent. */
const perCall = (percent, packets, elapsed) => (percent * (1000 / PACKET_MS)) / (packets / (elapsed / 1000));

export async function runSessions({ calls, seconds, warmMs, security }) {
  const load = await sessionLoad({ security });
  await load.warmUp(warmMs);
  const sessions = await load.pairs(calls);
  await sleep(Math.min(1500, warmMs));
  const sentBefore = packetsSent(sessions);
  load.lateness.on = true;
  const { own, elapsed } = await measureCpu(seconds * 1000);
  load.lateness.on = false;
  const { lateness, seen } = load;
  const result = {
    cpu: perCall(own, packetsSent(sessions) - sentBefore, elapsed),
    lost: total(sessions, 'packetsLost'),
    concealedMs: total(sessions, 'concealedMs'),
    delayMs: total(sessions, 'bufferMs') / sessions.length,
    late: { p50: lateness.percentile(0.5), p99: lateness.percentile(0.99) },
    laterThan5Ms: (lateness.beyond(5) + seen.skipped) / (lateness.count + seen.skipped),
  };
  await close(sessions);
  return result;
}

/** The same packets with nothing around them, sent by the cheapest pacing there is: all in one timer. */
export async function runBare({ calls, seconds, warmMs }) {
  const run = async (count, ms) => {
    const packet = new Uint8Array(PACKET_BYTES);
    const lookup = (name, _options, callback) => callback(null, name, 4);
    const open = () =>
      new Promise((resolve) => {
        const socket = createSocket({ type: 'udp4', lookup });
        socket.on('message', () => {});
        socket.bind(0, HOST, () => resolve(socket));
      });
    const sockets = await Promise.all(Array.from({ length: count }, open));
    const ports = sockets.map((socket) => socket.address().port);
    let sent = 0;
    const timer = setInterval(() => {
      sent += count;
      sockets.forEach((socket, i) => {
        socket.send(packet, ports[i ^ 1] ?? ports[i], HOST);
      });
    }, PACKET_MS);
    await sleep(Math.min(500, ms));
    sent = 0;
    const { own, elapsed } = await measureCpu(ms);
    clearInterval(timer);
    for (const socket of sockets) socket.close();
    return { cpu: perCall(own, sent, elapsed) };
  };
  await run(WARM_CALLS, warmMs);
  return run(calls, seconds * 1000);
}

/** Adds calls until 0.1 % of the packets leave more than 5 ms late, or not at all. */
export async function runCapacity({ step, most, seconds, warmMs, security }) {
  const load = await sessionLoad({ security });
  await load.warmUp(warmMs);
  const { lateness, seen } = load;
  const sessions = [];
  const steps = [];
  let good = 0;
  // A step that fails is tried again: what else the machine did is not to decide.
  for (let bad = 0; bad < 4 && good < most; ) {
    if (bad === 0) sessions.push(...(await load.pairs(step)));
    await sleep(Math.min(1000, warmMs));
    lateness.clear();
    seen.skipped = 0;
    lateness.on = true;
    const { own } = await measureCpu(seconds * 1000);
    lateness.on = false;
    const late = (lateness.beyond(5) + seen.skipped) / (lateness.count + seen.skipped);
    steps.push({ calls: sessions.length, cpu: own, late });
    if (late <= 0.001) {
      good = sessions.length;
      bad = 0;
    } else bad++;
  }
  await close(sessions);
  return { calls: good, cpu: steps.find(({ calls }) => calls === good)?.cpu, steps };
}

/** Talks to a peer that sends back what it hears. */
export async function runBeside({ calls, seconds, warmMs, peer, pid }, openPeer, cpuOf) {
  const load = await sessionLoad();
  await load.warmUp(warmMs);
  const sessions = await Promise.all(Array.from({ length: calls }, load.open));
  const remotes = await openPeer(
    peer,
    sessions.map((session) => session.transport.localPort),
  );
  for (const [i, session] of sessions.entries()) load.talk(session, { host: HOST, port: remotes[i] });
  await sleep(Math.min(2000, warmMs));
  const sentBefore = packetsSent(sessions);
  const heardBefore = total(sessions, 'packetsReceived');
  const { own, other, elapsed } = await measureCpu(seconds * 1000, () => cpuOf(pid));
  const packets = packetsSent(sessions) - sentBefore;
  const result = {
    cpu: perCall(own, packets, elapsed),
    peer: perCall(other, packets, elapsed),
    echoed: (total(sessions, 'packetsReceived') - heardBefore) / packets,
  };
  await close(sessions);
  return result;
}
