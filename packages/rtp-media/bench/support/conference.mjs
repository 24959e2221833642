import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { defaultRegistry } from '@offhook/codecs';
import { AudioSession, Mixer, openUdpRtpTransport, sharedPacer } from '../../dist/index.js';
import { HOST, measureCpu, sleep } from './session-load.mjs';

const CODEC = { name: 'PCMU', clockRate: 8000, payloadType: 0 };

/** A conference of sessions over UDP; its participants send from a process of their own, which is not counted. */
export async function runConference({ participants, seconds, warmMs }) {
  const codecs = defaultRegistry();
  const mixer = new Mixer();
  const sessions = [];
  for (let i = 0; i < participants; i++) {
    const session = new AudioSession({ transport: await openUdpRtpTransport({ address: HOST }), codecs });
    const leg = mixer.addLeg();
    session.addSink(leg.input);
    session.source = leg.output;
    sessions.push(session);
  }
  const others = fork(fileURLToPath(new URL('./participants.mjs', import.meta.url)), { stdio: 'inherit' });
  others.send(sessions.map((session) => session.transport.localPort));
  const ports = await new Promise((resolve) => others.once('message', resolve));
  for (const [i, session] of sessions.entries()) {
    const remoteRtp = { host: HOST, port: ports[i] };
    session.configure({ remoteRtp, sendCodec: CODEC, receiveCodecs: [CODEC], direction: 'sendrecv' });
  }
  sharedPacer().add({ intervalMs: mixer.frameMs, due: () => mixer.mix() });
  await sleep(2 * warmMs);
  const sum = (name) => sessions.reduce((total, session) => total + session.statistics()[name], 0);
  const [sent, heard] = [sum('packetsSent'), sum('packetsReceived')];
  const { own, elapsed } = await measureCpu(seconds * 1000);
  const result = {
    cpu: (own * 50) / ((sum('packetsSent') - sent) / (elapsed / 1000)),
    heard: (sum('packetsReceived') - heard) / (sum('packetsSent') - sent),
    lost: sum('packetsLost'),
    concealedMs: sum('concealedMs'),
  };
  others.kill();
  await Promise.all(sessions.map((session) => session.close()));
  return result;
}
