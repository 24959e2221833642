import { bytesOf, type FuzzTarget, textOf } from '../../../tooling/fuzz/target';
import { readDtmfInfo, writeDtmfRelay } from '../src/dtmf/dtmf-info';
import { formatCandidate, parseCandidate } from '../src/ice/ice-candidate';
import { TurnFrames } from '../src/ice/turn-frames';
import { MediaError } from '../src/platform/errors';
import { parseVqReport } from '../src/quality/parse-vq-report';
import { RedundantPayload } from '../src/redundancy/redundant-payload';
import { parseRtcp } from '../src/rtcp/rtcp-packets';
import { createRtpHeader, readRtpHeader } from '../src/rtp/rtp-header';
import { textValue } from '../src/stun/stun-attributes';
import { StunMessage } from '../src/stun/stun-message';
import { encodeWav, readWav } from '../src/wav/wav-format';
import { mutateOctets } from './octets';
import { redundantBlocks, rtcpPacket, rtpPacket, stunMessage } from './packets';

const header = createRtpHeader();

export const rtp: FuzzTarget = {
  name: 'rtp',
  promise: 'A header whose payload lies within the packet, or none.',
  usual: 3_000,
  make: (chance) => [mutateOctets(rtpPacket(chance), chance, [rtpPacket(chance), rtcpPacket(chance)])],
  check([packet]) {
    if (!readRtpHeader(packet!, header)) return;
    const { payloadOffset, payloadLength } = header;
    if (payloadLength < 0 || payloadOffset < 12 || payloadOffset + payloadLength > packet!.length) {
      throw new Error(`A payload of ${payloadLength} at ${payloadOffset} in ${packet!.length} bytes.`);
    }
  },
};

const blocks = new RedundantPayload();

export const red: FuzzTarget = {
  name: 'red',
  promise: 'Blocks that lie in the payload one after another to its end, or none.',
  usual: 3_000,
  make: (chance) => {
    const whole = new Uint8Array(chance.pick([1, 5, 165, 330, 400]));
    whole.set(redundantBlocks(chance, whole.length));
    return [mutateOctets(whole, chance, [whole, rtpPacket(chance)])];
  },
  check([payload]) {
    const bytes = payload!;
    const offset = Math.min(3, bytes.length);
    if (!blocks.read(bytes, offset, bytes.length - offset)) return;
    let at = blocks.offset(0);
    for (let block = 0; block < blocks.count; block++) {
      if (blocks.offset(block) !== at) throw new Error(`Block ${block} is at ${blocks.offset(block)}, not ${at}.`);
      at += blocks.length(block);
    }
    if (at !== bytes.length) throw new Error(`Blocks end at ${at} of ${bytes.length}.`);
  },
};

export const rtcp: FuzzTarget = {
  name: 'rtcp',
  promise: 'Packets or nothing, never thrown, compound or reduced.',
  usual: 3_000,
  make: (chance) => [mutateOctets(rtcpPacket(chance), chance, [rtcpPacket(chance), rtpPacket(chance)])],
  check([packet]) {
    for (const reduced of [false, true]) parseRtcp(packet!, reduced);
  },
};

export const stun: FuzzTarget = {
  name: 'media-stun',
  promise: 'A message or none, never thrown; one that was changed is not authentic.',
  usual: 3_000,
  make: (chance) => {
    const whole = stunMessage(chance);
    return [whole, mutateOctets(whole, chance, [stunMessage(chance, 'a:b', 'another password, no')])];
  },
  check([whole, changed]) {
    const key = textValue('p'.repeat(22));
    const message = StunMessage.parse(changed!);
    if (!message) return;
    void [message.mappedAddress, message.errorCode, message.unknownRequired, message.uint64(0x8029)];
    // FINGERPRINT, in the last eight bytes, is not among what is protected.
    const same = Buffer.compare(whole!.subarray(0, -8), changed!.subarray(0, whole!.length - 8)) === 0;
    const before = StunMessage.parse(whole!);
    if (message.isProtectedBy(key) && !same && before?.isProtectedBy(key) !== true) {
      throw new Error('A message that nobody signed is taken for authentic.');
    }
  },
};

export const turnFrames: FuzzTarget = {
  name: 'turn-frames',
  promise: 'The same messages whatever the pieces a stream comes in.',
  usual: 1_000,
  make: (chance) => chance.some(1, 5, () => mutateOctets(stunMessage(chance), chance, [stunMessage(chance)])),
  check(pieces) {
    const read = (parts: readonly Uint8Array[]) => {
      const frames = new TurnFrames();
      const messages: string[] = [];
      for (const part of parts) {
        const found = frames.push(part);
        if (!found) return [...messages, 'lost'].join();
        messages.push(...found.map((each) => Buffer.from(each).toString('hex')));
      }
      return messages.join();
    };
    const whole = Buffer.concat(pieces);
    const single = Array.from(whole, (byte) => Uint8Array.of(byte));
    const [inOne, inBytes] = [read([whole]), read(single)];
    // What came before the stream was lost may be told in one piece or not.
    if (inOne !== inBytes && !inOne.endsWith('lost')) throw new Error(`${inOne} in one piece, ${inBytes} in bytes.`);
  },
};

export const candidates: FuzzTarget = {
  name: 'candidates',
  promise: 'A candidate that is written and read the same, or none.',
  usual: 2_000,
  make: (chance) => [
    mutateOctets(
      bytesOf('h0 1 UDP 2130706431 2001:db8::1 4000 typ srflx raddr 10.0.0.1 rport 9 generation 0'),
      chance,
      [bytesOf('candidate:1 2 udp 1 192.0.2.1 65535 typ host tcptype active')],
    ),
  ],
  check([text]) {
    const candidate = parseCandidate(textOf(text!));
    if (!candidate) return;
    const again = parseCandidate(formatCandidate(candidate));
    if (JSON.stringify(again) !== JSON.stringify(candidate))
      throw new Error(`${formatCandidate(candidate)} is read otherwise.`);
  },
};

export const wav: FuzzTarget = {
  name: 'wav',
  promise: 'Samples, or a MediaError.',
  usual: 1_000,
  make: (chance) => {
    const whole = encodeWav(new Int16Array(200).fill(7), chance.pick([8000, 16_000, 44_100]));
    return [mutateOctets(whole, chance, [whole])];
  },
  check([bytes]) {
    try {
      readWav(bytes!);
    } catch (error) {
      if (!(error instanceof MediaError)) throw error;
    }
  },
};

const REPORT = `VQSessionReport: CallTerm\r\nCallID: a@b\r\nLocalID: <sip:a@b>\r\nLocalMetrics:\r\nTimestamps:START=2024-01-01T00:00:00Z STOP=2024-01-01T00:01:00Z\r\nPacketLoss:NLR=1.5 JDR=0.0\r\nQualityEst:MOSLQ=4.1 MOSCQ=4.0\r\n`;

export const texts: FuzzTarget = {
  name: 'media-texts',
  promise: 'Digits in INFO and quality reports are read or not, never thrown.',
  usual: 2_000,
  make: (chance) => [
    mutateOctets(bytesOf(chance.pick([REPORT, writeDtmfRelay('5', 160)])), chance, [
      bytesOf(REPORT),
      bytesOf('Signal=#'),
    ]),
  ],
  check([text]) {
    parseVqReport(textOf(text!));
    for (const type of ['application/dtmf-relay', 'application/dtmf', 'text/plain']) readDtmfInfo(type, textOf(text!));
  },
};
