import type { PerceptualAnalysis } from './perceptual-analysis';
import type { RangeEncoder } from './range-encoder';
import {
  GAIN_MEANS,
  GAIN_T1,
  GAIN_T2,
  HIGH_ORDER,
  HIGH_SCALE,
  LOW_ORDER,
  LOW_SCALE,
  LPC_GAIN_CDFS,
  MODEL_CDF,
  PITCH_GAIN_CDF,
  SHAPE,
  SHAPE_CDFS,
  SHAPE_MEANS,
  SHAPE_T1,
  SHAPE_T2,
  type SideInformation,
  SUBFRAMES,
} from './side-information';
import { integers, reals } from './tables';
import { roundEven } from './transform';

const TRANSFORM = reals('kTransform');
const GAIN_LOWER = integers('kIndexLowerLimitGain');
const GAIN_UPPER = integers('kIndexUpperLimitGain');
const GAIN_STEP = 0.125;
const SHAPE_MIN = integers('kQKltQuantMinShape');
const SHAPE_MAX = integers('kQKltMaxIndShape');
const LPC_GAIN_MIN = integers('kQKltQuantMinGain');
const LPC_GAIN_MAX = integers('kQKltMaxIndGain');
const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));

/** Quantises and writes what {@link SideInformation} reads, and leaves there what the decoder will have. */
export class SideQuantizer {
  readonly #values = new Float64Array(SUBFRAMES * SHAPE);
  readonly #between = new Float64Array(SUBFRAMES * SHAPE);
  readonly #a = new Float64Array(LOW_ORDER + 1);
  readonly #previous = new Float64Array(LOW_ORDER + 1);
  readonly #angles = new Float64Array(4);

  constructor(private readonly side: SideInformation) {}

  writePitch(coder: RangeEncoder, gains: Float64Array, lags: Float64Array): void {
    const { side } = this;
    const angles = this.#angles;
    for (let k = 0; k < 4; k++) angles[k] = Math.asin(Math.trunc(gains[k]! * 4096) / 4096);
    let index = 0;
    for (let k = 0; k < 3; k++) {
      const lower = GAIN_LOWER[k]!;
      const level = clamp(roundEven(project(k, angles) / GAIN_STEP), lower, GAIN_UPPER[k]!) - lower;
      index += level * (k === 0 ? 18 : k === 1 ? 3 : 1);
    }
    coder.symbol(PITCH_GAIN_CDF, index);
    side.setGains(index);
    const { cdfs, step, lower, upper } = side.lagClass;
    for (let k = 0; k < 4; k++) {
      const level = clamp(roundEven(project(k, lags) / step), lower[k]!, upper[k]!) - lower[k]!;
      side.lagIndices[k] = level;
      coder.symbol(cdfs[k]!, level);
    }
    side.setLags();
  }

  writeShape(coder: RangeEncoder, analysis: PerceptualAnalysis): void {
    const { side } = this;
    const values = this.#values;
    for (let j = 0; j < SUBFRAMES; j++) {
      this.#areas(analysis.low, j, LOW_ORDER, j * SHAPE, LOW_SCALE);
      this.#areas(analysis.high, j, HIGH_ORDER, j * SHAPE + LOW_ORDER, HIGH_SCALE);
    }
    forwardKlt(values, this.#between, SHAPE, SHAPE_T1, SHAPE_T2);
    coder.symbol(MODEL_CDF, 0);
    for (let i = 0; i < SUBFRAMES * SHAPE; i++) {
      const index = clamp(roundEven(values[i]!) + SHAPE_MIN[i]!, 0, SHAPE_MAX[i]!);
      side.shapeIndices[i] = index;
      coder.symbol(SHAPE_CDFS[i]!, index);
    }
    side.setShape();
  }

  /** Logarithmic area ratios of a polynomial, less their means, where the transform takes them. */
  #areas(polynomials: Float64Array, subframe: number, order: number, at: number, scale: number): void {
    const a = this.#a;
    const previous = this.#previous;
    for (let n = 0; n <= order; n++) a[n] = polynomials[subframe * (order + 1) + n]!;
    for (let m = order; m >= 1; m--) {
      const r = a[m]!;
      this.#values[at + m - 1] = (Math.log((1 + r) / (1 - r)) - SHAPE_MEANS[at + m - 1]!) * scale;
      for (let k = 1; k < m; k++) previous[k] = (a[k]! - r * a[m - k]!) / (1 - r * r);
      for (let k = 1; k < m; k++) a[k] = previous[k]!;
    }
  }

  writeGains(coder: RangeEncoder, lowGains: Float64Array, highGains: Float64Array): void {
    const { side } = this;
    const values = this.#values;
    for (let j = 0; j < SUBFRAMES; j++) {
      values[2 * j] = (Math.log(lowGains[j]!) - GAIN_MEANS[2 * j]!) * 4;
      values[2 * j + 1] = (Math.log(highGains[j]!) - GAIN_MEANS[2 * j + 1]!) * 4;
    }
    forwardKlt(values, this.#between, 2, GAIN_T1, GAIN_T2);
    for (let i = 0; i < SUBFRAMES * 2; i++) {
      const index = clamp(roundEven(values[i]!) + LPC_GAIN_MIN[i]!, 0, LPC_GAIN_MAX[i]!);
      side.gainIndices[i] = index;
      coder.symbol(LPC_GAIN_CDFS[i]!, index);
    }
    side.setLpcGains();
  }
}

const project = (k: number, x: Float64Array) =>
  TRANSFORM[4 * k]! * x[0]! +
  TRANSFORM[4 * k + 1]! * x[1]! +
  TRANSFORM[4 * k + 2]! * x[2]! +
  TRANSFORM[4 * k + 3]! * x[3]!;

/** The Karhunen-Loève transform over the coefficients of a sub-frame and over the sub-frames, in place. */
function forwardKlt(
  values: Float64Array,
  between: Float64Array,
  width: number,
  within: Float64Array,
  across: Float64Array,
): void {
  for (let j = 0; j < SUBFRAMES; j++) {
    for (let k = 0; k < width; k++) {
      let sum = 0;
      for (let n = 0; n < width; n++) sum += values[j * width + n]! * within[n * width + k]!;
      between[j * width + k] = sum;
    }
  }
  for (let j = 0; j < SUBFRAMES; j++) {
    for (let k = 0; k < width; k++) {
      let sum = 0;
      for (let n = 0; n < SUBFRAMES; n++) sum += between[n * width + k]! * across[j * SUBFRAMES + n]!;
      values[j * width + k] = sum;
    }
  }
}
