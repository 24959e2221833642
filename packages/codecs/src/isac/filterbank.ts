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

  reset(): void {
    this.#w1 = 0;
    this.#w2 = 0;
  }
}

const TURN = (2 * Math.PI) / 16000;

/** Joins the two half bands of 240 samples to 480, and takes away what is below hearing. */
export class BandSynthesis {
  readonly #upper = upperChain();
  readonly #lower = lowerChain();
  readonly #first = new HighPass(0.99857, 29 * TURN, 0.99, 0);
  readonly #second = new HighPass(0.99334, 38.5 * TURN, 0.99, 0);

  run(low: Float64Array, high: Float64Array, out: Float64Array): void {
    for (let n = 0; n < BAND; n++) {
      const even = this.#upper.run(low[n]! - high[n]!);
      const odd = this.#lower.run(low[n]! + high[n]!);
      out[2 * n] = this.#second.run(this.#first.run(even));
      out[2 * n + 1] = this.#second.run(this.#first.run(odd));
    }
  }

  reset(): void {
    this.#upper.reset();
    this.#lower.reset();
    this.#first.reset();
    this.#second.reset();
  }
}
