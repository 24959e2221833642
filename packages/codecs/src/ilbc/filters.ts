import { ORDER } from './tables';

/**
 * Filters in place by 1/A(z); the ten samples before `start` are what came out before.
 *
 * @param a coefficients, the leading 1 at `at`
 */
export function allPole(x: Float64Array, start: number, length: number, a: Float64Array, at: number): void {
  const a1 = a[at + 1]!;
  const a2 = a[at + 2]!;
  const a3 = a[at + 3]!;
  const a4 = a[at + 4]!;
  const a5 = a[at + 5]!;
  const a6 = a[at + 6]!;
  const a7 = a[at + 7]!;
  const a8 = a[at + 8]!;
  const a9 = a[at + 9]!;
  const a10 = a[at + ORDER]!;
  let latest = x[start - 1]!;
  for (let n = start; n < start + length; n++) {
    // The sample that is made last comes last, so that the other terms need not wait for it.
    const far = a10 * x[n - 10]! + a9 * x[n - 9]! + a8 * x[n - 8]! + a7 * x[n - 7]! + a6 * x[n - 6]!;
    const near = a5 * x[n - 5]! + a4 * x[n - 4]! + a3 * x[n - 3]! + a2 * x[n - 2]!;
    latest = x[n]! - far - near - a1 * latest;
    x[n] = latest;
  }
}

/** Filters `length` samples from `start` on by A(z), into `out` from `outAt` on; the ten samples before them are their past. */
export function allZero(
  x: Float64Array,
  start: number,
  length: number,
  a: Float64Array,
  at: number,
  out: Float64Array,
  outAt: number,
): void {
  for (let n = 0; n < length; n++) {
    const i = start + n;
    const near = x[i]! * a[at]! + a[at + 1]! * x[i - 1]! + a[at + 2]! * x[i - 2]! + a[at + 3]! * x[i - 3]!;
    const middle = a[at + 4]! * x[i - 4]! + a[at + 5]! * x[i - 5]! + a[at + 6]! * x[i - 6]! + a[at + 7]! * x[i - 7]!;
    const far = a[at + 8]! * x[i - 8]! + a[at + 9]! * x[i - 9]! + a[at + ORDER]! * x[i - 10]!;
    out[outAt + n] = near + middle + far;
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
