/** The sender's time, for receivers that measure the round trip (RFC 3611 §4.4). */
export interface ReferenceTimeBlock {
  type: 'receiver-reference-time';
  /** 64-bit NTP time. */
  ntp: bigint;
}

/** Answers to reference times (RFC 3611 §4.5). */
export interface DlrrBlock {
  type: 'dlrr';
  reports: {
    /** Who sent the reference time. */
    ssrc: number;
    /** Middle 32 bits of that time; 0 for none. */
    lastReferenceTime: number;
    /** Time since it came, in 1/65536 s. */
    delaySinceLast: number;
  }[];
}

/** Statistics summary (RFC 3611 §4.6); what its flags leave out is undefined. */
export interface StatisticsSummaryBlock {
  type: 'statistics-summary';
  /** The source reported on. */
  ssrc: number;
  beginSequence: number;
  /** The last sequence number reported on, plus one. */
  endSequence: number;
  lostPackets?: number;
  duplicatePackets?: number;
  /** In timestamp units. */
  jitter?: { min: number; max: number; mean: number; deviation: number };
  /** IPv4 times to live or IPv6 hop limits. */
  ttl?: { version: 4 | 6; min: number; max: number; mean: number; deviation: number };
}

/** VoIP metrics (RFC 3611 §4.7), in the units of the packet. */
export interface VoipMetricsBlock {
  type: 'voip-metrics';
  /** The source reported on. */
  ssrc: number;
  /** Share of packets lost since reception began, in 1/256. */
  lossRate: number;
  /** Share of packets discarded since reception began, in 1/256. */
  discardRate: number;
  /** Share of packets lost or discarded within bursts, in 1/256. */
  burstDensity: number;
  /** The same within gaps. */
  gapDensity: number;
  /** Mean duration of bursts in ms. */
  burstDuration: number;
  /** Mean duration of gaps in ms. */
  gapDuration: number;
  /** Latest round trip in ms; 0 while unknown. */
  roundTripDelay: number;
  /** Latest end system delay in ms. */
  endSystemDelay: number;
  /** In dBm0; {@link XR_UNAVAILABLE} when not measured. */
  signalLevel: number;
  /** In dBm0; {@link XR_UNAVAILABLE} when not measured. */
  noiseLevel: number;
  /** Residual echo return loss in dB; {@link XR_UNAVAILABLE} when not measured. */
  residualEchoReturnLoss: number;
  /** Fewest packets received in a row that end a burst; 16 by recommendation. */
  gmin: number;
  /** R factor of the stream, 0 to 100; {@link XR_UNAVAILABLE} when not computed. */
  rFactor: number;
  /** R factor of a network segment beyond; {@link XR_UNAVAILABLE} when unknown. */
  externalRFactor: number;
  /** MOS for listening times 10, 10 to 50; {@link XR_UNAVAILABLE} when not computed. */
  mosListening: number;
  /** MOS for conversation times 10, 10 to 50; {@link XR_UNAVAILABLE} when not computed. */
  mosConversational: number;
  /** Packet loss concealment: 0 unspecified, 1 disabled, 2 enhanced, 3 standard. */
  concealment: number;
  /** Jitter buffer: 0 unknown, 2 fixed, 3 adaptive. */
  jitterBufferAdaptive: number;
  /** Jitter buffer rate, 0 to 15. */
  jitterBufferRate: number;
  /** Current nominal jitter buffer delay in ms. */
  jitterBufferNominal: number;
  /** Current maximum jitter buffer delay in ms. */
  jitterBufferMaximum: number;
  /** Maximum delay in ms that the jitter buffer can ever reach. */
  jitterBufferAbsoluteMaximum: number;
}

/** A report block this package has no use for, kept by number (run lengths of loss, receipt times, newer blocks). */
export interface OtherXrBlock {
  type: 'other';
  blockType: number;
}

/** A report block of an extended report (RFC 3611 §3). */
export type XrBlock = ReferenceTimeBlock | DlrrBlock | StatisticsSummaryBlock | VoipMetricsBlock | OtherXrBlock;

/** Extended report (RFC 3611 §2). */
export interface ExtendedReport {
  type: 'extended-report';
  ssrc: number;
  blocks: XrBlock[];
}

/** What a VoIP metric says that is not available (RFC 3611 §4.7). */
export const XR_UNAVAILABLE = 127;
/** Packet type (RFC 3611 §2). */
export const EXTENDED_REPORT = 207;

const REFERENCE_TIME = 4;
const DLRR = 5;
const STATISTICS_SUMMARY = 6;
const VOIP_METRICS = 7;
const SUMMARY_BYTES = 36;
const VOIP_METRICS_BYTES = 32;

