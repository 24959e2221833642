/** Highest order of the model that is sent; Offhook's receiver and most others take 10 and more. */
const MOST_ORDER = 8;
/** ms of noise that a description is made of. */
const LOOK_BACK_MS = 100;
/** dB by which the level must have moved to be told anew. */
const LEVEL_STEP = 3;
/** dB by which the spectrum told so far describes the noise worse than a new one would. */
const SPECTRUM_STEP = 1.5;
/** RFC 3389 §3.1: the level of no noise at all. */
const NO_NOISE = 127;
/** Below this level, in -dBov, nobody hears a difference. */
const INAUDIBLE = 90;

/** The longest payload {@link ComfortNoiseEncoder} writes, in bytes. */
export const COMFORT_NOISE_BYTES = 1 + MOST_ORDER;

/**
 * Describes background noise for comfort noise packets (RFC 3389 §3): its level, and its spectrum as reflection
 * coefficients of an all-pole model. Looks at the last 100 ms. Nothing is allocated after it was made.
 */
export class ComfortNoiseEncoder {
  readonly #order: number;
  readonly #frameSamples: number;
  /** Autocorrelation of the latest frames, one row each, written in turn. */
  readonly #rows: Float64Array;
  readonly #rowCount: number;
  #row = 0;
  #heard = 0;
  readonly #correlation: Float64Array;
  readonly #reflections: Float64Array;
  readonly #polynomial: Float64Array;
  readonly #work: Float64Array;
  /** The model as the peer has it. */
  readonly #told: Float64Array;
  #toldLevel = -1;

  /**
   * @param frameSamples samples of the frames that will be heard
   * @param frameMs their duration
   * @param spectral whether the spectrum is sent too, and not only the level
   */
  constructor(frameSamples: number, frameMs: number, spectral: boolean) {
    this.#order = spectral ? MOST_ORDER : 0;
    this.#frameSamples = frameSamples;
    this.#rowCount = Math.max(1, Math.ceil(LOOK_BACK_MS / frameMs));
    this.#rows = new Float64Array(this.#rowCount * (this.#order + 1));
    this.#correlation = new Float64Array(this.#order + 1);
    this.#reflections = new Float64Array(this.#order);
    this.#polynomial = new Float64Array(this.#order + 1);
    this.#work = new Float64Array(this.#order + 1);
    this.#told = new Float64Array(this.#order + 1);
  }

  /** Takes in a frame. */
  hear(pcm: Int16Array): void {
    const width = this.#order + 1;
    const offset = this.#row * width;
    for (let lag = 0; lag < width; lag++) {
      let sum = 0;
      for (let i = lag; i < pcm.length; i++) sum += pcm[i]! * pcm[i - lag]!;
      this.#rows[offset + lag] = sum;
    }
    this.#row = (this.#row + 1) % this.#rowCount;
    if (this.#heard < this.#rowCount) this.#heard++;
  }

  /** Forgets what was heard: from now on another noise is. */
  clear(): void {
    this.#rows.fill(0);
    this.#heard = 0;
  }

  /** Whether the noise has become another than that of the latest {@link write}. */
  differs(): boolean {
    this.#collect();
    const level = this.#level();
    if (level >= INAUDIBLE && this.#toldLevel >= INAUDIBLE) return false;
    if (Math.abs(level - this.#toldLevel) >= LEVEL_STEP) return true;
    if (this.#order === 0 || level >= INAUDIBLE) return false;
    const best = this.#model();
    return 10 * Math.log10(this.#errorOf(this.#told) / best) >= SPECTRUM_STEP;
  }

  /**
   * Writes the payload for the noise heard last.
   *
   * @returns its bytes, at most 9
   */
  write(out: Uint8Array): number {
    this.#collect();
    const level = this.#level();
    this.#toldLevel = level;
    out[0] = level;
    this.#told.fill(0);
    this.#told[0] = 1;
    if (level >= INAUDIBLE || this.#order === 0) return 1;
    this.#model();
    for (let m = 1; m <= this.#order; m++) {
      // RFC 3389 §3.2: 0 to 254 stand for -1 to 1, 127 for 0.
      const code = Math.max(0, Math.min(254, 127 + Math.round((this.#reflections[m - 1]! * 32_768) / 258)));
      out[m] = code;
      this.#stepUp(this.#told, m, (258 * (code - 127)) / 32_768);
    }
    return 1 + this.#order;
  }

  /** Sums up the frames, and steadies the recursion by a little white noise. */
  #collect(): void {
    const width = this.#order + 1;
    this.#correlation.fill(0);
    for (let i = 0; i < this.#rows.length; i++) this.#correlation[i % width]! += this.#rows[i]!;
    this.#correlation[0] = this.#correlation[0]! * 1.0001 + 1e-3;
  }

  /** -dBov: 0 is a square wave of full scale. */
  #level(): number {
    const power = this.#correlation[0]! / Math.max(1, this.#heard * this.#frameSamples);
    const level = Math.round(-10 * Math.log10(power / 32_768 ** 2));
    return level > NO_NOISE ? NO_NOISE : Math.max(0, level);
  }

  /** Makes the reflection coefficients (Levinson and Durbin). @returns the energy that the model leaves unexplained */
  #model(): number {
    const correlation = this.#correlation;
    const a = this.#polynomial;
    a.fill(0);
    a[0] = 1;
    let error = correlation[0]!;
    for (let m = 1; m <= this.#order; m++) {
      let sum = correlation[m]!;
      for (let i = 1; i < m; i++) sum += a[i]! * correlation[m - i]!;
      const reflection = Math.max(-0.98, Math.min(0.98, -sum / error));
      this.#reflections[m - 1] = reflection;
      this.#stepUp(a, m, reflection);
      error *= 1 - reflection * reflection;
    }
    return error;
  }

  /** The energy that a model leaves of what was heard. */
  #errorOf(a: Float64Array): number {
    let error = 0;
    for (let i = 0; i <= this.#order; i++) {
      for (let j = 0; j <= this.#order; j++) error += a[i]! * a[j]! * this.#correlation[Math.abs(i - j)]!;
    }
    return error;
  }

  /** From a model of order m - 1 to one of order m. */
  #stepUp(a: Float64Array, m: number, reflection: number): void {
    const work = this.#work;
    for (let i = 1; i < m; i++) work[i] = a[i]! + reflection * a[m - i]!;
    for (let i = 1; i < m; i++) a[i] = work[i]!;
    a[m] = reflection;
  }
}
