/** Sequence numbers in one turn of the rollover counter. */
export const TURN = 0x1_0000;

/**
 * The 48-bit index of a packet that is most likely meant by its 16-bit sequence number (RFC 3711 §3.3.1, appendix A).
 *
 * @param highest index of the newest packet known
 * @returns below zero for a packet from before the first turn
 */
export function estimateIndex(highest: number, sequenceNumber: number): number {
  const last = highest % TURN;
  const distance = sequenceNumber - last;
  if (last < TURN / 2) return highest + (distance > TURN / 2 ? distance - TURN : distance);
  return highest + (distance < -TURN / 2 ? distance + TURN : distance);
}
