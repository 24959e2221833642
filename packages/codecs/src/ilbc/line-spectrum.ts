import { LSF_CODEBOOK } from './lsf-codebook';
import { COEFFICIENTS, type FrameFormat, ORDER } from './tables';

const HALF = ORDER / 2;
/** Dimensions and sizes of the three codebooks (dim_lsfCbTbl, size_lsfCbTbl). */
const parts = [
  { dimension: 3, size: 64 },
  { dimension: 3, size: 128 },
  { dimension: 4, size: 128 },
] as const;
/** The codebooks in radians per sample. */
const codebooks = Float64Array.from(LSF_CODEBOOK, (value) => value / 8192);
/** Points at which the sign is looked at, and halvings of the interval in which it changes. */
const GRID = 120;
const HALVINGS = 12;
const cosines = Float64Array.from({ length: GRID + 1 }, (_, step) => Math.cos((Math.PI * step) / GRID));
/** Distance that keeps the filter stable: 50 Hz, and half of it (RFC 3951 §3.2.5); and the range, in radians per sample. */
const APART = 0.039;
const LOWEST = 0.01;
const HIGHEST = 3.14;

const f1 = new Float64Array(HALF + 2);
const f2 = new Float64Array(HALF + 2);
const mixed = new Float64Array(ORDER);
const point = new Float64Array(2);

/**
 * Line spectral frequencies of a prediction filter (RFC 3951 §3.2.3): the roots of the sum and the difference polynomial, found by the sign
 * of their Chebyshev series.
 *
 * @returns false when not all were found; `out` is then as it was
 */
export function toLineSpectrum(a: Float64Array, out: Float64Array, at: number): boolean {
  f1[0] = 1;
  f2[0] = 1;
  for (let i = 0; i < HALF; i++) {
    f1[i + 1] = a[i + 1]! + a[ORDER - i]! - f1[i]!;
    f2[i + 1] = a[i + 1]! - a[ORDER - i]! + f2[i]!;
  }
  let found = 0;
  let before = 0;
  let f = f1;
  point[0] = 1;
  chebyshev(f);
  let value = point[1]!;
  for (let step = 1; step <= GRID && found < ORDER; step++) {
    const here = (Math.PI * step) / GRID;
    // Roots of the two polynomials take turns; more than one of them may be in an interval.
    for (;;) {
      point[0] = cosines[step]!;
      chebyshev(f);
      if (value * point[1]! > 0 || found === ORDER) break;
      let low = before;
      let high = here;
      for (let i = 0; i < HALVINGS; i++) {
        const middle = (low + high) / 2;
        point[0] = Math.cos(middle);
        chebyshev(f);
        if (point[1]! * value > 0) low = middle;
        else high = middle;
      }
      before = (low + high) / 2;
      mixed[found++] = before;
      f = found % 2 === 0 ? f1 : f2;
      point[0] = Math.cos(before);
      chebyshev(f);
      value = point[1]!;
    }
    before = here;
    value = point[1]!;
  }
  if (found < ORDER) return false;
  out.set(mixed, at);
  return true;
}

/** The series at the frequency whose cosine is `point[0]`, into `point[1]`: numbers that functions take and return may take memory. */
function chebyshev(f: Float64Array): void {
  const x = 2 * point[0]!;
  let b1 = 0;
  let b0 = 1;
  for (let i = 1; i < HALF; i++) {
    const next = x * b0 - b1 + f[i]!;
    b1 = b0;
    b0 = next;
  }
  point[1] = (x / 2) * b0 - b1 + f[HALF]! / 2;
}

/** The prediction filter of line spectral frequencies (RFC 3951 §3.2.7). */
export function toFilter(lsf: Float64Array, out: Float64Array, at: number): void {
  product(lsf, 0, f1);
  product(lsf, 1, f2);
  for (let i = HALF; i > 0; i--) {
    f1[i]! += f1[i - 1]!;
    f2[i]! -= f2[i - 1]!;
  }
  out[at] = 1;
  for (let i = 1; i <= HALF; i++) {
    out[at + i] = (f1[i]! + f2[i]!) / 2;
    out[at + COEFFICIENTS - i] = (f1[i]! - f2[i]!) / 2;
  }
}

function product(lsf: Float64Array, first: number, f: Float64Array): void {
  f[0] = 1;
  f[1] = -2 * Math.cos(lsf[first]!);
  for (let i = 2; i <= HALF; i++) {
    const b = -2 * Math.cos(lsf[first + 2 * (i - 1)]!);
    f[i] = b * f[i - 1]! + 2 * f[i - 2]!;
    for (let k = i - 1; k > 1; k--) f[k]! += b * f[k - 1]! + f[k - 2]!;
    f[1]! += b;
  }
}

/** Filters of all sub-frames between the frequencies of the frame before and those of this (RFC 3951 §3.2.7). */
export function interpolateFilters(
  format: FrameFormat,
  old: Float64Array,
  lsf: Float64Array,
  between: Float64Array,
  out: Float64Array,
): void {
  for (let subframe = 0; subframe < format.subframes; subframe++) {
    let weight: number;
    let from = old;
    const fromAt = 0;
    let toAt = 0;
    if (format.mode === 20) weight = (3 - subframe) / 4;
    else if (subframe === 0) weight = 1 / 2;
    else {
      weight = Math.max(0, (4 - subframe) / 3);
      from = lsf;
      toAt = ORDER;
    }
    for (let i = 0; i < ORDER; i++) between[i] = weight * from[fromAt + i]! + (1 - weight) * lsf[toAt + i]!;
    toFilter(between, out, subframe * COEFFICIENTS);
  }
}

/** Finds the nearest vectors of the codebooks (RFC 3951 §3.2.4). */
export function quantizeSpectrum(lsf: Float64Array, at: number, indices: Int32Array, indexAt: number): void {
  let codebook = 0;
  let position = at;
  for (let part = 0; part < parts.length; part++) {
    const { dimension, size } = parts[part]!;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < size; i++) {
      let distance = 0;
      for (let k = 0; k < dimension; k++) {
        const difference = lsf[position + k]! - codebooks[codebook + i * dimension + k]!;
        distance += difference * difference;
      }
      if (distance < least) {
        least = distance;
        indices[indexAt + part] = i;
      }
    }
    codebook += size * dimension;
    position += dimension;
  }
}

/** The frequencies of a frame as a decoder has them, kept far enough apart (RFC 3951 §3.2.4, §3.2.5). */
export function dequantizeSpectra(format: FrameFormat, indices: Int32Array, out: Float64Array): void {
  for (let spectrum = 0; spectrum < format.spectra; spectrum++) {
    let codebook = 0;
    let position = spectrum * ORDER;
    for (let part = 0; part < parts.length; part++) {
      const { dimension, size } = parts[part]!;
      const at = codebook + indices[spectrum * parts.length + part]! * dimension;
      for (let k = 0; k < dimension; k++) out[position++] = codebooks[at + k]!;
      codebook += size * dimension;
    }
  }
  for (let round = 0; round < 2; round++) {
    for (let spectrum = 0; spectrum < format.spectra; spectrum++) separate(out, spectrum * ORDER);
  }
}

function separate(lsf: Float64Array, at: number): void {
  for (let i = at; i < at + ORDER - 1; i++) {
    const low = lsf[i]!;
    const high = lsf[i + 1]!;
    if (high - low < APART) {
      if (high >= low) lsf[i] = low - APART / 2;
      lsf[i + 1] = Math.max(low, high) + APART / 2;
    }
    lsf[i] = Math.min(HIGHEST, Math.max(LOWEST, lsf[i]!));
  }
}
