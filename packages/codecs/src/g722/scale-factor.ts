import type { SubBand } from './sub-band';
import { ILB, WH, WL } from './tables';

/** Largest logarithms of the scale factors (ITU-T G.722 §3.5, LOGSCL and LOGSCH). */
const MOST_LOW = 18432;
const MOST_HIGH = 22528;

/** Adapts the quantizer of the lower sub-band to a code without its two lowest bits (LOGSCL, SCALEL). */
export function scaleLower(band: SubBand, code4: number): void {
  const log = limited((Math.imul(band.logScale, 127) >> 7) + WL[code4]!, MOST_LOW);
  band.logScale = log;
  band.scale = antilog(log, 8);
}

/** Adapts the quantizer of the higher sub-band to its code (LOGSCH, SCALEH). */
export function scaleHigher(band: SubBand, code2: number): void {
  const log = limited((Math.imul(band.logScale, 127) >> 7) + WH[code2]!, MOST_HIGH);
  band.logScale = log;
  band.scale = antilog(log, 10);
}

/** Brings the quantizer of the lower sub-band down to a logarithm of its scale factor, where it is above. */
export function limitLowerScale(band: SubBand, most: number): void {
  if (band.logScale <= most) return;
  band.logScale = most;
  band.scale = antilog(most, 8);
}

/** The same for the higher sub-band. */
export function limitHigherScale(band: SubBand, most: number): void {
  if (band.logScale <= most) return;
  band.logScale = most;
  band.scale = antilog(most, 10);
}

// Comparisons that nearly always fall out alike are faster than a minimum and a maximum.
function limited(log: number, most: number): number {
  if (log < 0) return 0;
  if (log > most) return most;
  return log;
}

function antilog(log: number, most: number): number {
  const shift = most - (log >> 11);
  const mantissa = ILB[(log >> 6) & 31]!;
  return (shift < 0 ? mantissa << -shift : mantissa >> shift) << 2;
}
