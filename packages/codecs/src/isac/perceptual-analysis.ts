import { autocorrelate, levinson } from './levinson';
import { HIGH_ORDER, LOW_ORDER, SUBFRAMES } from './side-information';
import { reals } from './tables';

const WINDOW = reals('kLpcCorrWindow');
const LENGTH = 256;
const SUBFRAME = 40;
const FIRST_ENERGY = 10;
const HEARING = 10 ** (-28 / 20);

/** Finds the perceptual filters of a frame: of each sub-frame and half band a polynomial and a gain. */
export class PerceptualAnalysis {
  readonly low = new Float64Array(SUBFRAMES * (LOW_ORDER + 1));
  readonly high = new Float64Array(SUBFRAMES * (HIGH_ORDER + 1));
  readonly lowGains = new Float64Array(SUBFRAMES);
  readonly highGains = new Float64Array(SUBFRAMES);
  readonly #lowWindow = new Float64Array(LENGTH);
  readonly #highWindow = new Float64Array(LENGTH);
  readonly #windowed = new Float64Array(LENGTH);
  readonly #rho = new Float64Array(LOW_ORDER + 2);
  readonly #r = new Float64Array(LOW_ORDER + 1);
  readonly #a = new Float64Array(LOW_ORDER + 1);
  readonly #lowSmooth = new Float64Array(LOW_ORDER + 1);
  readonly #highSmooth = new Float64Array(HIGH_ORDER + 1);
  readonly #energies = new Float64Array(5);
  #oldEnergy = FIRST_ENERGY;

  /**
   * @param filtered the lower half band without its pitch, behind 24 samples of the past
   * @param high the upper half band, early
   * @param pitchGain the mean of the frame's pitch gains as coded
   * @param snr dB aimed at
   */
  run(filtered: Float64Array, high: Float64Array, pitchGain: number, snr: number): void {
    const strength = this.#strength(filtered, pitchGain);
    const aa = 0.35 * (0.5 + 0.5 * strength);
    const level = 10 ** (snr / 20) / 3.46;
    const rho = this.#rho;
    const r = this.#r;
    for (let n = 0; n < 24; n++) this.#lowWindow[LENGTH - 24 + n] = filtered[n]!;
    for (let j = 0; j < SUBFRAMES; j++) {
      this.#correlate(this.#lowWindow, filtered, 24 + SUBFRAME * j, LOW_ORDER + 1);
      for (let n = 0; n <= LOW_ORDER; n++) {
        r[n] = (1 + aa * aa) * rho[n]! - aa * (rho[Math.abs(n - 1)]! + rho[n + 1]!);
      }
      this.lowGains[j] = level / (this.#residual(LOW_ORDER, 0.9, this.#lowSmooth, this.low, j) / strength + HEARING);
      this.#correlate(this.#highWindow, high, SUBFRAME * j, HIGH_ORDER);
      for (let n = 0; n <= HIGH_ORDER; n++) r[n] = (1 + aa) ** 2 * rho[n]!;
      this.highGains[j] =
        level / (this.#residual(HIGH_ORDER, 0.8, this.#highSmooth, this.high, j) / strength + HEARING);
    }
  }

  /** How much the noise may follow the signal: less where it changes and has no pitch. */
  #strength(filtered: Float64Array, pitchGain: number): number {
    const e = this.#energies;
    e[0] = this.#oldEnergy;
    let change = 0;
    for (let i = 0; i < 4; i++) {
      let sum = 0.0001;
      for (let k = 12 + 60 * i; k < 72 + 60 * i; k++) sum += filtered[k]! * filtered[k]!;
      e[i + 1] = sum;
      change += Math.abs(10 * Math.log10(sum / e[i]!));
    }
    this.#oldEnergy = e[4]!;
    return Math.exp((-1.4 * Math.exp(-200 * pitchGain ** 3)) / (1 + (0.4 * change) / 4));
  }

  #correlate(window: Float64Array, signal: Float64Array, at: number, lags: number): void {
    window.copyWithin(0, SUBFRAME);
    for (let n = 0; n < SUBFRAME; n++) window[LENGTH - SUBFRAME + n] = signal[at + n]!;
    for (let n = 0; n < LENGTH; n++) this.#windowed[n] = window[n]! * WINDOW[n]!;
    autocorrelate(this.#windowed, lags, this.#rho);
  }

  /** Finds a polynomial, and the root of what it leaves. */
  #residual(order: number, chirp: number, smooth: Float64Array, out: Float64Array, subframe: number): number {
    const r = this.#r;
    const a = this.#a;
    r[0]! += 1e-6;
    for (let n = 0; n <= order; n++) {
      smooth[n] = 0.01 * smooth[n]! + r[n]!;
      r[n] = 0.0099 * smooth[n]! + 0.99 * r[n]!;
    }
    levinson(r, order, a);
    for (let n = 0, power = 1; n <= order; n++, power *= chirp) {
      a[n]! *= power;
      out[subframe * (order + 1) + n] = a[n]!;
    }
    let energy = 0;
    for (let i = 0; i <= order; i++) {
      for (let k = 0; k <= order; k++) energy += a[i]! * r[Math.abs(i - k)]! * a[k]!;
    }
    return Math.sqrt(energy);
  }

  reset(): void {
    this.#lowWindow.fill(0);
    this.#highWindow.fill(0);
    this.#lowSmooth.fill(0);
    this.#highSmooth.fill(0);
    this.#oldEnergy = FIRST_ENERGY;
  }
}
