/** Frame durations in units of 2.5 ms by the two or three low bits of the configuration number (RFC 6716 §3.1 table 2). */
const silk = [4, 8, 16, 24] as const;
const hybrid = [4, 8] as const;
const celt = [1, 2, 4, 8] as const;

/**
 * Duration of each frame of a packet, from its table-of-contents byte (RFC 6716 §3.1).
 *
 * @param toc first byte of the payload
 * @returns in units of 2.5 ms
 */
export function frameUnits(toc: number): number {
  const configuration = toc >> 3;
  if (configuration < 12) return silk[configuration & 3]!;
  if (configuration < 16) return hybrid[configuration & 1]!;
  return celt[configuration & 3]!;
}

/** Whether a packet may carry forward error correction: only SILK has it (RFC 6716 §2.1.7). */
export function mayCorrect(toc: number): boolean {
  return toc >> 3 < 16;
}

/**
 * Whether a packet does carry it: the flags of SILK's first frame are the upper bits of its first byte (RFC 6716 §4.2.3). Only of packets
 * with one frame, as those of up to 60 ms are, it is told.
 */
export function doesCorrect(payload: Uint8Array): boolean {
  const toc = payload[0] ?? 0xff;
  if (!mayCorrect(toc) || (toc & 3) !== 0 || payload.length < 3) return false;
  const silkFrames = Math.max(1, frameUnits(toc) >> 3);
  const flags = payload[1]!;
  const isStereo = (toc & 4) !== 0;
  // For each channel an activity flag of each frame, then the one that counts.
  return ((flags >> (7 - silkFrames)) & 1) === 1 || (isStereo && ((flags >> (6 - 2 * silkFrames)) & 1) === 1);
}