/**
 * Reads the report blocks of an extended report, what follows its header; blocks of unknown types, and known ones of
 * another length than theirs, are passed over (RFC 3611 §3).
 *
 * @returns undefined when the lengths do not add up
 */
export function readExtendedReport(content: DataView): ExtendedReport | undefined {
  if (content.byteLength < 4) return undefined;
  const report: ExtendedReport = { type: 'extended-report', ssrc: content.getUint32(0), blocks: [] };
  let offset = 4;
  while (offset < content.byteLength) {
    if (offset + 4 > content.byteLength) return undefined;
    const length = content.getUint16(offset + 2) * 4;
    const body = offset + 4;
    if (body + length > content.byteLength) return undefined;
    const blockType = content.getUint8(offset);
    report.blocks.push(readBlock(blockType, content, offset, length) ?? { type: 'other', blockType });
    offset = body + length;
  }
  return report;
}

function readBlock(blockType: number, view: DataView, offset: number, length: number): XrBlock | undefined {
  const body = offset + 4;
  switch (blockType) {
    case REFERENCE_TIME:
      return length === 8 ? { type: 'receiver-reference-time', ntp: view.getBigUint64(body) } : undefined;
    case DLRR:
      return length % 12 === 0 ? readDlrr(view, body, length) : undefined;
    case STATISTICS_SUMMARY:
      return length === SUMMARY_BYTES ? readSummary(view, body, view.getUint8(offset + 1)) : undefined;
    case VOIP_METRICS:
      return length === VOIP_METRICS_BYTES ? readVoipMetrics(view, body) : undefined;
    default:
      return undefined;
  }
}

function readDlrr(view: DataView, body: number, length: number): DlrrBlock {
  const block: DlrrBlock = { type: 'dlrr', reports: [] };
  for (let at = body; at < body + length; at += 12) {
    block.reports.push({
      ssrc: view.getUint32(at),
      lastReferenceTime: view.getUint32(at + 4),
      delaySinceLast: view.getUint32(at + 8),
    });
  }
  return block;
}

function readSummary(view: DataView, at: number, flags: number): StatisticsSummaryBlock {
  const block: StatisticsSummaryBlock = {
    type: 'statistics-summary',
    ssrc: view.getUint32(at),
    beginSequence: view.getUint16(at + 4),
    endSequence: view.getUint16(at + 6),
  };
  if (flags & 0x80) block.lostPackets = view.getUint32(at + 8);
  if (flags & 0x40) block.duplicatePackets = view.getUint32(at + 12);
  if (flags & 0x20) {
    block.jitter = {
      min: view.getUint32(at + 16),
      max: view.getUint32(at + 20),
      mean: view.getUint32(at + 24),
      deviation: view.getUint32(at + 28),
    };
  }
  const ttl = (flags >> 3) & 3;
  if (ttl === 1 || ttl === 2) {
    block.ttl = {
      version: ttl === 1 ? 4 : 6,
      min: view.getUint8(at + 32),
      max: view.getUint8(at + 33),
      mean: view.getUint8(at + 34),
      deviation: view.getUint8(at + 35),
    };
  }
  return block;
}

function readVoipMetrics(view: DataView, at: number): VoipMetricsBlock {
  const configuration = view.getUint8(at + 24);
  return {
    type: 'voip-metrics',
    ssrc: view.getUint32(at),
    lossRate: view.getUint8(at + 4),
    discardRate: view.getUint8(at + 5),
    burstDensity: view.getUint8(at + 6),
    gapDensity: view.getUint8(at + 7),
    burstDuration: view.getUint16(at + 8),
    gapDuration: view.getUint16(at + 10),
    roundTripDelay: view.getUint16(at + 12),
    endSystemDelay: view.getUint16(at + 14),
    signalLevel: view.getInt8(at + 16),
    noiseLevel: view.getInt8(at + 17),
    residualEchoReturnLoss: view.getUint8(at + 18),
    gmin: view.getUint8(at + 19),
    rFactor: view.getUint8(at + 20),
    externalRFactor: view.getUint8(at + 21),
    mosListening: view.getUint8(at + 22),
    mosConversational: view.getUint8(at + 23),
    concealment: configuration >> 6,
    jitterBufferAdaptive: (configuration >> 4) & 3,
    jitterBufferRate: configuration & 15,
    jitterBufferNominal: view.getUint16(at + 26),
    jitterBufferMaximum: view.getUint16(at + 28),
    jitterBufferAbsoluteMaximum: view.getUint16(at + 30),
  };
}

