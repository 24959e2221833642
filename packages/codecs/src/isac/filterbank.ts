import { reals } from './tables';
import { BAND } from './transform';

const UPPER = reals('kUpperApFactorsFloat');
const LOWER = reals('kLowerApFactorsFloat');

/** Two first-order all-pass sections in a row. */
export class AllPassPair {
  #a = 0;
  #b = 0;

  constructor(private readonly factors: Float64Array) {}

  run(x: number): number {
    const [first, second] = this.factors;
    const middle = this.#a + first! * x;
    this.#a = x - first! * middle;
    const out = this.#b + second! * middle;
    this.#b = middle - second! * out;
    return out;
  }

  /** Filters the first 240 samples in place. */
  filter(signal: Float64Array): void {
    const [first, second] = this.factors as unknown as readonly [number, number];
    let a = this.#a;
    let b = this.#b;
    for (let n = 0; n < BAND; n++) {
      const x = signal[n]!;
      const middle = a + first * x;
      a = x - first * middle;
      const out = b + second * middle;
      b = middle - second * out;
      signal[n] = out;
    }
    this.#a = a;
    this.#b = b;
  }

  /** Adds to the state of both sections. */
  correct(a: number, b: number): void {
    this.#a += a;
    this.#b += b;
  }

  reset(): void {
    this.#a = 0;
    this.#b = 0;
  }
}

export const upperChain = () => new AllPassPair(UPPER);
export const lowerChain = () => new AllPassPair(LOWER);

/** A high-pass of second order, from a pole and a zero. */
export class HighPass {
  #w1 = 0;
  #w2 = 0;
  readonly #a1: number;
  readonly #a2: number;
  readonly #b1: number;
  readonly #b2: number;

  /** @param angles of the pole and of the zero, in radians */
  constructor(pole: number, poleAngle: number, zero: number, zeroAngle: number) {
    this.#a1 = -2 * pole * Math.cos(poleAngle);
    this.#a2 = pole * pole;
    this.#b1 = -2 * zero * Math.cos(zeroAngle) - this.#a1;
    this.#b2 = zero * zero - this.#a2;
  }

  run(x: number): number {
    const y = x + this.#b1 * this.#w1 + this.#b2 * this.#w2;
    const w = x - this.#a1 * this.#w1 - this.#a2 * this.#w2;
    this.#w2 = this.#w1;
    this.#w1 = w;
    return y;
  }

  /** Filters in place. */
  filter(signal: Float64Array): void {
    const a1 = this.#a1;
    const a2 = this.#a2;
    const b1 = this.#b1;
    const b2 = this.#b2;
    let w1 = this.#w1;
    let w2 = this.#w2;
    for (let n = 0; n < signal.length; n++) {
      const x = signal[n]!;
      signal[n] = x + b1 * w1 + b2 * w2;
      const w = x - a1 * w1 - a2 * w2;
      w2 = w1;
      w1 = w;
    }
    this.#w1 = w1;
    this.#w2 = w2;
  }

  reset(): void {
    this.#w1 = 0;
    this.#w2 = 0;
  }
}

const TURN = (2 * Math.PI) / 16000;

/** Joins the two half bands of 240 samples to 480, and takes away what is below hearing. */
export class BandSynthesis {
  readonly #odd = new Float64Array(BAND);
  readonly #even = new Float64Array(BAND);
  readonly #upper = upperChain();
  readonly #lower = lowerChain();
  readonly #first = new HighPass(0.99857, 29 * TURN, 0.99, 0);
  readonly #second = new HighPass(0.99334, 38.5 * TURN, 0.99, 0);

  run(low: Float64Array, high: Float64Array, out: Float64Array): void {
    for (let n = 0; n < BAND; n++) {
      this.#odd[n] = low[n]! + high[n]!;
      this.#even[n] = low[n]! - high[n]!;
    }
    this.#lower.filter(this.#odd);
    this.#upper.filter(this.#even);
    for (let n = 0; n < BAND; n++) {
      out[2 * n] = this.#even[n]!;
      out[2 * n + 1] = this.#odd[n]!;
    }
    this.#first.filter(out);
    this.#second.filter(out);
  }

  reset(): void {
    this.#upper.reset();
    this.#lower.reset();
    this.#first.reset();
    this.#second.reset();
  }
}
