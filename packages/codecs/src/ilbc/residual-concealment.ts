import { COEFFICIENTS, type FrameFormat, LONGEST_FRAME } from './tables';

/** Samples at the end of the residual whose period is looked for, and how far around the last one. */
const RANGE = 60;
const AROUND = 3;
/** Levels of what is made up, by how many samples have been: full for 40 ms, then less and less. */
const FADES = [
  [320, 1],
  [640, 0.9],
  [960, 0.7],
  [1280, 0.5],
] as const;
/** Below this root mean square a made-up frame is noise only. */
const QUIET = 30;

/** Makes up the residual of lost frames from that of the latest: its last pitch period, and noise as far as it has none (RFC 3951 §4.5). */
export class ResidualConcealment {
  /** Prediction filter of the latest sub-frame. */
  readonly filter = new Float64Array(COEFFICIENTS);
  readonly #past = new Float64Array(LONGEST_FRAME);
  readonly #noise = new Float64Array(LONGEST_FRAME);
  #lost = 0;
  #lag = 120;
  #periodicity = 0;
  #seed = 777;

  constructor(private readonly format: FrameFormat) {
    this.reset();
  }

  /** Takes note of a frame that came. */
  received(residual: Float64Array, filters: Float64Array, at: number): void {
    const { samples } = this.format;
    for (let i = 0; i < samples; i++) this.#past[i] = residual[i]!;
    for (let i = 0; i < COEFFICIENTS; i++) this.filter[i] = filters[at + i]!;
    this.#lost = 0;
  }

  /** @param lag period of the latest frame, in samples */
  conceal(lag: number, out: Float64Array): void {
    const { samples } = this.format;
    const past = this.#past;
    const noise = this.#noise;
    if (this.#lost === 0) this.#findPeriod(lag);
    this.#lost++;
    const total = this.#lost * samples;
    let step = 0;
    while (step < FADES.length && total > FADES[step]![0]) step++;
    const level = FADES[step]?.[1] ?? 0;
    const root = Math.sqrt(this.#periodicity);
    const voiced = Math.min(1, Math.max(0, (root - 0.4) / 0.3));
    // Two short periods, so that the same one is not heard again and again.
    const repeat = this.#lag < 80 ? 2 * this.#lag : this.#lag;
    let energy = 0;
    for (let i = 0; i < samples; i++) {
      this.#seed = (Math.imul(this.#seed, 69069) + 1) & 0x7fffffff;
      const random = i - 50 - (this.#seed % 70);
      noise[i] = random < 0 ? past[samples + random]! : noise[random]!;
      const before = i - repeat;
      const periodic = before < 0 ? past[samples + before]! : out[before]!;
      const sinking = i < 80 ? 1 : i < 160 ? 0.95 : 0.9;
      out[i] = sinking * level * (voiced * periodic + (1 - voiced) * noise[i]!);
      energy += out[i]! ** 2;
    }
    if (Math.sqrt(energy / samples) < QUIET) for (let i = 0; i < samples; i++) out[i] = level * noise[i]!;
    for (let i = 0; i < samples; i++) past[i] = out[i]!;
  }

  #findPeriod(lag: number): void {
    let best = Number.NEGATIVE_INFINITY;
    for (let candidate = lag - AROUND; candidate <= lag + AROUND; candidate++) {
      const { samples } = this.format;
      const range = Math.min(RANGE, samples - candidate);
      let product = 0;
      let energy = 0;
      let own = 0;
      for (let i = samples - range; i < samples; i++) {
        const sample = this.#past[i]!;
        const before = this.#past[i - candidate]!;
        product += sample * before;
        energy += before * before;
        own += sample * sample;
      }
      const score = energy > 0 ? (product * product) / energy : 0;
      if (score <= best) continue;
      best = score;
      this.#lag = candidate;
      this.#periodicity = energy > 0 && own > 0 ? Math.abs(product) / Math.sqrt(energy * own) : 0;
    }
  }

  reset(): void {
    this.#past.fill(0);
    this.filter.fill(0);
    this.filter[0] = 1;
    this.#lost = 0;
    this.#lag = 120;
    this.#periodicity = 0;
    this.#seed = 777;
  }
}
