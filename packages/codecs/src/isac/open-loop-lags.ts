import { fitPeak, type Peak } from './correlation-peak';
import { AllPassPair } from './filterbank';

const HISTORY = 72;
const LENGTH = 120;
const LAGS = 65;
const SMALLEST = 8;
/** The surface of correlations over pairs of lags: lines of their difference, with room at both ends. */
export const STRIDE = 69;
const ROWS = 23;
const GUARD = 160;
const WIDEST = 11;
const MOST_PEAKS = 10;
const clampLag = (lag: number) => Math.min(140, Math.max(20, lag));

/** Finds the two pitch lags of a frame, of its first and of its second half. */
export class OpenLoopLags {
  readonly #odd = new AllPassPair(Float64Array.of(0.1544, 0.744));
  readonly #even = new AllPassPair(Float64Array.of(0.0347, 0.3826));
  readonly #signal = new Float64Array(HISTORY + LENGTH);
  #last = 0;
  readonly #first = new Float64Array(LAGS);
  readonly #second = new Float64Array(LAGS);
  readonly #surface = new Float64Array(2 * GUARD + STRIDE * ROWS);
  readonly #peak: Peak = { value: 0, lag1: 0, lag2: 0 };
  #most = 0;
  #lag1 = 0;
  #lag2 = 0;

  /** @param weighted the weighted signal, behind `offset` samples of the past; @param lags where the four lags go */
  run(weighted: Float64Array, offset: number, oldLag: number, oldGain: number, lags: Float64Array): void {
    this.#decimate(weighted, offset);
    this.#correlate(0, this.#first);
    this.#correlate(60, this.#second);
    const bias = Math.min(0.8, 4 * oldGain * oldGain);
    const old = Math.log(oldLag / 2);
    for (let i = 0; i < LAGS; i++) this.#first[i]! *= 1 + bias * Math.exp(-5 * (Math.log(i + SMALLEST) - old) ** 2);
    taper(this.#first);
    taper(this.#second);
    this.#fill();
    this.#search();
    lags[0] = clampLag(this.#lag1);
    lags[1] = lags[0];
    lags[2] = clampLag(this.#lag2);
    lags[3] = lags[2];
  }

  #decimate(y: Float64Array, offset: number): void {
    const d = this.#signal;
    d.copyWithin(0, LENGTH);
    for (let n = 0; n < LENGTH; n++) {
      d[HISTORY + n] = this.#odd.run(this.#last) + this.#even.run(y[offset + 2 * n]!);
      this.#last = y[offset + 2 * n + 1]!;
    }
    for (let k = HISTORY; k < HISTORY + LENGTH; k++) d[k]! += 0.75 * d[k - 1]! - 0.25 * d[k - 2]!;
  }

  #correlate(at: number, out: Float64Array): void {
    const d = this.#signal;
    for (let i = 0; i < LAGS; i++) {
      let sum = 0;
      let energy = 1e-13;
      for (let n = 0; n < 60; n++) {
        const past = d[at + 64 - i + n]!;
        sum += d[at + HISTORY + n]! * past;
        energy += past * past;
      }
      out[i] = sum / Math.sqrt(energy);
    }
  }

  #fill(): void {
    this.#most = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < LAGS; i++) this.#put(i, i, 1);
    this.#line(11, 0.2);
    this.#line(10, 0.9);
    for (let apart = 9; apart > 0; apart--) this.#line(apart, 1);
  }

  #line(apart: number, factor: number): void {
    for (let i = 0; i + apart < LAGS; i++) {
      const ratio = (i + 12) / (i + apart + 12);
      const weight = factor * ratio * (2 - ratio);
      this.#put(i, i + apart, weight);
      this.#put(i + apart, i, weight);
    }
  }

  #put(i1: number, i2: number, weight: number): void {
    const value = weight * (this.#first[i1]! + this.#second[i2]!);
    this.#surface[GUARD + STRIDE * (WIDEST + i1 - i2) + 2 + i1] = value;
    if (value > this.#most) {
      this.#most = value;
      this.#lag1 = i1 + SMALLEST;
      this.#lag2 = i2 + SMALLEST;
    }
  }

  #search(): void {
    const s = this.#surface;
    const threshold = 0.6 * this.#most;
    let best = 0;
    let peaks = 0;
    for (let row = 1; row <= 21; row++) {
      const from = row <= WIDEST ? 2 : row - 9;
      const to = row <= WIDEST ? 51 + row : 62;
      for (let i1 = from; i1 <= to; i1++) {
        const p = GUARD + STRIDE * row + 2 + i1;
        const value = s[p]!;
        if (
          !(value > threshold && value > s[p - 70]! && value > s[p - 69]! && value > s[p + 69]! && value > s[p + 70]!)
        )
          continue;
        const peak = this.#peak;
        peak.lag1 = i1 + SMALLEST;
        peak.lag2 = i1 - (row - WIDEST) + SMALLEST;
        fitPeak(s, p, peak);
        const worth = peak.value * 0.85 ** Math.log(peak.lag1 + peak.lag2);
        if (worth > best) {
          best = worth;
          this.#lag1 = 2 * peak.lag1;
          this.#lag2 = 2 * peak.lag2;
        }
        if (++peaks === MOST_PEAKS) return;
      }
    }
  }

  reset(): void {
    this.#odd.reset();
    this.#even.reset();
    this.#signal.fill(0);
    this.#last = 0;
  }
}

function taper(c: Float64Array): void {
  c[0]! *= 0.2;
  c[1]! *= 0.5;
  c[2]! *= 0.98;
  c[62]! *= 0.98;
  c[63]! *= 0.5;
  c[64]! *= 0.2;
}
