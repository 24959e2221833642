import { reals } from './tables';
import { BAND, roundEven } from './transform';

const HISTORY = 190;
const INTERPOLATION = reals('kIntrpCoef');
const DAMPING = reals('kDampFilter');
const FIRST_LAG = 50;

/** The long-term filter of the lower half band: adds what was one pitch lag ago (`sign` 1, in the decoder) or takes it away (−1). */
export class PitchFilter {
  readonly #buffer = new Float64Array(HISTORY + BAND);
  readonly #damped = new Float64Array(5);
  #lag = FIRST_LAG;
  #gain = 0;

  constructor(private readonly sign: 1 | -1) {}

  /** Filters a frame in place. @param factor what the gains (Q12) are multiplied by */
  run(signal: Float64Array, lags: Float64Array, gains: Int32Array, factor: number): void {
    const buffer = this.#buffer;
    const damped = this.#damped;
    if (lags[0]! > 1.5 * this.#lag || lags[0]! < 0.67 * this.#lag) {
      this.#lag = lags[0]!;
      this.#gain = gains[0]! * factor;
    }
    for (let k = 0, t = 0; k < 4; k++) {
      const nextGain = gains[k]! * factor;
      const lagStep = (lags[k]! - this.#lag) / 5;
      const gainStep = (nextGain - this.#gain) / 5;
      let lag = this.#lag;
      let gain = this.#gain;
      this.#lag = lags[k]!;
      this.#gain = nextGain;
      for (let step = 0; step < 5; step++) {
        gain += gainStep;
        lag += lagStep;
        const whole = roundEven(lag + 2);
        const row = 9 * Math.min(7, Math.max(0, roundEven(8 * (whole - (lag + 1.5)) - 0.5)));
        for (let n = 0; n < 12; n++, t++) {
          let past = 0;
          const from = HISTORY + t - whole;
          for (let m = 0; m < 9; m++) past += buffer[from + m]! * INTERPOLATION[row + m]!;
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
    }
    buffer.copyWithin(0, BAND, BAND + HISTORY);
  }

  reset(): void {
    this.#buffer.fill(0);
    this.#damped.fill(0);
    this.#lag = FIRST_LAG;
    this.#gain = 0;
  }
}
