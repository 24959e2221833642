/** Coefficients beyond this are left out (RFC 3389 §3.2 allows it). */
const MOST_ORDER = 12;
/** Order of the model of noise heard. */
const HEARD_ORDER = 8;
/** How much a piece of noise heard weighs against all before it. */
const HEARD_WEIGHT = 0.1;
/** Samples over which the level moves to a new one. */
const GLIDE = 0.002;

/**
 * Noise of a given level and colour: white noise through an all-pole filter. Its shape comes from a comfort noise packet
 * (RFC 3389) or from background noise that was heard. Nothing is allocated after it was made.
 */
export class Noise {
  readonly #reflections = new Float64Array(MOST_ORDER);
  readonly #coefficients = new Float64Array(MOST_ORDER + 1);
  readonly #work = new Float64Array(MOST_ORDER + 1);
  readonly #past = new Float64Array(MOST_ORDER);
  readonly #correlation = new Float64Array(HEARD_ORDER + 1);
  #order = 0;
  #gain = 0;
  #gainNow = -1;
  #heard = false;
  #seed = 0x9e3779b9;

  /**
   * Takes level and colour from a comfort noise payload (RFC 3389 §3).
   *
   * @param payload a byte of level, then one for each reflection coefficient; an empty one is no noise
   */
  load(payload: Uint8Array): void {
    this.#order = Math.min(MOST_ORDER, Math.max(0, payload.length - 1));
    const level = payload.length > 0 ? 32_768 * 10 ** (-(payload[0]! & 0x7f) / 20) : 0;
    for (let i = 0; i < this.#order; i++) {
      // §3.2: 0 to 254 stand for -0.99997 to 0.99997; 255 is reserved.
      this.#reflections[i] = (258 * (Math.min(254, payload[i + 1]!) - 127)) / 32_768;
    }
    this.#shape(level * level);
  }

  /** Learns background noise: audio in which nobody speaks. */
  hear(pcm: Int16Array, samples: number): void {
    if (samples <= HEARD_ORDER) return;
    const weight = this.#heard ? HEARD_WEIGHT : 1;
    for (let lag = 0; lag <= HEARD_ORDER; lag++) {
      let sum = 0;
      for (let i = lag; i < samples; i++) sum += pcm[i]! * pcm[i - lag]!;
      this.#correlation[lag] = this.#correlation[lag]! * (1 - weight) + (sum / samples) * weight;
    }
    this.#heard = true;
  }

  /** Takes level and colour from what was heard (the recursion of Levinson and Durbin). */
  loadHeard(): void {
    const correlation = this.#correlation;
    const a = this.#coefficients;
    this.#order = 0;
    // A little white noise keeps the recursion stable.
    let error = correlation[0]! * 1.001 + 1e-3;
    a.fill(0);
    for (let m = 1; m <= HEARD_ORDER && this.#heard; m++) {
      let sum = correlation[m]!;
      for (let i = 1; i < m; i++) sum += a[i]! * correlation[m - i]!;
      const reflection = Math.max(-0.98, Math.min(0.98, -sum / error));
      this.#reflections[m - 1] = reflection;
      this.#order = m;
      this.#stepUp(m, reflection);
      error *= 1 - reflection * reflection;
    }
    this.#shape(correlation[0]!);
  }

  /** Forgets what was heard. */
  reset(): void {
    this.#heard = false;
    this.#gain = 0;
    this.#gainNow = -1;
    this.#correlation.fill(0);
    this.#past.fill(0);
  }

  /**
   * Makes noise and adds it to what is there.
   *
   * @param from how loud at the first sample, 1 being full
   * @param to how loud after the last sample
   */
  mixInto(out: Int16Array, offset: number, samples: number, from: number, to: number): void {
    const order = this.#order;
    const past = this.#past;
    const a = this.#coefficients;
    if (this.#gainNow < 0) this.#gainNow = this.#gain;
    for (let n = 0; n < samples; n++) {
      this.#gainNow += (this.#gain - this.#gainNow) * GLIDE;
      let value = this.#white() * this.#gainNow;
      for (let i = 0; i < order; i++) value -= a[i + 1]! * past[i]!;
      for (let i = order - 1; i > 0; i--) past[i] = past[i - 1]!;
      past[0] = value;
      const mixed = out[offset + n]! + value * (from + ((to - from) * n) / samples);
      out[offset + n] = mixed > 32_767 ? 32_767 : mixed < -32_768 ? -32_768 : Math.round(mixed);
    }
  }

  /** Uniform noise with a mean square of 1; the sequence is the same in every run. */
  #white(): number {
    let x = this.#seed;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#seed = x;
    return x * (Math.sqrt(3) / 0x8000_0000);
  }

  #shape(power: number): void {
    const a = this.#coefficients;
    a.fill(0);
    let left = 1;
    for (let m = 1; m <= this.#order; m++) {
      const reflection = this.#reflections[m - 1]!;
      this.#stepUp(m, reflection);
      left *= 1 - reflection * reflection;
    }
    this.#gain = Math.sqrt(power * left);
    for (let i = 0; i < this.#order; i++) if (!Number.isFinite(this.#past[i]!)) this.#past[i] = 0;
    for (let i = this.#order; i < MOST_ORDER; i++) this.#past[i] = 0;
  }

  /** From a model of order m - 1 to one of order m. */
  #stepUp(m: number, reflection: number): void {
    const a = this.#coefficients;
    const work = this.#work;
    for (let i = 1; i < m; i++) work[i] = a[i]! + reflection * a[m - i]!;
    for (let i = 1; i < m; i++) a[i] = work[i]!;
    a[m] = reflection;
  }
}
