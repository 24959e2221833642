import { LOOK_AHEAD } from './band-analysis';
import { OpenLoopLags } from './open-loop-lags';
import { PitchFilter } from './pitch-filter';
import { PitchWeighting } from './pitch-weighting';
import { reals } from './tables';
import { BAND } from './transform';

const TOTAL = BAND + LOOK_AHEAD;
const WEIGHTS = reals('kWeight');
const FIRST_GAIN = 0.27;
const MOST_GAIN = 0.45;
const STEPS = 2;

/** Finds the pitch of a frame, and takes it out of the signal for the analysis of its spectrum. */
export class PitchAnalysis {
  readonly lags = new Float64Array(4);
  readonly gains = new Float64Array(4);
  /** The lower half band without its pitch, behind 24 samples of the frame before. */
  readonly filtered = new Float64Array(TOTAL);
  readonly #weighting = new PitchWeighting();
  readonly #openLoop = new OpenLoopLags();
  readonly #search = new PitchFilter(-1);
  readonly #whitener = new PitchFilter(-1);
  readonly #past = new Float64Array(LOOK_AHEAD);
  readonly #signal = new Float64Array(TOTAL);
  readonly #frame = new Float64Array(BAND);
  readonly #gradient = new Float64Array(4 * TOTAL);
  /** Four equations in four unknowns, with their right sides. */
  readonly #equations = new Float64Array(20);

  run(low: Float64Array): void {
    this.#weighting.run(low);
    const { weighted, whitened } = this.#weighting;
    const oldGain = this.#search.gain;
    this.#openLoop.run(weighted, weighted.length - BAND, this.#search.lag, oldGain, this.lags);
    this.gains.fill(FIRST_GAIN);
    for (let step = 0; step < STEPS; step++) this.#improve(whitened, oldGain);
    for (let n = 0; n < BAND; n++) this.#frame[n] = whitened[n]!;
    this.#search.run(this.#frame, this.lags, this.gains, 1);
    this.filtered.set(this.#past);
    this.filtered.set(low, LOOK_AHEAD);
    for (let n = 0; n < LOOK_AHEAD; n++) this.#past[n] = low[BAND - LOOK_AHEAD + n]!;
    this.#whitener.run(this.filtered, this.lags, this.gains, 1);
  }

  #improve(whitened: Float64Array, oldGain: number): void {
    const { gains } = this;
    const out = this.#signal;
    const gradient = this.#gradient;
    out.set(whitened);
    this.#search.probe(out, this.lags, gains, gradient);
    let energy = 0;
    for (let t = 0; t < TOTAL; t++) energy += whitened[t]! * whitened[t]!;
    const scale = energy > 0 ? 1 / energy : 0;
    const e = this.#equations;
    for (let i = 0; i < 4; i++) {
      let slope = 0;
      for (let t = 0; t < TOTAL; t++) slope += out[t]! * gradient[i * TOTAL + t]!;
      slope *= scale;
      slope += 3 * WEIGHTS[5 * (i + 1)]! * oldGain;
      for (let j = 0; j < 4; j++) {
        let sum = 0;
        for (let t = 0; t < TOTAL; t++) sum += gradient[i * TOTAL + t]! * gradient[j * TOTAL + t]!;
        const weight = 3 * WEIGHTS[5 * (i + 1) + j + 1]!;
        slope += weight * gains[j]!;
        e[5 * i + j] = sum * scale + weight;
      }
      const near = 1 / (1 - gains[i]!);
      const penalty = (i === 3 ? 1.33 : 1) * 0.005 * near * near;
      e[5 * i + 4] = slope + penalty;
      e[5 * i + i]! += 2 * penalty * near;
    }
    solve(e);
    for (let i = 0; i < 4; i++) gains[i] = Math.min(MOST_GAIN, Math.max(0, gains[i]! - e[5 * i + 4]!));
  }

  reset(): void {
    this.#weighting.reset();
    this.#openLoop.reset();
    this.#search.reset();
    this.#whitener.reset();
    this.#past.fill(0);
  }
}

/** Solves a positive definite system in place; the solution takes the place of the right sides. */
function solve(e: Float64Array): void {
  for (let i = 0; i < 4; i++) {
    for (let row = i + 1; row < 4; row++) {
      const factor = e[5 * row + i]! / e[5 * i + i]!;
      for (let j = i; j < 5; j++) e[5 * row + j]! -= factor * e[5 * i + j]!;
    }
  }
  for (let i = 3; i >= 0; i--) {
    let sum = e[5 * i + 4]!;
    for (let j = i + 1; j < 4; j++) sum -= e[5 * i + j]! * e[5 * j + 4]!;
    e[5 * i + 4] = sum / e[5 * i + i]!;
  }
}
