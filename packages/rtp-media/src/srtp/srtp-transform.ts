/**
 * One suite with its session keys: packets in, packets out, no state between them. What is returned lies in memory of the
 * transform and holds good until its next call.
 */
export interface SrtpTransform {
  /** Bytes added to an RTP packet, MKI excluded. */
  readonly rtpOverhead: number;
  /** Bytes added to an RTCP packet, MKI excluded. */
  readonly rtcpOverhead: number;
  /** How many bytes of tag follow the MKI, from the end of a packet: SRTP, then SRTCP. */
  readonly bytesAfterMki: readonly [rtp: number, rtcp: number];

  /**
   * @param packet a whole RTP packet
   * @param payloadAt where its payload begins
   * @param index 48 bits: rollover counter and sequence number
   * @param mki may be empty
   */
  sealRtp(packet: Uint8Array, payloadAt: number, ssrc: number, index: number, mki: Uint8Array): Uint8Array;

  /**
   * @param packet at least `payloadAt` + {@link rtpOverhead} + `mkiBytes` long
   * @returns undefined when it is not authentic
   */
  openRtp(packet: Uint8Array, payloadAt: number, ssrc: number, index: number, mkiBytes: number): Uint8Array | undefined;

  /**
   * @param packet a compound RTCP packet of at least 8 bytes
   * @param index 31 bits
   */
  sealRtcp(packet: Uint8Array, ssrc: number, index: number, mki: Uint8Array): Uint8Array;

  /**
   * @param packet at least 8 + {@link rtcpOverhead} + `mkiBytes` long
   * @param word the E flag and the index, 32 bits
   * @returns undefined when it is not authentic
   */
  openRtcp(packet: Uint8Array, ssrc: number, word: number, mkiBytes: number): Uint8Array | undefined;
}

/** What is not encrypted. */
export interface TransformOptions {
  readonly unencryptedSrtp: boolean;
  readonly unencryptedSrtcp: boolean;
}

/** Bytes of an RTCP packet that stay in clear (RFC 3711 §3.4). */
export const RTCP_CLEAR_BYTES = 8;
/** The flag of a SRTCP packet that is encrypted, above its index. */
export const ENCRYPTED = 0x8000_0000;

/** Writes 32 bits. */
export function writeUint32(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

/** Reads 32 bits, unsigned. */
export function readUint32(from: Uint8Array, at: number): number {
  return ((from[at]! << 24) | (from[at + 1]! << 16) | (from[at + 2]! << 8) | from[at + 3]!) >>> 0;
}
