import type { RangeDecoder } from './range-decoder';
import { distribution, distributions, integers, reals } from './tables';

/** Sub-frames of the perceptual filters, and the orders of the lower and the upper half of the band. */
export const SUBFRAMES = 6;
export const LOW_ORDER = 12;
export const HIGH_ORDER = 6;
export const SHAPE = LOW_ORDER + HIGH_ORDER;

export const PITCH_GAIN_CDF = distribution('kQPitchGainCdf');
const GAINS = ([1, 2, 3, 4] as const).map((i) => integers(`kQMeanGain${i}Q12`));
const LAST_GAIN = 143;

interface LagClass {
  readonly cdfs: readonly Uint16Array[];
  readonly step: number;
  readonly lower: Int32Array;
  readonly upper: Int32Array;
  readonly means: readonly Float64Array[];
}
const lagClass = (kind: 'Lo' | 'Mid' | 'Hi'): LagClass => ({
  cdfs: ([1, 2, 3, 4] as const).map((i) => distribution(`kQPitchLagCdf${i}${kind}`)),
  step: reals(`kQPitchLagStepsize${kind}`)[0]!,
  lower: integers(kind === 'Hi' ? 'kQindexLowerLimitLagHi' : `kQIndexLowerLimitLag${kind}`),
  upper: integers(kind === 'Hi' ? 'kQindexUpperLimitLagHi' : `kQIndexUpperLimitLag${kind}`),
  means: [reals(`kQMeanLag2${kind}`), reals(`kQMeanLag3${kind}`), reals(`kQMeanLag4${kind}`)],
});
const LAG_CLASSES = [lagClass('Lo'), lagClass('Mid'), lagClass('Hi')] as const;
const TRANSPOSED = reals('kTransformTranspose');

export const MODEL_CDF = distribution('kQKltModelCdf');
export const SHAPE_CDFS = distributions('kQKltCdfPtrShape');
export const LPC_GAIN_CDFS = distributions('kQKltCdfPtrGain');
const SHAPE_LEVELS = reals('kQKltLevelsShape');
const SHAPE_OFFSETS = integers('kQKltOffsetShape');
const LPC_GAIN_LEVELS = reals('kQKltLevelsGain');
const LPC_GAIN_OFFSETS = integers('kQKltOffsetGain');
export const SHAPE_T1 = reals('kKltT1Shape');
export const SHAPE_T2 = reals('kKltT2Shape');
export const GAIN_T1 = reals('kKltT1Gain');
export const GAIN_T2 = reals('kKltT2Gain');
export const SHAPE_MEANS = reals('kLpcMeansShape');
export const GAIN_MEANS = reals('kLpcMeansGain');
export const LOW_SCALE = Math.fround(2.1);
export const HIGH_SCALE = Math.fround(0.45);

/** Pitch and perceptual filters of one frame, as both sides know them. */
export class SideInformation {
  /** Pitch gains (Q12) and their average. */
  readonly gains = new Int32Array(4);
  averageGain = 0;
  /** Pitch lags in samples of the half band. */
  readonly lags = new Float64Array(4);
  /** Reflection coefficients of each sub-frame: of the lower half, of the upper half. */
  readonly lowReflections = new Float64Array(SUBFRAMES * LOW_ORDER);
  readonly highReflections = new Float64Array(SUBFRAMES * HIGH_ORDER);
  readonly lowGains = new Float64Array(SUBFRAMES);
  readonly highGains = new Float64Array(SUBFRAMES);

  readonly lagIndices = new Int32Array(4);
  readonly shapeIndices = new Int32Array(SUBFRAMES * SHAPE);
  readonly gainIndices = new Int32Array(SUBFRAMES * 2);
  readonly #levels = new Float64Array(SUBFRAMES * SHAPE);
  readonly #between = new Float64Array(SUBFRAMES * SHAPE);

