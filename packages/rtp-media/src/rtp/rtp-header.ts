/**
 * The fixed header of RFC 3550 §5.1 and where the payload lies. One object is reused for every packet of a stream, so
 * that reading allocates nothing.
 */
export interface RtpHeader {
  payloadType: number;
  marker: boolean;
  /** 16 bits. */
  sequenceNumber: number;
  /** 32 bits, unsigned, in units of the payload type's clock. */
  timestamp: number;
  /** 32 bits, unsigned. */
  ssrc: number;
  /** Where the payload begins, in bytes: after contributing sources and header extension. */
  payloadOffset: number;
  /** Bytes of payload, padding excluded. */
  payloadLength: number;
}

/** Bytes of a header without contributing sources and extension. */
export const RTP_HEADER_BYTES = 12;

/** A header to read into. */
export function createRtpHeader(): RtpHeader {
  return {
    payloadType: 0,
    marker: false,
    sequenceNumber: 0,
    timestamp: 0,
    ssrc: 0,
    payloadOffset: 0,
    payloadLength: 0,
  };
}

/**
 * Reads a header (RFC 3550 §5.1, §5.3.1) and checks every length in it against the packet.
 *
 * @param bytes one datagram
 * @param into filled in; its contents mean nothing when the result is false
 * @returns false when the bytes are no RTP packet of version 2
 */
export function readRtpHeader(bytes: Uint8Array, into: RtpHeader): boolean {
  const length = bytes.length;
  if (length < RTP_HEADER_BYTES) return false;
  const first = bytes[0]!;
  if (first >> 6 !== 2) return false;
  const second = bytes[1]!;
  let offset = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if (first & 0x10) {
    if (offset + 4 > length) return false;
    offset += 4 + ((bytes[offset + 2]! << 8) | bytes[offset + 3]!) * 4;
  }
  let end = length;
  if (first & 0x20) {
    const padding = bytes[length - 1]!;
    if (padding === 0) return false;
    end -= padding;
  }
  if (offset > end) return false;
  into.marker = second > 127;
  into.payloadType = second & 0x7f;
  into.sequenceNumber = (bytes[2]! << 8) | bytes[3]!;
  into.timestamp = ((bytes[4]! << 24) | (bytes[5]! << 16) | (bytes[6]! << 8) | bytes[7]!) >>> 0;
  into.ssrc = ((bytes[8]! << 24) | (bytes[9]! << 16) | (bytes[10]! << 8) | bytes[11]!) >>> 0;
  into.payloadOffset = offset;
  into.payloadLength = end - offset;
  return true;
}

/** Writes a header without contributing sources, extension or padding into the first 12 bytes. */
export function writeRtpHeader(
  into: Uint8Array,
  payloadType: number,
  marker: boolean,
  sequenceNumber: number,
  timestamp: number,
  ssrc: number,
): void {
  into[0] = 0x80;
  into[1] = marker ? payloadType | 0x80 : payloadType;
  into[2] = sequenceNumber >>> 8;
  into[3] = sequenceNumber;
  into[4] = timestamp >>> 24;
  into[5] = timestamp >>> 16;
  into[6] = timestamp >>> 8;
  into[7] = timestamp;
  into[8] = ssrc >>> 24;
  into[9] = ssrc >>> 16;
  into[10] = ssrc >>> 8;
  into[11] = ssrc;
}

/** How far a 16-bit sequence number lies after another, -32768 to 32767, across the wrap. */
export function sequenceDistance(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

/** How far a 32-bit timestamp lies after another, -2^31 to 2^31 - 1, across the wrap. */
export function timestampDistance(from: number, to: number): number {
  return (to - from) | 0;
}

/** What arrived on a port that several protocols share, told by its first bytes (RFC 7983 §7, RFC 5761 §4). */
export type DatagramKind = 'rtp' | 'rtcp' | 'stun' | 'dtls' | 'other';

/** Tells RTP, RTCP, STUN and DTLS apart by the first two bytes. */
export function datagramKind(bytes: Uint8Array): DatagramKind {
  if (bytes.length < 2) return 'other';
  const first = bytes[0]!;
  if (first >= 128 && first <= 191) {
    const second = bytes[1]!;
    return second >= 192 && second <= 223 ? 'rtcp' : 'rtp';
  }
  if (first <= 3) return 'stun';
  return first >= 20 && first <= 63 ? 'dtls' : 'other';
}
