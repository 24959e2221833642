/** Offset of the first segment on the 16-bit scale (ITU-T G.711 table 2: 33 on the 14-bit scale). */
const BIAS = 0x84;

/** What a µ-law code stands for, on the 16-bit scale (ITU-T G.711 §3.2). Codes are complemented on the line. */
export function linearFromMuLaw(code: number): number {
  const plain = ~code & 0xff;
  const segment = (plain >> 4) & 7;
  const magnitude = ((((plain & 0x0f) << 3) + BIAS) << segment) - BIAS;
  return plain & 0x80 ? -magnitude : magnitude;
}
