import { reals } from './tables';
import { BAND, roundEven } from './transform';

const HISTORY = 190;
const LOOK_AHEAD = 24;
const TOTAL = BAND + LOOK_AHEAD;
const INTERPOLATION = reals('kIntrpCoef');
const DAMPING = reals('kDampFilter');
const FIRST_LAG = 50;

/** The long-term filter of the lower half band: adds what was one pitch lag ago (`sign` 1, in the decoder) or takes it away (−1). */
export class PitchFilter {
  readonly #buffer = new Float64Array(HISTORY + TOTAL);
  readonly #damped = new Float64Array(5);
  readonly #keptDamped = new Float64Array(5);
  readonly #gradientDamped = new Float64Array(20);
  readonly #weights = new Float64Array(4);
  #lag = FIRST_LAG;
  #gain = 0;

  constructor(private readonly sign: 1 | -1) {}

  /** The last sub-frame's lag and gain. */
  get lag(): number {
    return this.#lag;
  }

  get gain(): number {
    return this.#gain;
  }

  /**
   * Filters a frame in place, and what of the next follows it in the signal, with the last parameters.
   *
   * @param factor what the gains are multiplied by
   */
  run(signal: Float64Array, lags: Float64Array, gains: ArrayLike<number>, factor: number): void {
    this.#filter(signal, lags, gains, factor, undefined);
    this.#buffer.copyWithin(0, BAND, BAND + HISTORY);
  }

  /**
   * Filters a frame and leaves no trace in the state.
   *
   * @param gradient where the derivatives of the output by each of the four gains go, 264 samples each
   */
  probe(signal: Float64Array, lags: Float64Array, gains: ArrayLike<number>, gradient: Float64Array): void {
    const lag = this.#lag;
    const gain = this.#gain;
    const d0 = this.#damped[0]!;
    const d1 = this.#damped[1]!;
    const d2 = this.#damped[2]!;
    const d3 = this.#damped[3]!;
    const d4 = this.#damped[4]!;
    this.#filter(signal, lags, gains, 1, gradient);
    this.#damped[0] = d0;
    this.#damped[1] = d1;
    this.#damped[2] = d2;
    this.#damped[3] = d3;
    this.#damped[4] = d4;
    this.#lag = lag;
    this.#gain = gain;
  }

  #filter(
    signal: Float64Array,
    lags: Float64Array,
    gains: ArrayLike<number>,
    factor: number,
    gradient: Float64Array | undefined,
  ): void {
    const weights = this.#weights.fill(0);
    this.#gradientDamped.fill(0);
    if (lags[0]! > 1.5 * this.#lag || lags[0]! < 0.67 * this.#lag) {
      this.#lag = lags[0]!;
      this.#gain = gains[0]! * factor;
      weights[0] = 1;
    }
    let row = 0;
    let whole = 0;
    let gain = 0;
    for (let k = 0, t = 0; k < 4; k++) {
      const nextGain = gains[k]! * factor;
      const lagStep = (lags[k]! - this.#lag) / 5;
      const gainStep = (nextGain - this.#gain) / 5;
      let lag = this.#lag;
      gain = this.#gain;
      this.#lag = lags[k]!;
      this.#gain = nextGain;
      for (let step = 0; step < 5; step++, t += 12) {
        gain += gainStep;
        lag += lagStep;
        whole = roundEven(lag + 2);
        row = 9 * Math.min(7, Math.max(0, roundEven(8 * (whole - (lag + 1.5)) - 0.5)));
        weights[k] = Math.min(1, weights[k]! + 0.2);
        if (k > 0) weights[k - 1]! -= 0.2;
        this.#stretch(signal, t, t + 12, whole, row, gain);
        if (gradient) this.#differentiate(gradient, t, t + 12, whole, row, gain, k);
      }
    }
    if (signal.length === BAND) return;
    this.#keptDamped.set(this.#damped);
    this.#stretch(signal, BAND, TOTAL, whole, row, gain);
    this.#damped.set(this.#keptDamped);
    if (gradient) this.#differentiate(gradient, BAND, TOTAL, whole, row, gain, 3);
  }

  #stretch(signal: Float64Array, from: number, to: number, whole: number, row: number, gain: number): void {
    const buffer = this.#buffer;
    const damped = this.#damped;
    for (let t = from; t < to; t++) {
      let past = 0;
      const at = HISTORY + t - whole;
      for (let m = 0; m < 9; m++) past += buffer[at + m]! * INTERPOLATION[row + m]!;
      damped[4] = damped[3]!;
      damped[3] = damped[2]!;
      damped[2] = damped[1]!;
      damped[1] = damped[0]!;
      damped[0] = gain * past;
      let sum = 0;
      for (let m = 0; m < 5; m++) sum += damped[m]! * DAMPING[m]!;
      const x = signal[t]!;
      const y = x + this.sign * sum;
      signal[t] = y;
      buffer[HISTORY + t] = x + y;
    }
  }

  #differentiate(
    gradient: Float64Array,
    from: number,
    to: number,
    whole: number,
    row: number,
    gain: number,
    last: number,
  ): void {
    const buffer = this.#buffer;
    for (let j = 0; j < 4; j++) {
      const base = j * TOTAL;
      if (j > last) {
        for (let t = from; t < to; t++) gradient[base + t] = 0;
        continue;
      }
      const y = 5 * j;
      const damped = this.#gradientDamped;
      for (let t = from; t < to; t++) {
        let past = 0;
        let slope = 0;
        const at = t - whole;
        for (let m = 0; m < 9; m++) {
          past += buffer[HISTORY + at + m]! * INTERPOLATION[row + m]!;
          if (at + m >= 0) slope += gradient[base + at + m]! * INTERPOLATION[row + m]!;
        }
        damped[y + 4] = damped[y + 3]!;
        damped[y + 3] = damped[y + 2]!;
        damped[y + 2] = damped[y + 1]!;
        damped[y + 1] = damped[y]!;
        damped[y] = this.#weights[j]! * past + gain * slope;
        let sum = 0;
        for (let m = 0; m < 5; m++) sum += damped[y + m]! * DAMPING[m]!;
        gradient[base + t] = this.sign * sum;
      }
    }
  }

  reset(): void {
    this.#buffer.fill(0);
    this.#damped.fill(0);
    this.#lag = FIRST_LAG;
    this.#gain = 0;
  }
}
