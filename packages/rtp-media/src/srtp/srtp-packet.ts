import { readUint32 } from './srtp-transform';

/** Bytes of the fixed RTP header. */
export const RTP_FIXED_BYTES = 12;

/**
 * Where the payload of a packet begins: behind contributing sources and header extension. The end of a packet says nothing
 * while it is encrypted, so padding is not looked at.
 *
 * @param end where the packet ends, tag and MKI left out
 * @returns -1 when it is no RTP packet of version 2
 */
export function payloadOffset(packet: Uint8Array, end: number): number {
  if (end < RTP_FIXED_BYTES || packet[0]! >> 6 !== 2) return -1;
  let offset = RTP_FIXED_BYTES + (packet[0]! & 0x0f) * 4;
  if (packet[0]! & 0x10) {
    if (offset + 4 > end) return -1;
    offset += 4 + ((packet[offset + 2]! << 8) | packet[offset + 3]!) * 4;
  }
  return offset > end ? -1 : offset;
}

/** The sequence number of a packet of at least {@link RTP_FIXED_BYTES}. */
export const sequenceNumberOf = (packet: Uint8Array): number => (packet[2]! << 8) | packet[3]!;

/** The SSRC of a packet of at least {@link RTP_FIXED_BYTES}. */
export const ssrcOf = (packet: Uint8Array): number => readUint32(packet, 8);

/** The SSRC of the sender of a compound RTCP packet of at least 8 bytes. */
export const rtcpSsrcOf = (packet: Uint8Array): number => readUint32(packet, 4);
