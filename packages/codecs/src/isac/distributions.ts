import { integers } from './tables';

const EDGES = integers('kHistEdgesQ15');
const SLOPES = integers('kCdfSlopeQ0');
const VALUES = integers('kCdfQ16');
const FAR = 327680;

/** A cumulative value from 0 to 65535 as a part of an interval of this width: exact, below 2³². */
export function scale(width: number, cumulative: number): number {
  return (width >>> 16) * cumulative + (((width & 0xffff) * cumulative) >>> 16);
}

/** The logistic distribution of spectral values, at a place in 32768ths of its scale. */
export function logistic(place: number): number {
  const x = Math.max(-FAR, Math.min(FAR, place));
  const i = ((x + FAR) * 5) >> 16;
  return VALUES[i]! + ((SLOPES[i]! * (x - EDGES[i]!)) >> 15);
}
