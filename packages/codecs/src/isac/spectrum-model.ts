import { distribution, integers } from './tables';

/** Spectral values of a frame, envelope values, and the order of the model of the envelope. */
export const VALUES = 480;
export const BINS = 120;
export const MODEL_ORDER = 6;
/** The average pitch gain (Q12) from which the dither is dense. */
const VOICED = 614;

export const REFLECTION_CDFS = ([1, 2, 3, 4, 5, 6] as const).map((i) => distribution(`kQArRc${i}Cdf`));
export const REFLECTION_LEVELS = ([1, 2, 3, 4, 5, 6] as const).map((i) => integers(`kQArRc${i}Levels`));
export const GAIN_CDF = distribution('kQGainCdf');
export const GAIN_LEVELS = integers('kQGain2Levels');
export const COSINES = integers('kCos');

/** The next number of the dither's generator. */
const next = (seed: number) => (Math.imul(seed, 196314165) + 907633515) | 0;
/** From −64 to 63. */
const spread = (seed: number) => ((seed + 16777216) | 0) >> 25;

/** Fills the dither of the lower band's values, in 128ths. */
export function fillDither(seed: number, averageGain: number, dither: Int16Array): void {
  let z = seed | 0;
  if (averageGain < VOICED) {
    for (let k = 0; k < VALUES; k += 3) {
      z = next(z);
      const first = spread(z);
      z = next(z);
      const second = spread(z);
      const where = (z >>> 25) & 15;
      dither[k] = where < 10 ? first : 0;
      dither[k + 1] = where < 5 ? second : where < 10 ? 0 : first;
      dither[k + 2] = where < 5 ? 0 : second;
    }
    return;
  }
  const strength = 22528 - 10 * averageGain;
  for (let k = 0; k < VALUES; k += 2) {
    z = next(z);
    const where = (z >>> 25) & 1;
    dither[k + where] = (strength * spread(z) + 8192) >> 14;
    dither[k + 1 - where] = 0;
  }
}

/** Fills the dither of the upper band's values, in 128ths: a quarter as strong. */
export function fillUpperDither(seed: number, values: number, dither: Int16Array): void {
  let z = seed | 0;
  for (let k = 0; k < values; k++) {
    z = next(z);
    dither[k] = (spread(z) * 2048) >> 13;
  }
}

const recursion = new Int16Array(MODEL_ORDER + 1);

/** Reflection coefficients (Q15) to a polynomial (Q12), in 16 bits. */
export function polynomialOf(reflections: Int32Array, polynomial: Int16Array): void {
  polynomial[0] = 4096;
  polynomial[1] = reflections[0]! >> 3;
  for (let m = 1; m < MODEL_ORDER; m++) {
    const k = reflections[m]!;
    for (let i = 1; i <= m; i++) recursion[i] = polynomial[i]! + ((polynomial[m + 1 - i]! * k) >> 15);
    for (let i = 1; i <= m; i++) polynomial[i] = recursion[i]!;
    polynomial[m + 1] = k >> 3;
  }
}

const correlations = new Int32Array(MODEL_ORDER + 1);

/** The inverse power spectrum (Q16) of a model: its polynomial (Q12) and its squared gain (Q10). Bit-exact. */
export function inverseSpectrum(polynomial: Int16Array, gain: number, spectrum: Int32Array): void {
  let sum = 0;
  for (let n = 0; n <= MODEL_ORDER; n++) sum = (sum + polynomial[n]! * polynomial[n]!) | 0;
  sum = (Math.imul(sum >> 6, 65) + 32768) >> 16;
  correlations[0] = (Math.imul(sum, gain) + 256) >> 9;
  const strong = gain > 400000;
  const factor = strong ? gain >> 3 : gain;
  for (let k = 1; k <= MODEL_ORDER; k++) {
    sum = 16384;
    for (let n = k; n <= MODEL_ORDER; n++) sum = (sum + polynomial[n - k]! * polynomial[n]!) | 0;
    sum >>= 15;
    correlations[k] = strong ? (Math.imul(sum, factor) + 32) >> 6 : (Math.imul(sum, factor) + 256) >> 9;
  }
  const leading = correlations[1] === 0 ? correlations[2]! : correlations[1]!;
  const shift = Math.max(0, 9 - normalization(leading));
  for (let n = 0; n < 60; n++) {
    let even = correlations[0]! << 7;
    let odd = 0;
    for (let k = 0; k < MODEL_ORDER; k += 2) {
      odd = (odd + ((Math.imul(COSINES[k * 60 + n]!, correlations[k + 1]! >> shift) + 2) >> 2)) | 0;
      even = (even + ((Math.imul(COSINES[k * 60 + 60 + n]!, correlations[k + 2]!) + 2) >> 2)) | 0;
    }
    odd <<= shift;
    spectrum[n] = even + odd;
    spectrum[119 - n] = even - odd;
  }
}

/** Left shifts that bring a number of 32 bits to its full length. */
export function normalization(value: number): number {
  return value === 0 ? 0 : Math.clz32(value < 0 ? ~value : value) - 1;
}

/**
 * The envelope (Q8) of an inverse power spectrum: roots by Newton's method, each begun where the last ended. Bit-exact.
 *
 * @returns whether there is one: a broken payload may have none
 */
export function envelopeOf(spectrum: Int32Array, envelope: Uint16Array): boolean {
  let root = 1 << ((32 - Math.clz32(spectrum[0]!)) >> 1);
  for (let k = 0; k < BINS; k++) {
    const x = Math.abs(spectrum[k]!) | 0;
    if (root === 0) return false;
    let better = (((x / root) | 0) + root) >> 1;
    let tries = 10;
    do {
      root = better;
      if (root === 0) return false;
      better = (((x / root) | 0) + root) >> 1;
    } while (better !== root && tries-- > 0);
    envelope[k] = better;
  }
  return true;
}