  /** Reads all of it from a payload. */
  read(decoder: RangeDecoder): boolean {
    const gain = decoder.symbol(PITCH_GAIN_CDF);
    if (decoder.failed || gain > LAST_GAIN) return false;
    this.setGains(gain);
    const { cdfs } = this.lagClass;
    for (let i = 0; i < 4; i++) this.lagIndices[i] = decoder.symbol(cdfs[i]!);
    this.setLags();
    // Models 1 and 2 are of a generation before this one.
    if (decoder.symbol(MODEL_CDF) !== 0 || decoder.failed) return false;
    for (let i = 0; i < SUBFRAMES * SHAPE; i++) this.shapeIndices[i] = decoder.symbol(SHAPE_CDFS[i]!);
    for (let i = 0; i < SUBFRAMES * 2; i++) this.gainIndices[i] = decoder.symbol(LPC_GAIN_CDFS[i]!);
    if (decoder.failed) return false;
    this.setShape();
    this.setLpcGains();
    return true;
  }

  setGains(index: number): void {
    let sum = 0;
    for (let k = 0; k < 4; k++) {
      this.gains[k] = GAINS[k]![index]!;
      sum += this.gains[k]!;
    }
    this.averageGain = sum >> 2;
  }

  get lagClass(): LagClass {
    const mean = (this.gains[0]! + this.gains[1]! + this.gains[2]! + this.gains[3]!) / 16384;
    return LAG_CLASSES[mean < 0.2 ? 0 : mean < 0.4 ? 1 : 2]!;
  }

  setLags(): void {
    const { lower, step, means } = this.lagClass;
    const [i1, i2, i3, i4] = this.lagIndices;
    const c1 = (i1! + lower[0]!) * step;
    const c2 = means[0]![i2!]!;
    const c3 = means[1]![i3!]!;
    const c4 = means[2]![i4!]!;
    for (let k = 0; k < 4; k++) {
      const lag =
        TRANSPOSED[4 * k]! * c1 +
        TRANSPOSED[4 * k + 1]! * c2 +
        TRANSPOSED[4 * k + 2]! * c3 +
        TRANSPOSED[4 * k + 3]! * c4;
      this.lags[k] = Math.min(180, Math.max(10, lag));
    }
  }

  setShape(): void {
    const levels = this.#levels;
    for (let i = 0; i < SUBFRAMES * SHAPE; i++) {
      levels[i] = SHAPE_LEVELS[SHAPE_OFFSETS[i]! + this.shapeIndices[i]!]!;
    }
    inverseKlt(levels, this.#between, SHAPE, SHAPE_T1, SHAPE_T2);
    for (let j = 0; j < SUBFRAMES; j++) {
      for (let n = 0; n < SHAPE; n++) {
        const low = n < LOW_ORDER;
        const ratio = Math.exp(levels[j * SHAPE + n]! / (low ? LOW_SCALE : HIGH_SCALE) + SHAPE_MEANS[j * SHAPE + n]!);
        const reflection = (ratio - 1) / (ratio + 1);
        if (low) this.lowReflections[j * LOW_ORDER + n] = reflection;
        else this.highReflections[j * HIGH_ORDER + n - LOW_ORDER] = reflection;
      }
    }
  }

  setLpcGains(): void {
    const levels = this.#levels;
    for (let i = 0; i < SUBFRAMES * 2; i++) {
      levels[i] = LPC_GAIN_LEVELS[LPC_GAIN_OFFSETS[i]! + this.gainIndices[i]!]!;
    }
    inverseKlt(levels, this.#between, 2, GAIN_T1, GAIN_T2);
    for (let j = 0; j < SUBFRAMES; j++) {
      this.lowGains[j] = Math.exp(levels[2 * j]! / 4 + GAIN_MEANS[2 * j]!);
      this.highGains[j] = Math.exp(levels[2 * j + 1]! / 4 + GAIN_MEANS[2 * j + 1]!);
    }
  }
}

/** Undoes the Karhunen-Loève transform over the coefficients of a sub-frame and over the sub-frames, in place. */
function inverseKlt(
  values: Float64Array,
  between: Float64Array,
  width: number,
  within: Float64Array,
  across: Float64Array,
): void {
  for (let j = 0; j < SUBFRAMES; j++) {
    for (let k = 0; k < width; k++) {
      let sum = 0;
      for (let n = 0; n < width; n++) sum += values[j * width + n]! * within[k * width + n]!;
      between[j * width + k] = sum;
    }
  }
  for (let j = 0; j < SUBFRAMES; j++) {
    for (let k = 0; k < width; k++) {
      let sum = 0;
      for (let n = 0; n < SUBFRAMES; n++) sum += between[n * width + k]! * across[n * SUBFRAMES + j]!;
      values[j * width + k] = sum;
    }
  }
}
