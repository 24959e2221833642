// Sessions without sockets and without waiting: what they cost is their own.
import { defaultRegistry } from '@offhook/codecs';
import { AudioSession, nullSink, RecordingSource } from '../../dist/index.js';

const speech = Int16Array.from({ length: 8000 }, (_, i) => 8000 * Math.sin(i / 9) * Math.sin(i / 700));
const CODEC = { name: 'PCMU', clockRate: 8000, payloadType: 0 };
const TICK_MS = 20;

/** A transport that hands each packet to another one at once. */
function wire(port) {
  let onRtp = () => {};
  let onRtcp = () => {};
  const from = { host: '127.0.0.1', port };
  const transport = {
    localAddress: '127.0.0.1',
    localPort: port,
    localRtcpPort: port + 1,
    peer: undefined,
    setRemote() {},
    sendRtp: (bytes) => transport.peer.takeRtp(bytes, from),
    sendRtcp: (bytes) => transport.peer.takeRtcp(bytes, from),
    takeRtp: (bytes, origin) => onRtp(bytes, origin),
    takeRtcp: (bytes, origin) => onRtcp(bytes, origin),
    onRtp: (handler) => {
      onRtp = handler;
    },
    onRtcp: (handler) => {
      onRtcp = handler;
    },
    close: () => Promise.resolve(),
  };
  return transport;
}

/** @param {number} calls pairs talk to each other; even */
export function inMemory(calls) {
  let now = 1000;
  const timers = new Set();
  const clock = {
    now: () => now,
    date: () => now,
    setTimer(delay, callback) {
      const timer = { at: now + delay, callback, cancel: () => timers.delete(timer) };
      timers.add(timer);
      return timer;
    },
  };
  const streams = [];
  const pacer = {
    add: (stream) => ({ remove: () => streams.splice(streams.indexOf(stream), 1), at: streams.push(stream) }),
  };
  const codecs = defaultRegistry();
  const transports = Array.from({ length: calls }, (_, i) => wire(10_000 + 2 * i));
  const sessions = transports.map((transport, i) => {
    transport.peer = transports[i ^ 1];
    return new AudioSession({ transport, codecs, pacer, clock });
  });
  sessions.forEach((session, i) => {
    session.source = new RecordingSource(speech, 8000, { loop: true });
    session.addSink(nullSink());
    const remoteRtp = { host: '127.0.0.1', port: transports[i ^ 1].localPort };
    session.configure({ remoteRtp, sendCodec: CODEC, receiveCodecs: [CODEC], direction: 'sendrecv' });
  });
  return {
    sessions,
    /** Lets 20 ms pass for all: a packet each way a call; `rtcp` says whether timers run as well. */
    tick(rtcp = true) {
      now += TICK_MS;
      for (let i = 0; i < streams.length; i++) streams[i].due(now, 0);
      if (!rtcp) return;
      for (const timer of timers) {
        if (timer.at > now) continue;
        timers.delete(timer);
        timer.callback();
      }
    },
  };
}

/** The least CPU that a packet sent and one received take, in µs, of several rounds. */
export function runAlone({ calls, seconds }) {
  const load = inMemory(calls);
  const turns = Math.ceil(20_000 / calls);
  let [best, used] = [Number.POSITIVE_INFINITY, 0];
  while (used < seconds * 1e6) {
    const before = process.cpuUsage();
    for (let turn = 0; turn < turns; turn++) load.tick();
    const { user, system } = process.cpuUsage(before);
    used += user + system;
    best = Math.min(best, (user + system) / (turns * calls));
  }
  return { microseconds: best };
}
