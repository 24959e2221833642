import { defaultRegistry } from '@offhook/codecs';
import type { Chance } from '../../../tooling/fuzz/chance';
import type { FuzzTarget, Input } from '../../../tooling/fuzz/target';
import { IceAgent } from '../src/ice/ice-agent';
import { Pacer } from '../src/pacing/pacer';
import { AudioSession } from '../src/session/audio-session';
import { IceNetwork } from '../src/testing/ice/ice-network';
import { MemoryRtpNetwork } from '../src/testing/memory-rtp-network';
import { seededRandomBytes } from '../src/testing/seeded-random';
import { VirtualClock } from '../src/testing/virtual-clock';
import { mutateOctets } from './octets';
import { rtcpPacket, rtpPacket, stunMessage } from './packets';

const PCMU = { name: 'PCMU', clockRate: 8000, payloadType: 0 };
const codecs = defaultRegistry();

/** A stream of packets of which some are not as they should be; the first byte says to which port, and what passes before. */
function stream(chance: Chance): Input {
  let sequence = chance.below(65_536);
  const packets: Uint8Array[] = [];
  for (let i = chance.below(60); i >= 0; i--) {
    sequence = (sequence + chance.pick([1, 1, 1, 1, 1, 2, 0, 3, 100, 65_535, chance.below(65_536)])) & 0xffff;
    const ssrc = chance.pick([7, 7, 7, 7, 7, 7, 8, chance.below(2 ** 31)]);
    const isRtcp = chance.is(0.15);
    const packet = isRtcp ? rtcpPacket(chance, ssrc) : rtpPacket(chance, ssrc, sequence);
    const sent = chance.is(0.3) ? mutateOctets(packet, chance, [rtpPacket(chance), rtcpPacket(chance)]) : packet;
    const wait = chance.pick([0, 20, 20, 20, 20, 21, 19, 60, 200, 250]);
    packets.push(Uint8Array.of((isRtcp ? 1 : 0) | (chance.is(0.05) ? 2 : 0), wait, ...sent));
  }
  return packets;
}

const finite = (value: unknown, path: string): void => {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${path} is ${value}.`);
  if (typeof value === 'object' && value !== null) {
    for (const [name, each] of Object.entries(value)) finite(each, `${path}.${name}`);
  }
};

const COUNTS = [
  'packetsReceived',
  'octetsReceived',
  'packetsDiscarded',
  'duplicates',
  'concealedMs',
  'jitterMs',
] as const;

export const session: FuzzTarget = {
  name: 'session',
  promise: 'A session takes any stream of RTP and RTCP: nothing is thrown, what it tells is sound, nothing is left.',
  usual: 150,
  make: stream,
  async check(input) {
    const clock = new VirtualClock(1000);
    const network = new MemoryRtpNetwork(clock);
    const transport = network.transport('192.0.2.1');
    const random = seededRandomBytes(1);
    const one = new AudioSession({ transport, codecs, clock, pacer: new Pacer(clock), random, inbandDtmf: true });
    let thrown: unknown;
    one.on('error', (error) => {
      thrown = error;
    });
    const peer = { host: '192.0.2.2', port: 4000 };
    one.configure({
      remoteRtp: peer,
      sendCodec: PCMU,
      receiveCodecs: [PCMU, { name: 'PCMA', clockRate: 8000, payloadType: 8 }],
      telephoneEvent: { sendPayloadType: 101, receivePayloadType: 101, clockRate: 8000 },
      comfortNoise: [13],
      redundancy: { receivePayloadTypes: [121], send: { payloadType: 121, generations: 2 } },
      rtcpXr: true,
      reducedSize: true,
      direction: 'sendrecv',
    });
    for (const [head = 0, wait = 0, ...bytes] of input) {
      clock.advance(wait);
      const from = (head & 2) !== 0 ? { host: '198.51.100.9', port: 9 } : { ...peer, port: peer.port + (head & 1) };
      network.send(Uint8Array.from(bytes), from, (head & 1) !== 0 ? transport.rtcpAddress : transport.rtpAddress);
    }
    clock.advance(500);
    const statistics = one.statistics();
    finite(statistics, 'statistics');
    for (const name of COUNTS) if (statistics[name] < 0) throw new Error(`${name} is ${statistics[name]}.`);
    if (statistics.bufferMs > 5000) throw new Error(`${statistics.bufferMs} ms wait.`);
    await one.close();
    clock.advance(60_000);
    if (clock.pending > 0) throw new Error(`${clock.pending} timers are left.`);
    if (thrown) throw thrown;
  },
};

/** Checks and answers in any order, some mutated; the first byte of each says from whom. */
export const ice: FuzzTarget = {
  name: 'ice',
  promise: 'An agent takes any message: nothing is thrown, nobody is believed without the password, nothing is left.',
  usual: 400,
  make: (chance) =>
    chance.some(1, 30, () => {
      const message = stunMessage(chance, chance.pick(['xxxx:yyyy', 'local:remote', ':', 'x'.repeat(600)]));
      const sent = chance.is(0.5) ? mutateOctets(message, chance, [stunMessage(chance)]) : message;
      return Uint8Array.of(chance.below(3), ...sent);
    }),
  check(input) {
    const clock = new VirtualClock(1000);
    const network = new IceNetwork(clock);
    const agent = new IceAgent({ clock, random: seededRandomBytes(1), role: 'controlling' });
    const { base } = network.host(agent, '192.0.2.1');
    agent.start({ ufrag: 'remote', pwd: 'q'.repeat(22), candidates: [], complete: false });
    for (const [head = 0, ...bytes] of input) {
      const from = { host: `198.51.100.${head + 1}`, port: 4000 };
      agent.receive(Uint8Array.from(bytes), base, from);
      clock.advance(30);
      if (agent.isProven(base, from)) throw new Error('A stranger is believed.');
    }
    if (agent.selected(1)) throw new Error('A stranger is selected.');
    agent.close();
    clock.advance(60_000);
    if (clock.pending > 0) throw new Error(`${clock.pending} timers are left.`);
  },
};
