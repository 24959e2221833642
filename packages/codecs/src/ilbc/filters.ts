import { ORDER } from './tables';

/**
 * Filters in place by 1/A(z); the ten samples before `start` are what came out before.
 *
 * @param a coefficients, the leading 1 at `at`
 */
export function allPole(x: Float64Array, start: number, length: number, a: Float64Array, at: number): void {
  for (let n = start; n < start + length; n++) {
    let sum = x[n]!;
    for (let k = 1; k <= ORDER; k++) sum -= a[at + k]! * x[n - k]!;
    x[n] = sum;
  }
}

/** A filter of second order that removes what is below the voice, for the input (§3.1) or the output (§4.8). */
export class HighPass {
  readonly #coefficients: Float64Array;
  /** The two samples that went in before, and the two that came out. */
  readonly #past = new Float64Array(4);

  constructor(b0: number, b1: number, a1: number, a2: number) {
    this.#coefficients = Float64Array.of(b0, b1, a1, a2);
  }

  /** Filters in place. */
  run(signal: Float64Array, start: number, length: number): void {
    const coefficients = this.#coefficients;
    const b0 = coefficients[0]!;
    const b1 = coefficients[1]!;
    const a1 = coefficients[2]!;
    const a2 = coefficients[3]!;
    const past = this.#past;
    let x1 = past[0]!;
    let x2 = past[1]!;
    let y1 = past[2]!;
    let y2 = past[3]!;
    for (let i = start; i < start + length; i++) {
      const x = signal[i]!;
      const y = b0 * (x + x2) + b1 * x1 - a1 * y1 - a2 * y2;
      x2 = x1;
      x1 = x;
      y2 = y1;
      y1 = y;
      signal[i] = y;
    }
    past[0] = x1;
    past[1] = x2;
    past[2] = y1;
    past[3] = y2;
  }

  reset(): void {
    this.#past.fill(0);
  }
}

export const inputHighPass = () => new HighPass(0.92727436, -1.8544941, -1.9059465, 0.9114024);
export const outputHighPass = () => new HighPass(0.93980581, -1.8795834, -1.9330735, 0.93589199);
