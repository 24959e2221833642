import { BandSynthesis } from './filterbank';
import { Lattice } from './lattice';
import { PitchFilter } from './pitch-filter';
import { RangeDecoder } from './range-decoder';
import { HIGH_ORDER, LOW_ORDER, SideInformation } from './side-information';
import {
  BINS,
  envelopeOf,
  fillDither,
  GAIN_CDF,
  GAIN_LEVELS,
  inverseSpectrum,
  MODEL_ORDER,
  polynomialOf,
  REFLECTION_CDFS,
  REFLECTION_LEVELS,
  VALUES,
} from './spectrum-model';
import { distribution } from './tables';
import { BAND, roundEven, Transform } from './transform';

export const FRAME_LENGTH_CDF = distribution('kFrameLengthCdf');
export const BANDWIDTH_CDF = distribution('kBwCdf');
/** Samples of a frame of 30 ms. */
export const FRAME = 480;
const POST_FILTER_GAIN = 1.3;

/** Decodes the layer of 0 to 8 kHz, which every packet has. */
export class LowerBandDecoder {
  /** The peer's estimate of what it can receive, from the last packet. */
  bandwidthIndex = 0;
  /** Bytes of the layer, after it was decoded. */
  length = 0;
  readonly #coder = new RangeDecoder();
  readonly #side = new SideInformation();
  readonly #dither = new Int16Array(VALUES);
  readonly #reflections = new Int32Array(MODEL_ORDER);
  readonly #polynomial = new Int16Array(MODEL_ORDER + 1);
  readonly #inverse = new Int32Array(BINS);
  readonly #envelope = new Uint16Array(BINS);
  readonly #re = new Float64Array(BAND);
  readonly #im = new Float64Array(BAND);
  readonly #low = new Float64Array(BAND);
  readonly #high = new Float64Array(BAND);
  readonly #joined = new Float64Array(FRAME);
  readonly #transform = new Transform();
  readonly #pitch = new PitchFilter(1);
  readonly #lowLattice = new Lattice(LOW_ORDER);
  readonly #highLattice = new Lattice(HIGH_ORDER);
  readonly #synthesis = new BandSynthesis();

  /**
   * Decodes the layer into samples of 16 kHz.
   *
   * @param redundant whether the payload is a second, coarser encoding in place of a lost one
   * @returns samples written; -1 when the layer is broken
   */
  decode(payload: Uint8Array, out: Int16Array, redundant = false): number {
    const coder = this.#coder;
    coder.start(payload, 0, payload.length);
    const frames = coder.symbol(FRAME_LENGTH_CDF);
    const bandwidth = coder.symbol(BANDWIDTH_CDF);
    if (coder.failed || frames === 0 || frames * FRAME > out.length) return -1;
    for (let i = 0; i < frames; i++) {
      if (!this.#side.read(coder) || !this.#readSpectrum()) return -1;
      this.#synthesize(out, i * FRAME, redundant);
      // What no encoder writes may drive the filters beyond all numbers: they must not stay there.
      if (!Number.isFinite(this.#joined[FRAME - 1]!)) {
        this.reset();
        return -1;
      }
    }
    this.length = coder.end;
    if (this.length > payload.length) return -1;
    this.bandwidthIndex = bandwidth;
    return frames * FRAME;
  }

  #readSpectrum(): boolean {
    const coder = this.#coder;
    const average = this.#side.averageGain;
    fillDither(coder.width, average, this.#dither);
    for (let m = 0; m < MODEL_ORDER; m++) {
      this.#reflections[m] = REFLECTION_LEVELS[m]![coder.symbol(REFLECTION_CDFS[m]!)]!;
    }
    const gain = GAIN_LEVELS[coder.symbol(GAIN_CDF)]!;
    if (coder.failed) return false;
    polynomialOf(this.#reflections, this.#polynomial);
    inverseSpectrum(this.#polynomial, gain, this.#inverse);
    if (!envelopeOf(this.#inverse, this.#envelope)) return false;
    const weight = average <= 614 ? 30720 : 36864;
    const offset = 32768 + ((average <= 614 ? 33 : 40) << 16);
    for (let m = 0; m < BINS; m++) {
      const divisor = (((this.#inverse[m]! + offset) >> 16) << 16) >> 16;
      const emphasis = divisor === 0 ? 32767 : (Math.trunc(weight / divisor) << 16) >> 16;
      for (let i = 0; i < 4; i++) {
        const value = coder.logistic(this.#dither[4 * m + i]!, this.#envelope[m]!);
        const y = ((value * emphasis + 512) >> 10) / 128;
        if ((i & 1) === 0) this.#re[2 * m + (i >> 1)] = y;
        else this.#im[2 * m + (i >> 1)] = y;
      }
      if (coder.failed) return false;
    }
    return true;
  }

  #synthesize(out: Int16Array, at: number, redundant: boolean): void {
    const side = this.#side;
    const low = this.#low;
    const high = this.#high;
    this.#transform.inverse(this.#re, this.#im, low, high);
    if (redundant) multiply(low, high, 2.5, 2.5);
    this.#pitch.run(low, side.lags, side.gains, POST_FILTER_GAIN / 4096);
    multiply(low, high, Math.fround(1 - Math.fround(Math.fround(0.45) * (side.averageGain / 4096))), 1);
    if (redundant) multiply(low, high, 0.4, 0.4);
    this.#lowLattice.allPole(low, side.lowReflections, side.lowGains);
    this.#highLattice.allPole(high, side.highReflections, side.highGains);
    this.#synthesis.run(low, high, this.#joined);
    for (let n = 0; n < FRAME; n++) out[at + n] = roundEven(Math.min(32767, Math.max(-32768, this.#joined[n]!)));
  }

  reset(): void {
    this.#pitch.reset();
    this.#lowLattice.reset();
    this.#highLattice.reset();
    this.#synthesis.reset();
    this.bandwidthIndex = 0;
  }
}

function multiply(low: Float64Array, high: Float64Array, lowFactor: number, highFactor: number): void {
  for (let n = 0; n < BAND; n++) {
    low[n]! *= lowFactor;
    high[n]! *= highFactor;
  }
}
