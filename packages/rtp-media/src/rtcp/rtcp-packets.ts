import { RtcpReceiverInfo, RtcpRrPacket, RtcpSenderInfo, RtcpSrPacket } from 'werift-rtp';

/** One reception report block (RFC 3550 §6.4.1). */
export interface ReportBlock {
  /** The source reported on. */
  ssrc: number;
  /** Share lost since the report before, in 1/256. */
  fractionLost: number;
  /** Packets lost since the start; signed, 24 bits. */
  packetsLost: number;
  extendedHighestSequence: number;
  /** In timestamp units. */
  jitter: number;
  /** Middle 32 bits of the last sender report's NTP time; 0 for none. */
  lastSenderReport: number;
  /** In 1/65536 s. */
  delaySinceLastSenderReport: number;
}

/** Sender report (RFC 3550 §6.4.1). */
export interface SenderReport {
  type: 'sender-report';
  ssrc: number;
  /** 64-bit NTP time. */
  ntp: bigint;
  /** The same moment in RTP timestamp units. */
  rtpTimestamp: number;
  packetCount: number;
  octetCount: number;
  blocks: ReportBlock[];
}

/** Receiver report (RFC 3550 §6.4.2). */
export interface ReceiverReport {
  type: 'receiver-report';
  ssrc: number;
  blocks: ReportBlock[];
}

/** Source description (RFC 3550 §6.5); of the items only CNAME is kept. */
export interface SourceDescription {
  type: 'source-description';
  chunks: { ssrc: number; cname?: string }[];
}

/** Goodbye (RFC 3550 §6.6). */
export interface Goodbye {
  type: 'bye';
  sources: number[];
  reason?: string;
}

/** A packet this package has no use for yet, kept by number. */
export interface OtherRtcp {
  type: 'other';
  packetType: number;
}

export type RtcpPacket = SenderReport | ReceiverReport | SourceDescription | Goodbye | OtherRtcp;

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const BYE = 203;
const CNAME = 1;

/**
 * Reads a compound packet after the validity checks of RFC 3550 A.2.
 *
 * Reports are read by werift. The walk over the compound, SDES and BYE are read here: werift hands every packet all that
 * follows it, and knows no BYE.
 *
 * @returns undefined when the bytes are no valid compound packet
 */
export function parseRtcp(bytes: Uint8Array): RtcpPacket[] | undefined {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packets: RtcpPacket[] = [];
  let offset = 0;
  while (offset < data.length) {
    if (offset + 4 > data.length || data[offset]! >> 6 !== 2) return undefined;
    const packetType = data[offset + 1]!;
    const end = offset + 4 + data.readUInt16BE(offset + 2) * 4;
    if (end > data.length) return undefined;
    let contentEnd = end;
    if (data[offset]! & 0x20) {
      // Only the last packet of a compound may be padded.
      const padding = data[end - 1]!;
      if (end !== data.length || padding === 0 || padding % 4 !== 0 || padding > end - offset - 4) return undefined;
      contentEnd -= padding;
    }
    if (offset === 0 && packetType !== SENDER_REPORT && packetType !== RECEIVER_REPORT) return undefined;
    const packet = parsePacket(packetType, data[offset]! & 0x1f, data.subarray(offset + 4, contentEnd));
    if (!packet) return undefined;
    packets.push(packet);
    offset = end;
  }
  return packets.length > 0 ? packets : undefined;
}

function parsePacket(packetType: number, count: number, content: Buffer): RtcpPacket | undefined {
  switch (packetType) {
    case SENDER_REPORT: {
      if (content.length < 24 + count * 24) return undefined;
      const { ssrc, senderInfo, reports } = RtcpSrPacket.deSerialize(content, count);
      return {
        type: 'sender-report',
        ssrc,
        ntp: BigInt(senderInfo.ntpTimestamp),
        rtpTimestamp: senderInfo.rtpTimestamp,
        packetCount: senderInfo.packetCount,
        octetCount: senderInfo.octetCount,
        blocks: reports.map(fromWerift),
      };
    }
    case RECEIVER_REPORT: {
      if (content.length < 4 + count * 24) return undefined;
      const { ssrc, reports } = RtcpRrPacket.deSerialize(content, count);
      return { type: 'receiver-report', ssrc, blocks: reports.map(fromWerift) };
    }
    case SOURCE_DESCRIPTION:
      return parseSourceDescription(content, count);
    case BYE:
      return parseGoodbye(content, count);
    default:
      return { type: 'other', packetType };
  }
}

