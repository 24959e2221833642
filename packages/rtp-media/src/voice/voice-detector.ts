import { MediaError } from '../platform/errors';

/** Settings of {@link VoiceDetector}. */
export interface VoiceDetectorOptions {
  /** Hz; 8000 when absent. */
  sampleRate?: number;
  /** dB above the noise that a voice has; 8 when absent. More lets less through. */
  marginDb?: number;
  /** dBFS below which nothing is a voice; -55 when absent. */
  minLevelDb?: number;
  /** ms that a voice must last; 20 when absent: clicks are none. */
  attackMs?: number;
  /** ms that it goes on after its last sound, so that no end of a word is lost; 240 when absent. */
  hangoverMs?: number;
}

const FRAME_MS = 10;
const QUIETEST = -96;
/** dB per second that the noise floor follows when there is something louder. */
const FLOOR_RISE = 4;
/** Correlation of neighbouring samples from which a frame is voiced, at 8 kHz. */
const VOICED = 0.5;
/** dB less that a frame must be above the noise when it is voiced, and more when it is not. */
const VOICED_BONUS = 3;
const UNVOICED_MALUS = 4;

/**
 * Tells speech from noise in frames of 10 ms: the level above a noise floor that follows the surroundings, and the shape
 * (a voice changes slowly from sample to sample, hiss fast), with a hang-over at the end.
 */
export class VoiceDetector {
  readonly sampleRate: number;
  readonly #margin: number;
  readonly #minimum: number;
  readonly #attack: number;
  readonly #hangover: number;
  readonly #frame: number;
  #energy = 0;
  #neighbours = 0;
  #crossings = 0;
  #previous = 0;
  #collected = 0;
  #floor: number | undefined;
  #loud = 0;
  #hanging = 0;
  #active = false;

  constructor(options: VoiceDetectorOptions = {}) {
    const { sampleRate = 8000, marginDb = 8, minLevelDb = -55, attackMs = 20, hangoverMs = 240 } = options;
    if (!(sampleRate >= 1000)) throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give a sample rate of 1000 Hz or more.');
    this.sampleRate = sampleRate;
    this.#margin = marginDb;
    this.#minimum = minLevelDb;
    this.#attack = Math.max(1, Math.round(attackMs / FRAME_MS));
    this.#hangover = Math.round(hangoverMs / FRAME_MS);
    this.#frame = Math.round((sampleRate * FRAME_MS) / 1000);
  }

  /** Whether somebody speaks, as of the last whole frame of 10 ms. */
  get active(): boolean {
    return this.#active;
  }

  /** dBFS of the surroundings. */
  get noiseFloorDb(): number {
    return this.#floor ?? QUIETEST;
  }

  /**
   * Takes in samples, as many as there are.
   *
   * @returns whether any of the frames that ended here has a voice; {@link active} when none ended
   */
  process(pcm: Int16Array, count = pcm.length): boolean {
    let any = false;
    let ended = false;
    for (let i = 0; i < count; i++) {
      const sample = pcm[i]!;
      this.#energy += sample * sample;
      this.#neighbours += sample * this.#previous;
      if (sample < 0 !== this.#previous < 0) this.#crossings++;
      this.#previous = sample;
      if (++this.#collected < this.#frame) continue;
      any = this.#decide() || any;
      ended = true;
    }
    return ended ? any : this.#active;
  }

  #decide(): boolean {
    const energy = this.#energy;
    const level = Math.max(QUIETEST, 10 * Math.log10((2 * energy) / this.#frame / 32_767 ** 2));
    const likeness = energy > 0 ? this.#neighbours / energy : 0;
    // Crossings a second do not depend on the rate: above 5000 it is hiss or a fricative.
    const hiss = (this.#crossings * 1000) / FRAME_MS > 5000;
    this.#energy = 0;
    this.#neighbours = 0;
    this.#crossings = 0;
    this.#collected = 0;

    const margin = this.#margin + (likeness > VOICED && !hiss ? -VOICED_BONUS : hiss ? UNVOICED_MALUS : 0);
    // Until the surroundings are known, they are taken for what most rooms are.
    const loud = level > this.#minimum && level > (this.#floor ?? -60) + margin;
    this.#follow(level, loud);
    this.#loud = loud ? this.#loud + 1 : 0;
    if (this.#loud >= this.#attack || (loud && this.#active)) {
      this.#active = true;
      this.#hanging = this.#hangover;
    } else if (this.#hanging > 0) this.#hanging--;
    else this.#active = false;
    return this.#active;
  }

  /** The floor falls to what is quiet at once, and climbs slowly; fast as long as nothing stands out of it. */
  #follow(level: number, loud: boolean): void {
    if (this.#floor === undefined) {
      this.#floor = Math.min(level, -45);
    } else if (level < this.#floor) {
      this.#floor += (level - this.#floor) * 0.2;
    } else {
      const rise = loud ? (FLOOR_RISE * FRAME_MS) / 1000 : (level - this.#floor) * 0.02;
      this.#floor = Math.min(level, this.#floor + rise);
    }
  }
}
