import { LOOK_AHEAD } from './band-analysis';
import { HighPass } from './filterbank';
import { autocorrelate, levinson } from './levinson';
import { BAND } from './transform';

const ORDER = 6;
const QUARTER = 60;
const TURN = (2 * Math.PI) / 8000;
// biome-ignore lint/suspicious/noApproximativeNumericConstant: with the eight decimals of the peers
const PI = 3.14159265;
const WINDOW = Float64Array.from({ length: BAND }, (_, k) => {
  const t = k + 0.5;
  return Math.sin(PI * ((0.3 * t) / 240 + (0.7 * t * t) / 57600)) ** 2;
});

/** Prepares the lower half band for the search of the pitch: weighted for the lags, whitened for the gains. */
export class PitchWeighting {
  /** Behind 6 samples of the frame before. */
  readonly weighted = new Float64Array(ORDER + BAND);
  /** Behind 24 samples of the frame before. */
  readonly whitened = new Float64Array(LOOK_AHEAD + BAND);
  readonly #highPass = new HighPass(0.94, 140 * TURN, 0.998, 35 * TURN);
  readonly #input = new Float64Array(2 * BAND);
  readonly #windowed = new Float64Array(BAND);
  readonly #r = new Float64Array(ORDER + 1);
  readonly #a = new Float64Array(ORDER + 1);
  readonly #b = new Float64Array(ORDER + 1);

  run(signal: Float64Array): void {
    const input = this.#input;
    const y = this.weighted;
    input.copyWithin(0, BAND);
    y.copyWithin(0, BAND);
    this.whitened.copyWithin(0, BAND);
    for (let n = 0; n < BAND; n++) input[BAND + n] = this.#highPass.run(signal[n]!);
    for (let from = QUARTER; from <= BAND; from += QUARTER) {
      for (let k = 0; k < BAND; k++) this.#windowed[k] = input[from + k]! * WINDOW[k]!;
      autocorrelate(this.#windowed, ORDER, this.#r);
      this.#r[0] = 1.01 * this.#r[0]! + 1;
      levinson(this.#r, ORDER, this.#a);
      for (let k = 0, power = 1; k <= ORDER; k++, power *= 0.9) this.#b[k] = this.#a[k]! * power;
      for (let t = from - QUARTER; t < from; t++) {
        let sum = 0;
        let white = 0;
        for (let k = 0; k <= ORDER; k++) {
          sum += this.#a[k]! * input[BAND + t - k]!;
          white += this.#b[k]! * input[BAND + t - k]!;
        }
        for (let k = 1; k <= ORDER; k++) sum -= this.#b[k]! * y[ORDER + t - k]!;
        y[ORDER + t] = sum;
        this.whitened[LOOK_AHEAD + t] = white;
      }
    }
  }

  reset(): void {
    this.#highPass.reset();
    this.#input.fill(0);
    this.weighted.fill(0);
    this.whitened.fill(0);
  }
}
