import type { RangeEncoder } from './range-encoder';
import {
  BINS,
  COSINES,
  envelopeOf,
  fillDither,
  GAIN_CDF,
  GAIN_LEVELS,
  inverseSpectrum,
  MODEL_ORDER,
  normalization,
  polynomialOf,
  REFLECTION_CDFS,
  REFLECTION_LEVELS,
  VALUES,
} from './spectrum-model';
import { integers } from './tables';

const REFLECTION_BOUNDARIES = integers('kQArBoundaryLevels');
const REFLECTION_START = integers('kQArRcInitIndex');
const GAIN_BOUNDARIES = integers('kQGain2BoundaryLevels');
const GAIN_START = integers('kQGainInitIndex')[0]!;
const saturate = (x: number) => Math.min(32767, Math.max(-32768, x));
const short = (x: number) => (x << 16) >> 16;

/** Writes the spectrum of a frame: a model of its envelope, and the values. Bit-exact with the decoder. */
export class SpectrumCoder {
  readonly #dither = new Int16Array(VALUES);
  readonly #quantized = new Int16Array(VALUES);
  readonly #powers = new Int32Array(BINS);
  readonly #correlations = new Int32Array(MODEL_ORDER + 1);
  readonly #p = new Int16Array(MODEL_ORDER + 2);
  readonly #w = new Int16Array(MODEL_ORDER + 2);
  readonly #reflections = new Int32Array(MODEL_ORDER);
  readonly #polynomial = new Int16Array(MODEL_ORDER + 1);
  readonly #inverse = new Int32Array(BINS);
  readonly #envelope = new Uint16Array(BINS);

  /** @returns whether there was room for it */
  write(coder: RangeEncoder, re: Int16Array, im: Int16Array, averageGain: number): boolean {
    const q = this.#quantized;
    const d = this.#dither;
    fillDither(coder.width, averageGain, d);
    for (let m = 0; m < BINS; m++) {
      let power = 0;
      for (let i = 0; i < 4; i++) {
        const k = 4 * m + i;
        const w = (i & 1) === 0 ? re[k >> 1]! : im[k >> 1]!;
        const value = short(((w + d[k]! + 64) & 0xff80) - d[k]!);
        q[k] = value;
        power += value * value;
      }
      this.#powers[m] = power >>> 2;
    }
    const shift = this.#correlate();
    this.#findReflections();
    this.#writeReflections(coder);
    polynomialOf(this.#reflections, this.#polynomial);
    const gain = this.#writeGain(coder, shift);
    inverseSpectrum(this.#polynomial, gain, this.#inverse);
    envelopeOf(this.#inverse, this.#envelope);
    for (let k = 0; k < VALUES; k++) {
      if (!coder.logistic(q[k]!, this.#envelope[k >> 2]!)) return false;
    }
    return true;
  }

  /** Correlations of the powers, brought to a like length. @returns by how many bits */
  #correlate(): number {
    const c = this.#correlations.fill(0);
    const p = this.#powers;
    c[0] = 2;
    for (let n = 0; n < 60; n++) {
      const sum = (p[n]! + p[119 - n]! + 16) >> 5;
      const difference = (p[n]! - p[119 - n]! + 16) >> 5;
      c[0]! += sum;
      for (let k = 0; k < MODEL_ORDER; k += 2) {
        c[k + 1]! += (Math.imul(COSINES[60 * k + n]!, difference) + 256) >> 9;
        c[k + 2]! += (Math.imul(COSINES[60 * k + 60 + n]!, sum) + 256) >> 9;
      }
    }
    const shift = normalization(c[0]!) - 18;
    for (let k = 0; k <= MODEL_ORDER; k++) c[k] = shift > 0 ? c[k]! << shift : c[k]! >> -shift;
    return shift;
  }

  /** Schur's recursion in 16 bits. */
  #findReflections(): void {
    const c = this.#correlations;
    const p = this.#p;
    const w = this.#w;
    const bits = normalization(c[0]!);
    for (let i = 0; i <= MODEL_ORDER; i++) {
      p[i] = (c[i]! << bits) >> 16;
      w[i] = p[i]!;
    }
    const k = this.#reflections.fill(0);
    for (let n = 1; n <= MODEL_ORDER; n++) {
      const size = Math.abs(p[1]!);
      if (p[0]! < size) return;
      let r = size === 0 ? 0 : Math.min(32767, Math.floor((size * 32768) / p[0]!));
      if (p[1]! > 0) r = -r;
      k[n - 1] = r;
      if (n === MODEL_ORDER) return;
      p[0] = saturate(p[0]! + short((p[1]! * r + 16384) >> 15));
      for (let i = 1; i <= MODEL_ORDER - n; i++) {
        const old = p[i + 1]!;
        p[i] = saturate(old + short((w[i]! * r + 16384) >> 15));
        w[i] = saturate(w[i]! + short((old * r + 16384) >> 15));
      }
    }
  }

  #writeReflections(coder: RangeEncoder): void {
    for (let m = 0; m < MODEL_ORDER; m++) {
      const index = place(REFLECTION_BOUNDARIES, REFLECTION_START[m]!, this.#reflections[m]!);
      coder.symbol(REFLECTION_CDFS[m]!, index);
      this.#reflections[m] = REFLECTION_LEVELS[m]![index]!;
    }
  }

  #writeGain(coder: RangeEncoder, shift: number): number {
    const a = this.#polynomial;
    const c = this.#correlations;
    let energy = 0;
    for (let j = 0; j <= MODEL_ORDER; j++) {
      for (let n = 0; n <= MODEL_ORDER; n++) {
        const product = (Math.imul(c[Math.abs(j - n)]!, a[n]!) + 256) >> 9;
        energy = (energy + ((Math.imul(a[j]!, product) + 4) >> 3)) | 0;
      }
    }
    energy = shift > 0 ? energy >>> shift : (energy << -shift) >>> 0;
    energy = Math.min(energy, 0x7fffffff);
    const square = Math.min(0x7fffffff, Math.floor((120 * 2 ** 31) / energy));
    const index = place(GAIN_BOUNDARIES, GAIN_START, square);
    coder.symbol(GAIN_CDF, index);
    return GAIN_LEVELS[index]!;
  }
}

/** Between which boundaries a number lies, sought from a start. */
function place(boundaries: Int32Array, start: number, x: number): number {
  let index = start;
  const last = boundaries.length - 2;
  if (x > boundaries[index]!) {
    while (index < last && x > boundaries[index + 1]!) index++;
    return index;
  }
  do index--;
  while (index > 0 && x < boundaries[index]!);
  return Math.max(0, index);
}