function parseSourceDescription(content: Buffer, count: number): SourceDescription | undefined {
  const chunks: SourceDescription['chunks'] = [];
  let offset = 0;
  for (let i = 0; i < count; i++) {
    if (offset + 4 > content.length) return undefined;
    const chunk: SourceDescription['chunks'][number] = { ssrc: content.readUInt32BE(offset) };
    offset += 4;
    for (;;) {
      if (offset >= content.length) return undefined;
      const item = content[offset]!;
      if (item === 0) {
        offset = (offset + 4) & ~3;
        break;
      }
      if (offset + 2 > content.length) return undefined;
      const end = offset + 2 + content[offset + 1]!;
      if (end > content.length) return undefined;
      if (item === CNAME) chunk.cname = content.toString('utf8', offset + 2, end);
      offset = end;
    }
    chunks.push(chunk);
  }
  return { type: 'source-description', chunks };
}

function parseGoodbye(content: Buffer, count: number): Goodbye | undefined {
  const end = count * 4;
  if (content.length < end) return undefined;
  const packet: Goodbye = { type: 'bye', sources: [] };
  for (let offset = 0; offset < end; offset += 4) packet.sources.push(content.readUInt32BE(offset));
  if (content.length > end) {
    const reasonEnd = end + 1 + content[end]!;
    if (reasonEnd > content.length) return undefined;
    packet.reason = content.toString('utf8', end + 1, reasonEnd);
  }
  return packet;
}

/** Writes a compound packet; reports through werift. A report must come first (RFC 3550 §6.1). */
export function serializeRtcp(
  packets: readonly (SenderReport | ReceiverReport | SourceDescription | Goodbye)[],
): Uint8Array {
  return Buffer.concat(packets.map(serializePacket));
}

function serializePacket(packet: SenderReport | ReceiverReport | SourceDescription | Goodbye): Buffer {
  switch (packet.type) {
    case 'sender-report':
      return new RtcpSrPacket({
        ssrc: packet.ssrc,
        senderInfo: new RtcpSenderInfo({
          ntpTimestamp: packet.ntp,
          rtpTimestamp: packet.rtpTimestamp >>> 0,
          packetCount: packet.packetCount >>> 0,
          octetCount: packet.octetCount >>> 0,
        }),
        reports: packet.blocks.map(toWerift),
      }).serialize();
    case 'receiver-report':
      return new RtcpRrPacket({ ssrc: packet.ssrc, reports: packet.blocks.map(toWerift) }).serialize();
    case 'source-description':
      return withHeader(SOURCE_DESCRIPTION, packet.chunks.length, Buffer.concat(packet.chunks.map(serializeChunk)));
    case 'bye': {
      const sources = Buffer.alloc(packet.sources.length * 4);
      packet.sources.forEach((ssrc, i) => {
        sources.writeUInt32BE(ssrc, i * 4);
      });
      const reason = packet.reason === undefined ? Buffer.alloc(0) : textWithLength(packet.reason);
      const padding = Buffer.alloc((4 - (reason.length % 4)) % 4);
      return withHeader(BYE, packet.sources.length, Buffer.concat([sources, reason, padding]));
    }
  }
}

function serializeChunk(chunk: SourceDescription['chunks'][number]): Buffer {
  const ssrc = Buffer.alloc(4);
  ssrc.writeUInt32BE(chunk.ssrc);
  const items = chunk.cname === undefined ? [] : [Buffer.from([CNAME]), textWithLength(chunk.cname)];
  const length = 4 + items.reduce((sum, item) => sum + item.length, 0);
  // §6.5: the list ends with one to four null octets.
  return Buffer.concat([ssrc, ...items, Buffer.alloc(4 - (length % 4))]);
}

function textWithLength(text: string): Buffer {
  const bytes = Buffer.from(text).subarray(0, 255);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function withHeader(packetType: number, count: number, content: Buffer): Buffer {
  const header = Buffer.from([0x80 | count, packetType, 0, 0]);
  header.writeUInt16BE(content.length / 4, 2);
  return Buffer.concat([header, content]);
}

function fromWerift(block: RtcpReceiverInfo): ReportBlock {
  return {
    ssrc: block.ssrc,
    fractionLost: block.fractionLost,
    packetsLost: (block.packetsLost << 8) >> 8,
    extendedHighestSequence: block.highestSequence,
    jitter: block.jitter,
    lastSenderReport: block.lsr,
    delaySinceLastSenderReport: block.dlsr,
  };
}

function toWerift(block: ReportBlock): RtcpReceiverInfo {
  const lost = Math.max(-0x80_0000, Math.min(0x7f_ffff, block.packetsLost));
  return new RtcpReceiverInfo({
    ssrc: block.ssrc,
    fractionLost: block.fractionLost,
    packetsLost: lost & 0xff_ffff,
    highestSequence: block.extendedHighestSequence >>> 0,
    jitter: block.jitter >>> 0,
    lsr: block.lastSenderReport >>> 0,
    dlsr: block.delaySinceLastSenderReport >>> 0,
  });
}
