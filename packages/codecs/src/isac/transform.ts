/** Samples of a band in a frame, and the points of the transform. */
export const BAND = 240;
const HALF = BAND / 2;
const ROWS = 15;
const COLUMNS = 16;

const tableOf = (length: number, at: (i: number) => number) => Float64Array.from({ length }, (_, i) => at(i));
const COS = tableOf(BAND, (i) => Math.cos((2 * Math.PI * i) / BAND));
const SIN = tableOf(BAND, (i) => Math.sin((2 * Math.PI * i) / BAND));
const FREQUENCY_COS = tableOf(HALF, (k) => Math.cos(((Math.PI * 239) / 240) * (k + 0.5)));
const FREQUENCY_SIN = tableOf(HALF, (k) => Math.sin(((Math.PI * 239) / 240) * (k + 0.5)));
const TIME_COS = tableOf(BAND, (n) => Math.cos((Math.PI * n) / 240));
const TIME_SIN = tableOf(BAND, (n) => Math.sin((Math.PI * n) / 240));
const NORM = 1 / Math.sqrt(BAND);

/** The transform between two bands of 240 samples and 240 complex values. */
export class Transform {
  readonly #re = new Float64Array(BAND);
  readonly #im = new Float64Array(BAND);
  readonly #rowRe = new Float64Array(BAND);
  readonly #rowIm = new Float64Array(BAND);

  /** From the spectrum to two signals. */
  inverse(re: Float64Array, im: Float64Array, first: Float64Array, second: Float64Array): void {
    for (let k = 0; k < HALF; k++) {
      const mirror = BAND - 1 - k;
      const c = FREQUENCY_COS[k]!;
      const s = FREQUENCY_SIN[k]!;
      const xr = re[k]! * c + im[k]! * s;
      const xi = im[k]! * c - re[k]! * s;
      const yr = -im[mirror]! * c - re[mirror]! * s;
      const yi = -re[mirror]! * c + im[mirror]! * s;
      this.#re[k] = xr - yi;
      this.#im[k] = xi + yr;
      this.#re[mirror] = xr + yi;
      this.#im[mirror] = yr - xi;
    }
    this.#fourier(1);
    for (let n = 0; n < BAND; n++) {
      const zr = this.#re[n]! * NORM;
      const zi = this.#im[n]! * NORM;
      first[n] = zr * TIME_COS[n]! - zi * TIME_SIN[n]!;
      second[n] = zi * TIME_COS[n]! + zr * TIME_SIN[n]!;
    }
  }

  /** From two signals to the spectrum, in 128ths, rounded to the nearest even. */
  forward(first: Float64Array, second: Float64Array, re: Int16Array, im: Int16Array): void {
    for (let n = 0; n < BAND; n++) {
      const c = TIME_COS[n]! * NORM * 0.5;
      const s = TIME_SIN[n]! * NORM * 0.5;
      this.#re[n] = first[n]! * c + second[n]! * s;
      this.#im[n] = second[n]! * c - first[n]! * s;
    }
    this.#fourier(-1);
    for (let k = 0; k < HALF; k++) {
      const mirror = BAND - 1 - k;
      const c = FREQUENCY_COS[k]!;
      const s = FREQUENCY_SIN[k]!;
      const xr = this.#re[k]! + this.#re[mirror]!;
      const yi = this.#re[mirror]! - this.#re[k]!;
      const xi = this.#im[k]! - this.#im[mirror]!;
      const yr = this.#im[k]! + this.#im[mirror]!;
      re[k] = roundEven(128 * (xr * c - xi * s));
      im[k] = roundEven(128 * (xr * s + xi * c));
      re[mirror] = roundEven(128 * (-yr * s - yi * c));
      im[mirror] = roundEven(128 * (-yr * c + yi * s));
    }
  }

  /** 240 points as 15 times 16: direct sums of each length, which need 31 products a point instead of 240. */
  #fourier(sign: 1 | -1): void {
    const cos = COS;
    const sin = SIN;
    const re = this.#re;
    const im = this.#im;
    const rowRe = this.#rowRe;
    const rowIm = this.#rowIm;
    // Input n = 15 a + b; over a first: F[b][p] with p < 16, turned by e^(2πi b p / 240).
    for (let b = 0; b < ROWS; b++) {
      for (let p = 0; p < COLUMNS; p++) {
        let sumRe = 0;
        let sumIm = 0;
        for (let a = 0, at = 0; a < COLUMNS; a++) {
          const c = cos[at]!;
          const s = sign * sin[at]!;
          const xr = re[ROWS * a + b]!;
          const xi = im[ROWS * a + b]!;
          sumRe += xr * c - xi * s;
          sumIm += xr * s + xi * c;
          at += ROWS * p;
          while (at >= BAND) at -= BAND;
        }
        const c = cos[b * p]!;
        const s = sign * sin[b * p]!;
        rowRe[b * COLUMNS + p] = sumRe * c - sumIm * s;
        rowIm[b * COLUMNS + p] = sumRe * s + sumIm * c;
      }
    }
    // Output k = p + 16 q: over b.
    for (let q = 0; q < ROWS; q++) {
      for (let p = 0; p < COLUMNS; p++) {
        let sumRe = 0;
        let sumIm = 0;
        for (let b = 0, at = 0; b < ROWS; b++) {
          const c = cos[at]!;
          const s = sign * sin[at]!;
          const xr = rowRe[b * COLUMNS + p]!;
          const xi = rowIm[b * COLUMNS + p]!;
          sumRe += xr * c - xi * s;
          sumIm += xr * s + xi * c;
          at += COLUMNS * q;
          if (at >= BAND) at -= BAND;
        }
        re[p + COLUMNS * q] = sumRe;
        im[p + COLUMNS * q] = sumIm;
      }
    }
  }
}

/** The nearest whole number, of two equally near the even one. */
export function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
