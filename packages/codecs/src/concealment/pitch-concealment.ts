import { findPitchPeriod } from './pitch-period';

/** Pitch sought between these, in Hz: the range of speech (ITU-T G.711 Appendix I §I.2.4 has 66 to 200). */
const LOWEST_PITCH = 66;
const HIGHEST_PITCH = 250;
/** The first 10 ms of a loss are repeated at full level; then the level falls to nothing within 50 ms (Appendix I §I.2.7). */
const HOLD_MS = 10;
const FADE_MS = 50;
/** Where made-up and real audio meet they are blended for this long. */
const BLEND_MS = 4;

/**
 * Packet loss concealment by waveform for codecs that have none of their own: the last pitch period is repeated and fades, and
 * the first packet after the loss is blended with what the repetition would have gone on to say. The method of ITU-T G.711
 * Appendix I without its delay: nothing is held back while packets arrive. Mono. Allocates only when made.
 */
export class PitchConcealment {
  /** The latest audio, the newest before `#end`; room for many packets, so that moving it to the front is rare. */
  readonly #history: Int16Array;
  /** Samples of the past that are needed: the window, and as far back as the longest lag from there. */
  readonly #needed: number;
  #end: number;
  /** The period that is repeated, its end made to lead into its beginning. */
  readonly #cycle: Float64Array;
  readonly #shortest: number;
  readonly #longest: number;
  readonly #hold: number;
  readonly #fade: number;
  readonly #blend: number;
  #period = 0;
  /** Samples made up since the last real one. */
  #concealed = 0;
  #heard = false;

  /** @param sampleRate of the audio, in Hz */
  constructor(sampleRate: number) {
    this.#shortest = Math.floor(sampleRate / HIGHEST_PITCH);
    this.#longest = Math.floor(sampleRate / LOWEST_PITCH);
    this.#hold = (sampleRate * HOLD_MS) / 1000;
    this.#fade = (sampleRate * FADE_MS) / 1000;
    this.#blend = (sampleRate * BLEND_MS) / 1000;
    this.#needed = this.#longest * 2;
    this.#end = this.#needed;
    this.#history = new Int16Array(this.#needed + sampleRate / 4);
    this.#cycle = new Float64Array(this.#longest);
  }

  /**
   * Takes note of decoded audio; its beginning is blended in place when it ends a loss.
   *
   * @param pcm decoded samples
   * @param samples how many of them
   */
  received(pcm: Int16Array, samples: number): void {
    if (this.#concealed > 0) {
      const blend = Math.min(this.#blend, samples);
      for (let i = 0; i < blend; i++) {
        const weight = (i + 1) / (blend + 1);
        pcm[i] = this.#sample(this.#concealed + i) * (1 - weight) + pcm[i]! * weight;
      }
      this.#concealed = 0;
    }
    this.#remember(pcm, samples);
  }

  /**
   * Makes audio up; silence when nothing was heard yet, or for too long.
   *
   * @param out where it goes
   * @param samples how many samples
   * @returns `samples`
   */
  conceal(out: Int16Array, samples: number): number {
    if (this.#concealed === 0) this.#startCycle();
    for (let i = 0; i < samples; i++) out[i] = this.#sample(this.#concealed + i);
    this.#concealed += samples;
    return samples;
  }

  /**
   * The repetition as it goes on at full level, without saying it.
   *
   * @param out where it goes
   * @param ahead samples from the one that {@link conceal} would give next to the first that is wanted
   * @param samples how many samples
   */
  foretell(out: Int16Array, ahead: number, samples: number): void {
    if (this.#concealed === 0) this.#startCycle();
    const from = this.#concealed + ahead;
    for (let i = 0; i < samples; i++) out[i] = this.#cycle[(from + i) % this.#period]!;
  }

  /** Forgets what was heard. */
  reset(): void {
    this.#history.fill(0);
    this.#end = this.#needed;
    this.#concealed = 0;
    this.#heard = false;
  }

  #sample(position: number): number {
    const fading = position - this.#hold;
    if (fading >= this.#fade || !this.#heard) return 0;
    const level = fading > 0 ? 1 - fading / this.#fade : 1;
    return this.#cycle[position % this.#period]! * level;
  }

  /** Takes the last period; its last quarter fades into what came before the period, so that going round is smooth. */
  #startCycle(): void {
    const history = this.#history;
    const cycle = this.#cycle;
    const period = findPitchPeriod(history, this.#end, this.#shortest, this.#longest);
    const start = this.#end - period;
    const joint = period >> 2;
    for (let i = 0; i < period; i++) {
      const weight = Math.max(0, (i - (period - joint) + 1) / (joint + 1));
      cycle[i] = history[start + i]! * (1 - weight) + history[start - period + i]! * weight;
    }
    this.#period = period;
  }

  #remember(pcm: Int16Array, samples: number): void {
    const history = this.#history;
    let from = 0;
    if (this.#end + samples > history.length) {
      from = Math.max(0, samples - this.#needed);
      const past = Math.max(0, this.#needed - (samples - from));
      history.copyWithin(0, this.#end - past, this.#end);
      this.#end = past;
    }
    let end = this.#end;
    for (let i = from; i < samples; i++) history[end++] = pcm[i]!;
    this.#end = end;
    this.#heard = true;
  }
}
