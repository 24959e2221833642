import { fourierTransform } from './fourier';

/** How alike two pieces of audio are, and where they are most alike. */
export interface Correlation {
  /** Normalised correlation at the best lag: 1 the same, 0 unrelated, -1 inverted. */
  correlation: number;
  /** Samples by which the second piece is later than the first. */
  lag: number;
}

/** Settings of {@link correlate}. */
export interface CorrelateOptions {
  /** Greatest lag looked at, in samples, in both directions; as far as half the shorter piece overlaps when absent. */
  maxLag?: number;
}

/** Settings of {@link correlateSegments}. */
export interface CorrelateSegmentsOptions extends CorrelateOptions {
  /** Samples of a segment. */
  segment: number;
}

const LONGEST_OVERVIEW = 2 ** 18;

/** What {@link correlateSegments} found. */
export interface SegmentCorrelation {
  /** Mean correlation of the segments, each weighted by its energy. */
  correlation: number;
  /** Each segment of the first piece, silent ones left out. */
  segments: (Correlation & { start: number })[];
}

/**
 * Finds the lag at which a recording is most like what was sent.
 *
 * @param reference what was sent, mono
 * @param recorded what came, at the same rate
 */
export function correlate(reference: Int16Array, recorded: Int16Array, options: CorrelateOptions = {}): Correlation {
  const shorter = Math.min(reference.length, recorded.length);
  if (shorter === 0) return { correlation: 0, lag: 0 };
  const least = Math.ceil(shorter / 2);
  const { maxLag = Number.POSITIVE_INFINITY } = options;
  const from = Math.max(-maxLag, least - reference.length);
  const to = Math.min(maxLag, recorded.length - least);
  const products = crossProducts(reference, recorded);
  const size = products.length;
  const referenceEnergy = energySums(reference);
  const recordedEnergy = energySums(recorded);
  let best: Correlation = { correlation: 0, lag: 0 };
  for (let lag = from; lag <= to; lag++) {
    const start = Math.max(0, -lag);
    const end = Math.min(reference.length, recorded.length - lag);
    const energy =
      (referenceEnergy[end]! - referenceEnergy[start]!) * (recordedEnergy[end + lag]! - recordedEnergy[start + lag]!);
    if (energy <= 0) continue;
    const correlation = products[(lag + size) % size]! / Math.sqrt(energy);
    if (correlation > best.correlation) best = { correlation, lag };
  }
  return best;
}

/**
 * Like {@link correlate}, piece by piece: a jitter buffer that changes its delay in the middle of a recording moves what
 * follows, which a listener does not notice and a single lag cannot follow.
 */
export function correlateSegments(
  reference: Int16Array,
  recorded: Int16Array,
  options: CorrelateSegmentsOptions,
): SegmentCorrelation {
  const { segment, maxLag = segment } = options;
  // The beginning is enough to find where the recording begins.
  const overall = correlate(reference.subarray(0, LONGEST_OVERVIEW), recorded.subarray(0, LONGEST_OVERVIEW)).lag;
  const segments: SegmentCorrelation['segments'] = [];
  let sum = 0;
  let weight = 0;
  for (let start = 0; start + segment <= reference.length; start += segment) {
    const part = reference.subarray(start, start + segment);
    const energy = energySums(part)[segment]!;
    // Below -60 dBFS there is nothing to compare.
    if (energy / segment < 500) continue;
    const from = Math.max(0, start + overall - maxLag);
    const found = correlate(part, recorded.subarray(from, start + overall + segment + maxLag));
    segments.push({ start, correlation: found.correlation, lag: from + found.lag - start });
    sum += found.correlation * energy;
    weight += energy;
  }
  return { correlation: weight > 0 ? sum / weight : 0, segments };
}

/** The sum of products for every lag, negative ones at the end. */
function crossProducts(a: Int16Array, b: Int16Array): Float64Array {
  const size = 2 ** Math.ceil(Math.log2(a.length + b.length));
  // Both real signals in one transform: a as the real part, b as the imaginary one.
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  real.set(a);
  imaginary.set(b);
  fourierTransform(real, imaginary);
  const productReal = new Float64Array(size);
  const productImaginary = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    const mirror = (size - k) % size;
    const aRe = (real[k]! + real[mirror]!) / 2;
    const aIm = (imaginary[k]! - imaginary[mirror]!) / 2;
    const bRe = (imaginary[k]! + imaginary[mirror]!) / 2;
    const bIm = (real[mirror]! - real[k]!) / 2;
    productReal[k] = aRe * bRe + aIm * bIm;
    productImaginary[k] = aRe * bIm - aIm * bRe;
  }
  fourierTransform(productReal, productImaginary, true);
  for (let k = 0; k < size; k++) productReal[k] = productReal[k]! / size;
  return productReal;
}

/** Sums of squares of the first 0, 1, 2 … samples. */
function energySums(pcm: Int16Array): Float64Array {
  const sums = new Float64Array(pcm.length + 1);
  for (let i = 0; i < pcm.length; i++) sums[i + 1] = sums[i]! + pcm[i]! * pcm[i]!;
  return sums;
}
