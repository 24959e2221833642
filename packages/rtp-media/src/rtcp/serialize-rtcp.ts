import { EXTENDED_REPORT, type ExtendedReport, extendedReportBytes, writeExtendedReport } from './extended-report';
import {
  BYE,
  CNAME,
  type Goodbye,
  RECEIVER_REPORT,
  REPORT_BLOCK_BYTES,
  type ReceiverReport,
  type ReportBlock,
  SENDER_REPORT,
  type SenderReport,
  SOURCE_DESCRIPTION,
  type SourceDescription,
} from './rtcp-packets';

/** A packet that can be written. */
export type WritableRtcp = SenderReport | ReceiverReport | SourceDescription | Goodbye | ExtendedReport;

/** Lengths of texts are a byte (RFC 3550 §6.5). */
const LONGEST_TEXT = 255;
const encoder = new TextEncoder();

/**
 * Writes a compound packet. A report must come first (RFC 3550 §6.1) unless reduced-size packets were agreed on
 * (RFC 5506).
 */
export function serializeRtcp(packets: readonly WritableRtcp[]): Uint8Array {
  const sizes = packets.map(packetBytes);
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  packets.forEach((packet, i) => {
    view.setUint16(offset + 2, sizes[i]! / 4 - 1);
    writePacket(packet, view, bytes, offset);
    offset += sizes[i]!;
  });
  return bytes;
}

function packetBytes(packet: WritableRtcp): number {
  switch (packet.type) {
    case 'sender-report':
      return 28 + packet.blocks.length * REPORT_BLOCK_BYTES;
    case 'receiver-report':
      return 8 + packet.blocks.length * REPORT_BLOCK_BYTES;
    case 'source-description':
      return packet.chunks.reduce((sum, chunk) => sum + chunkBytes(chunk), 4);
    case 'bye': {
      const reason = packet.reason === undefined ? 0 : 1 + textBytes(packet.reason).length;
      return 4 + packet.sources.length * 4 + ((reason + 3) & ~3);
    }
    case 'extended-report':
      return extendedReportBytes(packet);
  }
}

/** §6.5: the items of a chunk end with one to four null octets. */
function chunkBytes(chunk: SourceDescription['chunks'][number]): number {
  const items = chunk.cname === undefined ? 0 : 2 + textBytes(chunk.cname).length;
  return 4 + ((items + 4) & ~3);
}

function writePacket(packet: WritableRtcp, view: DataView, bytes: Uint8Array, offset: number): void {
  switch (packet.type) {
    case 'sender-report':
      writeHeader(view, offset, packet.blocks.length, SENDER_REPORT);
      view.setUint32(offset + 4, packet.ssrc);
      view.setBigUint64(offset + 8, packet.ntp);
      view.setUint32(offset + 16, packet.rtpTimestamp);
      view.setUint32(offset + 20, packet.packetCount);
      view.setUint32(offset + 24, packet.octetCount);
      writeBlocks(packet.blocks, view, offset + 28);
      break;
    case 'receiver-report':
      writeHeader(view, offset, packet.blocks.length, RECEIVER_REPORT);
      view.setUint32(offset + 4, packet.ssrc);
      writeBlocks(packet.blocks, view, offset + 8);
      break;
    case 'source-description':
      writeHeader(view, offset, packet.chunks.length, SOURCE_DESCRIPTION);
      writeChunks(packet.chunks, view, bytes, offset + 4);
      break;
    case 'bye': {
      writeHeader(view, offset, packet.sources.length, BYE);
      packet.sources.forEach((ssrc, i) => {
        view.setUint32(offset + 4 + i * 4, ssrc);
      });
      if (packet.reason !== undefined) writeText(packet.reason, bytes, offset + 4 + packet.sources.length * 4);
      break;
    }
    case 'extended-report':
      writeHeader(view, offset, 0, EXTENDED_REPORT);
      writeExtendedReport(packet, view, offset + 4);
  }
}

function writeHeader(view: DataView, offset: number, count: number, packetType: number): void {
  view.setUint8(offset, 0x80 | count);
  view.setUint8(offset + 1, packetType);
}

function writeBlocks(blocks: readonly ReportBlock[], view: DataView, offset: number): void {
  blocks.forEach((block, i) => {
    const at = offset + i * REPORT_BLOCK_BYTES;
    const lost = Math.max(-0x80_0000, Math.min(0x7f_ffff, block.packetsLost));
    view.setUint32(at, block.ssrc);
    view.setUint32(at + 4, (lost & 0xff_ffff) | (block.fractionLost << 24));
    view.setUint32(at + 8, block.extendedHighestSequence);
    view.setUint32(at + 12, block.jitter);
    view.setUint32(at + 16, block.lastSenderReport);
    view.setUint32(at + 20, block.delaySinceLastSenderReport);
  });
}

function writeChunks(chunks: SourceDescription['chunks'], view: DataView, bytes: Uint8Array, offset: number): void {
  let at = offset;
  for (const chunk of chunks) {
    view.setUint32(at, chunk.ssrc);
    if (chunk.cname !== undefined) {
      bytes[at + 4] = CNAME;
      writeText(chunk.cname, bytes, at + 5);
    }
    at += chunkBytes(chunk);
  }
}

function writeText(value: string, bytes: Uint8Array, offset: number): void {
  const encoded = textBytes(value);
  bytes[offset] = encoded.length;
  bytes.set(encoded, offset + 1);
}

function textBytes(value: string): Uint8Array {
  return encoder.encode(value).subarray(0, LONGEST_TEXT);
}
