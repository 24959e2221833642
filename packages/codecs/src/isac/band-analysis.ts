import { HighPass, lowerChain, upperChain } from './filterbank';
import { reals } from './tables';
import { BAND } from './transform';

/** By how much the bands to be coded lag behind those looked ahead at, in samples of a band. */
export const LOOK_AHEAD = 24;
const COMPOSITE = reals('kCompositeApFactorsFloat');
const CORRECTIONS = [reals('kTransform1Float'), reals('kTransform2Float')] as const;
const TURN = (2 * Math.PI) / 16000;

/** Splits 480 samples, which it overwrites, into two half bands of 240: with linear phase and late, and early for the analyses. */
export class BandAnalysis {
  readonly low = new Float64Array(BAND);
  readonly high = new Float64Array(BAND);
  readonly earlyLow = new Float64Array(BAND);
  readonly earlyHigh = new Float64Array(BAND);
  readonly #highPass = new HighPass(0.9746, 40 * TURN, 1, 12 * TURN);
  readonly #channels = [new Float64Array(BAND), new Float64Array(BAND)] as const;
  readonly #past = [new Float64Array(LOOK_AHEAD), new Float64Array(LOOK_AHEAD)] as const;
  readonly #backward = new Float64Array(BAND + LOOK_AHEAD);
  readonly #forward = [upperChain(), lowerChain()] as const;
  readonly #early = [upperChain(), lowerChain()] as const;
  readonly #composite = new Float64Array(4);

  run(input: Float64Array): void {
    const [odd, even] = this.#channels;
    this.#highPass.filter(input);
    for (let n = 0; n < BAND; n++) {
      even[n] = input[2 * n]!;
      odd[n] = input[2 * n + 1]!;
    }
    this.earlyLow.set(odd);
    this.earlyHigh.set(even);
    this.#early[0].filter(this.earlyLow);
    this.#early[1].filter(this.earlyHigh);
    for (let n = 0; n < BAND; n++) {
      const first = this.earlyLow[n]!;
      const second = this.earlyHigh[n]!;
      this.earlyLow[n] = (first + second) / 2;
      this.earlyHigh[n] = (first - second) / 2;
    }
    this.#channel(0, this.low);
    this.#channel(1, this.high);
    for (let n = 0; n < BAND; n++) {
      const first = this.low[n]!;
      const second = this.high[n]!;
      this.low[n] = (first + second) / 2;
      this.high[n] = (first - second) / 2;
    }
  }

  #channel(index: 0 | 1, out: Float64Array): void {
    const channel = this.#channels[index];
    const past = this.#past[index];
    const state = this.#composite.fill(0);
    for (let n = BAND - 1; n >= 0; n--) this.#backward[n + LOOK_AHEAD] = this.#section(channel[n]!);
    const m = CORRECTIONS[index];
    let first = 0;
    let second = 0;
    for (let n = 0; n < 4; n++) {
      first += state[n]! * m[n]!;
      second += state[n]! * m[2 + n]!;
    }
    this.#forward[index].correct(first, second);
    for (let n = LOOK_AHEAD - 1; n >= 0; n--) this.#backward[n] = this.#section(past[n]!);
    for (let n = 0; n < BAND; n++) out[n] = this.#backward[n]!;
    this.#forward[index].filter(out);
    for (let n = 0; n < LOOK_AHEAD; n++) past[n] = channel[BAND - LOOK_AHEAD + n]!;
  }

  #section(input: number): number {
    let x = input;
    for (let i = 0; i < 4; i++) {
      const y = this.#composite[i]! + COMPOSITE[i]! * x;
      this.#composite[i] = x - COMPOSITE[i]! * y;
      x = y;
    }
    return x;
  }

  reset(): void {
    this.#highPass.reset();
    for (const index of [0, 1] as const) {
      this.#past[index].fill(0);
      this.#forward[index].reset();
      this.#early[index].reset();
    }
  }
}