/** Bytes of an extended report, its header included. */
export function extendedReportBytes(report: ExtendedReport): number {
  return report.blocks.reduce((sum, block) => sum + 4 + blockBytes(block), 8);
}

function blockBytes(block: XrBlock): number {
  switch (block.type) {
    case 'receiver-reference-time':
      return 8;
    case 'dlrr':
      return block.reports.length * 12;
    case 'statistics-summary':
      return SUMMARY_BYTES;
    case 'voip-metrics':
      return VOIP_METRICS_BYTES;
    case 'other':
      return 0;
  }
}

/** Writes what follows the header of an extended report: the source and the blocks. An `other` block is empty. */
export function writeExtendedReport(report: ExtendedReport, view: DataView, offset: number): void {
  view.setUint32(offset, report.ssrc);
  let at = offset + 4;
  for (const block of report.blocks) {
    const length = blockBytes(block);
    view.setUint16(at + 2, length / 4);
    writeBlock(block, view, at);
    at += 4 + length;
  }
}

function writeBlock(block: XrBlock, view: DataView, at: number): void {
  switch (block.type) {
    case 'receiver-reference-time':
      view.setUint8(at, REFERENCE_TIME);
      view.setBigUint64(at + 4, block.ntp);
      break;
    case 'dlrr':
      view.setUint8(at, DLRR);
      block.reports.forEach((report, i) => {
        view.setUint32(at + 4 + i * 12, report.ssrc);
        view.setUint32(at + 8 + i * 12, report.lastReferenceTime);
        view.setUint32(at + 12 + i * 12, report.delaySinceLast);
      });
      break;
    case 'statistics-summary':
      view.setUint8(at, STATISTICS_SUMMARY);
      writeSummary(block, view, at);
      break;
    case 'voip-metrics':
      view.setUint8(at, VOIP_METRICS);
      writeVoipMetrics(block, view, at + 4);
      break;
    case 'other':
      view.setUint8(at, block.blockType);
  }
}

function writeSummary(block: StatisticsSummaryBlock, view: DataView, at: number): void {
  const { lostPackets, duplicatePackets, jitter, ttl } = block;
  let flags = 0;
  view.setUint32(at + 4, block.ssrc);
  view.setUint16(at + 8, block.beginSequence);
  view.setUint16(at + 10, block.endSequence);
  if (lostPackets !== undefined) {
    flags |= 0x80;
    view.setUint32(at + 12, lostPackets);
  }
  if (duplicatePackets !== undefined) {
    flags |= 0x40;
    view.setUint32(at + 16, duplicatePackets);
  }
  if (jitter) {
    flags |= 0x20;
    view.setUint32(at + 20, jitter.min);
    view.setUint32(at + 24, jitter.max);
    view.setUint32(at + 28, jitter.mean);
    view.setUint32(at + 32, jitter.deviation);
  }
  if (ttl) {
    flags |= ttl.version === 4 ? 0x08 : 0x10;
    view.setUint8(at + 36, ttl.min);
    view.setUint8(at + 37, ttl.max);
    view.setUint8(at + 38, ttl.mean);
    view.setUint8(at + 39, ttl.deviation);
  }
  view.setUint8(at + 1, flags);
}

function writeVoipMetrics(block: VoipMetricsBlock, view: DataView, at: number): void {
  view.setUint32(at, block.ssrc);
  view.setUint8(at + 4, block.lossRate);
  view.setUint8(at + 5, block.discardRate);
  view.setUint8(at + 6, block.burstDensity);
  view.setUint8(at + 7, block.gapDensity);
  view.setUint16(at + 8, block.burstDuration);
  view.setUint16(at + 10, block.gapDuration);
  view.setUint16(at + 12, block.roundTripDelay);
  view.setUint16(at + 14, block.endSystemDelay);
  view.setInt8(at + 16, block.signalLevel);
  view.setInt8(at + 17, block.noiseLevel);
  view.setUint8(at + 18, block.residualEchoReturnLoss);
  view.setUint8(at + 19, block.gmin);
  view.setUint8(at + 20, block.rFactor);
  view.setUint8(at + 21, block.externalRFactor);
  view.setUint8(at + 22, block.mosListening);
  view.setUint8(at + 23, block.mosConversational);
  view.setUint8(at + 24, (block.concealment << 6) | (block.jitterBufferAdaptive << 4) | block.jitterBufferRate);
  view.setUint8(at + 25, 0);
  view.setUint16(at + 26, block.jitterBufferNominal);
  view.setUint16(at + 28, block.jitterBufferMaximum);
  view.setUint16(at + 30, block.jitterBufferAbsoluteMaximum);
}
