/** Even bits are inverted on the line (ITU-T G.711 §3.1, table 1). */
const INVERSION = 0x55;

/** What an A-law code stands for, on the 16-bit scale (ITU-T G.711 §3.1). */
export function linearFromALaw(code: number): number {
  const plain = code ^ INVERSION;
  const segment = (plain >> 4) & 7;
  const step = (plain & 0x0f) << 4;
  const magnitude = segment === 0 ? step + 8 : (step + 0x108) << (segment - 1);
  return plain & 0x80 ? magnitude : -magnitude;
}
