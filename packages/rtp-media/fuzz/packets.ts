import type { Chance } from '../../../tooling/fuzz/chance';
import { serializeRtcp, type WritableRtcp } from '../src/rtcp/serialize-rtcp';
import { writeRtpHeader } from '../src/rtp/rtp-header';
import { ATTRIBUTE, textValue } from '../src/stun/stun-attributes';
import { METHOD, StunMessage } from '../src/stun/stun-message';

/** An RTP packet as a peer sends one: PCMU, a telephone event, or a type nobody agreed to. */
export function rtpPacket(chance: Chance, ssrc = 0x1234_5678, sequence = chance.below(65_536)): Uint8Array {
  const payload = chance.pick([160, 160, 160, 4, 0, 1, 80, 240]);
  const packet = new Uint8Array(12 + payload);
  const type = chance.pick([0, 0, 0, 0, 8, 13, 101, 96, 121, 121]);
  writeRtpHeader(packet, type, chance.is(0.1), sequence, (sequence * 160) >>> 0, ssrc);
  for (let i = 12; i < packet.length; i++) packet[i] = chance.below(256);
  if (type === 121 && chance.is(0.8)) packet.set(redundantBlocks(chance, payload), 12);
  return packet;
}

/** The block headers of redundant audio (RFC 2198 §3), as far as they have room, of blocks that may or may not be there. */
export function redundantBlocks(chance: Chance, room: number): Uint8Array {
  const type = () => chance.pick([0, 0, 0, 8, 13, 101, 121, 96]);
  const headers = chance.some(0, 3, () => {
    const age = chance.pick([160, 160, 320, 0, 1, 16_383, chance.below(16_384)]);
    const length = chance.pick([0, 1, 4, 80, 80, 160, 1023]);
    return [0x80 | type(), age >> 6, ((age & 63) << 2) | (length >> 8), length & 255];
  });
  return Uint8Array.from([...headers.flat(), type()]).subarray(0, room);
}

const blockOf = (chance: Chance, ssrc: number) => ({
  ssrc,
  fractionLost: chance.below(256),
  packetsLost: chance.below(1000),
  extendedHighestSequence: chance.below(2 ** 31),
  jitter: chance.below(10_000),
  lastSenderReport: chance.below(2 ** 31),
  delaySinceLastSenderReport: chance.below(2 ** 31),
});

/** A compound RTCP packet. */
export function rtcpPacket(chance: Chance, ssrc = 0x1234_5678): Uint8Array {
  const blocks = chance.some(0, 2, () => blockOf(chance, chance.pick([ssrc, 1, 2 ** 32 - 1])));
  const report = chance.is(0.6)
    ? ({
        type: 'sender-report',
        ssrc,
        ntp: BigInt(chance.below(2 ** 31)) << 32n,
        rtpTimestamp: chance.below(2 ** 31),
        packetCount: chance.below(2 ** 31),
        octetCount: chance.below(2 ** 31),
        blocks,
      } as const)
    : ({ type: 'receiver-report', ssrc, blocks } as const);
  const description: WritableRtcp = { type: 'source-description', chunks: [{ ssrc, cname: 'somebody' }] };
  const more: WritableRtcp[] = chance.is(0.2) ? [{ type: 'bye', sources: [ssrc], reason: 'enough' }] : [];
  return serializeRtcp([report, description, ...more]);
}

/** A check or an answer of ICE, or a message of TURN. */
export function stunMessage(chance: Chance, ufrags = 'local:remote', password = 'p'.repeat(22)): Uint8Array {
  const id = Uint8Array.from({ length: 12 }, () => chance.below(256));
  const kind = chance.pick(['request', 'success', 'error', 'indication'] as const);
  const message = new StunMessage(chance.pick(Object.values(METHOD)), kind, id);
  const address = { host: chance.pick(['192.0.2.7', '2001:db8::7']), port: 1 + chance.below(65_535) };
  const add: (() => void)[] = [
    () => message.addText(ATTRIBUTE.USERNAME, ufrags),
    () => message.addUint32(ATTRIBUTE.PRIORITY, chance.below(2 ** 31)),
    () => message.addUint64(ATTRIBUTE.ICE_CONTROLLING, BigInt(chance.below(2 ** 31))),
    () => message.addUint64(ATTRIBUTE.ICE_CONTROLLED, BigInt(chance.below(2 ** 31))),
    () => message.add(ATTRIBUTE.USE_CANDIDATE),
    () => message.addAddress(ATTRIBUTE.XOR_MAPPED_ADDRESS, address),
    () => message.addAddress(ATTRIBUTE.XOR_PEER_ADDRESS, address),
    () => message.addError(300 + chance.below(400), 'no'),
    () => message.add(chance.below(65_536), new Uint8Array(chance.below(20))),
    () => message.addText(ATTRIBUTE.NONCE, 'nonce'),
  ];
  for (const one of chance.some(0, 6, () => chance.pick(add))) one();
  return message.serialize(chance.is(0.7) ? textValue(password) : undefined);
}
