import { EXTENDED_REPORT, type ExtendedReport, readExtendedReport } from './extended-report';

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

/** A packet this package has no use for, kept by number: feedback (RFC 4585), APP, newer types. */
export interface OtherRtcp {
  type: 'other';
  packetType: number;
}

/** An RTCP packet (RFC 3550 §6), by its `type`. */
export type RtcpPacket = SenderReport | ReceiverReport | SourceDescription | Goodbye | ExtendedReport | OtherRtcp;

export const SENDER_REPORT = 200;
export const RECEIVER_REPORT = 201;
export const SOURCE_DESCRIPTION = 202;
export const BYE = 203;
export const CNAME = 1;
export const REPORT_BLOCK_BYTES = 24;

const text = new TextDecoder();

/**
 * Reads a compound packet after the validity checks of RFC 3550 A.2.
 *
 * @param reducedSize whether reduced-size packets were agreed on, which need not begin with a report (RFC 5506)
 * @returns undefined when the bytes are no valid compound packet
 */
export function parseRtcp(bytes: Uint8Array, reducedSize = false): RtcpPacket[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packets: RtcpPacket[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (offset + 4 > bytes.length || bytes[offset]! >> 6 !== 2) return undefined;
    const packetType = bytes[offset + 1]!;
    const end = offset + 4 + view.getUint16(offset + 2) * 4;
    if (end > bytes.length) return undefined;
    let contentEnd = end;
    if (bytes[offset]! & 0x20) {
      // Only the last packet of a compound may be padded.
      const padding = bytes[end - 1]!;
      if (end !== bytes.length || padding === 0 || padding % 4 !== 0 || padding > end - offset - 4) return undefined;
      contentEnd -= padding;
    }
    const isReport = packetType === SENDER_REPORT || packetType === RECEIVER_REPORT;
    if (offset === 0 && !isReport && !reducedSize) return undefined;
    const content = bytes.subarray(offset + 4, contentEnd);
    const packet = readPacket(packetType, bytes[offset]! & 0x1f, content);
    if (!packet) return undefined;
    packets.push(packet);
    offset = end;
  }
  return packets.length > 0 ? packets : undefined;
}

function readPacket(packetType: number, count: number, content: Uint8Array): RtcpPacket | undefined {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  switch (packetType) {
    case SENDER_REPORT:
      return readSenderReport(view, count);
    case RECEIVER_REPORT:
      if (view.byteLength < 4 + count * REPORT_BLOCK_BYTES) return undefined;
      return { type: 'receiver-report', ssrc: view.getUint32(0), blocks: readBlocks(view, 4, count) };
    case SOURCE_DESCRIPTION:
      return readSourceDescription(view, content, count);
    case BYE:
      return readGoodbye(view, content, count);
    case EXTENDED_REPORT:
      return readExtendedReport(view);
    default:
      return { type: 'other', packetType };
  }
}

function readSenderReport(view: DataView, count: number): SenderReport | undefined {
  if (view.byteLength < 24 + count * REPORT_BLOCK_BYTES) return undefined;
  return {
    type: 'sender-report',
    ssrc: view.getUint32(0),
    ntp: view.getBigUint64(4),
    rtpTimestamp: view.getUint32(12),
    packetCount: view.getUint32(16),
    octetCount: view.getUint32(20),
    blocks: readBlocks(view, 24, count),
  };
}

function readBlocks(view: DataView, offset: number, count: number): ReportBlock[] {
  const blocks: ReportBlock[] = [];
  for (let at = offset; at < offset + count * REPORT_BLOCK_BYTES; at += REPORT_BLOCK_BYTES) {
    const loss = view.getInt32(at + 4);
    blocks.push({
      ssrc: view.getUint32(at),
      fractionLost: loss >>> 24,
      packetsLost: (loss << 8) >> 8,
      extendedHighestSequence: view.getUint32(at + 8),
      jitter: view.getUint32(at + 12),
      lastSenderReport: view.getUint32(at + 16),
      delaySinceLastSenderReport: view.getUint32(at + 20),
    });
  }
  return blocks;
}

function readSourceDescription(view: DataView, content: Uint8Array, count: number): SourceDescription | undefined {
  const chunks: SourceDescription['chunks'] = [];
  let offset = 0;
  for (let i = 0; i < count; i++) {
    if (offset + 4 > content.length) return undefined;
    const chunk: SourceDescription['chunks'][number] = { ssrc: view.getUint32(offset) };
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
      if (item === CNAME) chunk.cname = text.decode(content.subarray(offset + 2, end));
      offset = end;
    }
    chunks.push(chunk);
  }
  return { type: 'source-description', chunks };
}

function readGoodbye(view: DataView, content: Uint8Array, count: number): Goodbye | undefined {
  const end = count * 4;
  if (content.length < end) return undefined;
  const packet: Goodbye = { type: 'bye', sources: [] };
  for (let offset = 0; offset < end; offset += 4) packet.sources.push(view.getUint32(offset));
  if (content.length > end) {
    const reasonEnd = end + 1 + content[end]!;
    if (reasonEnd > content.length) return undefined;
    packet.reason = text.decode(content.subarray(end + 1, reasonEnd));
  }
  return packet;
}
