/** Pitch sought between these, in Hz: the range of speech (ITU-T G.711 Appendix I §I.2.4 has 66 to 200). */
const LOWEST_PITCH = 66;
const HIGHEST_PITCH = 250;
/** The first 10 ms of a loss are repeated at full level; then the level falls to nothing within 50 ms (Appendix I §I.2.7). */
const HOLD_MS = 10;
const FADE_MS = 50;
/** Where made-up and real audio meet they are blended over a quarter of the pitch period, at most this long. */
const BLEND_MS = 4;

/**
 * Packet loss concealment by waveform: the last pitch period is repeated and fades, and the first packet after the loss is
 * blended with what the repetition would have gone on to say. The method of ITU-T G.711 Appendix I without its delay: nothing
 * is held back while packets arrive. Allocates only when made.
 */
export class PitchConcealment {
  readonly #history: Int16Array;
  readonly #shortest: number;
  readonly #longest: number;
  readonly #hold: number;
  readonly #fade: number;
  readonly #blend: number;
  /** Samples concealed since the last real one. */
  #concealed = 0;
  #period = 0;
  #filled = 0;

  /** @param sampleRate of the audio, in Hz */
  constructor(sampleRate: number) {
    this.#shortest = Math.floor(sampleRate / HIGHEST_PITCH);
    this.#longest = Math.floor(sampleRate / LOWEST_PITCH);
    this.#hold = (sampleRate * HOLD_MS) / 1000;
    this.#fade = (sampleRate * FADE_MS) / 1000;
    this.#blend = (sampleRate * BLEND_MS) / 1000;
    this.#history = new Int16Array(this.#longest * 3);
  }

  /** Takes note of decoded audio; its beginning is blended when it ends a loss. */
  received(pcm: Int16Array, samples: number): void {
    if (this.#concealed > 0) {
      const blend = Math.min(this.#blend, samples);
      for (let i = 0; i < blend; i++) {
        const weight = (i + 1) / (blend + 1);
        pcm[i] = this.#repeat(this.#concealed + i) * (1 - weight) + pcm[i]! * weight;
      }
      this.#concealed = 0;
    }
    this.#remember(pcm, samples);
  }

  /** Makes up `samples` samples. */
  conceal(out: Int16Array, samples: number): number {
    if (this.#concealed === 0) this.#period = this.#findPeriod();
    for (let i = 0; i < samples; i++) out[i] = this.#repeat(this.#concealed + i);
    this.#concealed += samples;
    return samples;
  }

  reset(): void {
    this.#history.fill(0);
    this.#concealed = 0;
    this.#filled = 0;
  }

  #repeat(position: number): number {
    const fading = position - this.#hold;
    if (fading >= this.#fade || this.#filled === 0) return 0;
    const level = fading > 0 ? 1 - fading / this.#fade : 1;
    const { length } = this.#history;
    return this.#history[length - this.#period + (position % this.#period)]! * level;
  }

  /** The lag at which the recent past resembles itself most, by normalised correlation. */
  #findPeriod(): number {
    const history = this.#history;
    const { length } = history;
    const window = this.#longest;
    let best = this.#longest;
    let bestScore = 0;
    for (let lag = this.#shortest; lag <= this.#longest; lag++) {
      let product = 0;
      let energy = 0;
      for (let i = length - window; i < length; i += 2) {
        const past = history[i - lag]!;
        product += history[i]! * past;
        energy += past * past;
      }
      const score = product > 0 && energy > 0 ? (product * product) / energy : 0;
      // A multiple of the period resembles as well; a clear gain is wanted before a longer lag is believed.
      if (score > bestScore * 1.02) {
        bestScore = score;
        best = lag;
      }
    }
    return best;
  }

  #remember(pcm: Int16Array, samples: number): void {
    const history = this.#history;
    const { length } = history;
    const from = samples > length ? samples - length : 0;
    const kept = samples - from;
    history.copyWithin(0, kept);
    for (let i = 0; i < kept; i++) history[length - kept + i] = pcm[from + i]!;
    this.#filled = Math.min(length, this.#filled + kept);
  }
}
