import { correlate } from './correlation';
import { toLineSpectrum } from './line-spectrum';
import { COEFFICIENTS, type FrameFormat, LONGEST_FRAME, LSF_MEAN, ORDER } from './tables';

/** Samples of the past that the last window reaches back over (LPC_LOOKBACK). */
const LOOK_BACK = 60;
const SAMPLE_RATE = 8000;
/** Half of the width in Hz by which the lag window smooths the spectrum, and white noise added (RFC 3951 §3.2.1). */
const LAG_WIDTH = 60;
const WHITE = 1.0001;
/** Each coefficient is this much smaller than the one before, to widen resonances (LPC_CHIRP_SYNTDENUM). */
const CHIRP = 0.9025;

const symmetric = Float64Array.from({ length: LONGEST_FRAME }, (_, i) => Math.sin((Math.PI * (i + 1)) / 241) ** 2);
const asymmetric = Float64Array.from({ length: LONGEST_FRAME }, (_, i) =>
  i < 220 ? Math.sin((Math.PI * (i + 1)) / 441) ** 2 : Math.cos((Math.PI * (i - 220)) / 40),
);
const lagWindow = Float64Array.from({ length: COEFFICIENTS }, (_, i) =>
  i === 0 ? WHITE : Math.exp(-(((2 * Math.PI * LAG_WIDTH * i) / SAMPLE_RATE) ** 2) / 2),
);

/** Linear prediction of the input, as line spectral frequencies (RFC 3951 §3.2.1 to §3.2.3). */
export class SpectrumAnalysis {
  readonly #buffer = new Float64Array(LOOK_BACK + LONGEST_FRAME);
  /** Behind silence, so that every lag is looked at over a whole window. */
  readonly #windowed = new Float64Array(ORDER + LONGEST_FRAME);
  readonly #correlation = new Float64Array(COEFFICIENTS);
  readonly #a = new Float64Array(COEFFICIENTS);
  readonly #last = LSF_MEAN.slice();

  constructor(private readonly format: FrameFormat) {}

  /** Takes a frame, and writes the frequencies of one or two windows. */
  analyse(frame: Float64Array, lsf: Float64Array): void {
    const { samples, spectra } = this.format;
    const buffer = this.#buffer;
    buffer.copyWithin(0, samples);
    for (let i = 0; i < samples; i++) buffer[buffer.length - samples + i] = frame[i]!;
    for (let spectrum = 0; spectrum < spectra; spectrum++) {
      const last = spectrum === spectra - 1;
      this.#predict(last ? asymmetric : symmetric, last ? LOOK_BACK : 0);
      const at = spectrum * ORDER;
      const found = toLineSpectrum(this.#a, lsf, at);
      for (let i = 0; i < ORDER; i++) {
        if (found) this.#last[i] = lsf[at + i]!;
        else lsf[at + i] = this.#last[i]!;
      }
    }
  }

  #predict(window: Float64Array, at: number): void {
    const windowed = this.#windowed;
    const r = this.#correlation;
    for (let i = 0; i < LONGEST_FRAME; i++) windowed[ORDER + i] = this.#buffer[at + i]! * window[i]!;
    correlate(windowed, ORDER, LONGEST_FRAME, windowed, ORDER, COEFFICIENTS, r, 0);
    for (let lag = 0; lag <= ORDER; lag++) r[lag]! *= lagWindow[lag]!;
    durbin(r, this.#a);
    for (let i = 1, factor = CHIRP; i <= ORDER; i++, factor *= CHIRP) this.#a[i]! *= factor;
  }

  reset(): void {
    this.#buffer.fill(0);
    this.#last.set(LSF_MEAN);
  }
}

/** Prediction from correlation, by the recursion of Levinson and Durbin. */
function durbin(r: Float64Array, a: Float64Array): void {
  a.fill(0);
  a[0] = 1;
  if (!(r[0]! > 1e-10)) return;
  let error = r[0]!;
  for (let m = 1; m <= ORDER; m++) {
    let sum = r[m]!;
    for (let i = 1; i < m; i++) sum += a[i]! * r[m - i]!;
    const reflection = -sum / error;
    for (let i = 1; i <= m >> 1; i++) {
      const low = a[i]!;
      const high = a[m - i]!;
      a[i] = low + reflection * high;
      if (i !== m - i) a[m - i] = high + reflection * low;
    }
    a[m] = reflection;
    error *= 1 - reflection * reflection;
  }
}
