import { MediaError } from '../platform/errors';

/** Settings of {@link LevelMeter}. */
export interface LevelMeterOptions {
  /** Hz of what is measured; 8000 when absent. */
  sampleRate?: number;
  /** Time constant of the RMS in ms; 300 when absent, like a VU meter. */
  integrationMs?: number;
  /** ms that a peak stays; 1000 when absent. */
  holdMs?: number;
  /** dB per second that the peak then falls; 20 when absent. */
  decayDb?: number;
}

/** Below this a level is given as this: a needle has an end. */
const FLOOR_DB = -96;
const FULL_SCALE = 32_767;

/** Level of a stream as a meter shows it: RMS and peak in dBFS (a full-scale sine is 0 in both), -96 at least. */
export class LevelMeter {
  readonly #sampleRate: number;
  readonly #integration: number;
  readonly #hold: number;
  readonly #decay: number;
  #power = 0;
  #peakDb = FLOOR_DB;
  #heldSamples = 0;

  constructor(options: LevelMeterOptions = {}) {
    const { sampleRate = 8000, integrationMs = 300, holdMs = 1000, decayDb = 20 } = options;
    if (!(integrationMs > 0)) throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give integrationMs more than 0 ms.');
    this.#sampleRate = sampleRate;
    this.#integration = (integrationMs * sampleRate) / 1000;
    this.#hold = (holdMs * sampleRate) / 1000;
    this.#decay = decayDb / sampleRate;
  }

  /** dBFS, averaged over the integration time. */
  get rmsDb(): number {
    return Math.max(FLOOR_DB, 10 * Math.log10(2 * this.#power));
  }

  /** dBFS of the loudest sample of late. */
  get peakDb(): number {
    return this.#peakDb;
  }

  /** Takes in a frame. */
  write(frame: Int16Array): void {
    if (frame.length === 0) return;
    let sum = 0;
    let peak = 0;
    for (let i = 0; i < frame.length; i++) {
      const sample = frame[i]!;
      sum += sample * sample;
      const size = sample < 0 ? -sample : sample;
      if (size > peak) peak = size;
    }
    const power = sum / frame.length / FULL_SCALE ** 2;
    this.#power += (power - this.#power) * (1 - Math.exp(-frame.length / this.#integration));
    const heldBefore = this.#heldSamples;
    this.#heldSamples += frame.length;
    const falling = Math.max(0, this.#heldSamples - Math.max(this.#hold, heldBefore));
    this.#peakDb = Math.max(FLOOR_DB, this.#peakDb - falling * this.#decay);
    const peakDb = 20 * Math.log10(peak / FULL_SCALE);
    if (peakDb < this.#peakDb || peak === 0) return;
    this.#peakDb = peakDb;
    this.#heldSamples = 0;
  }

  /** Begins anew. */
  reset(): void {
    this.#power = 0;
    this.#peakDb = FLOOR_DB;
    this.#heldSamples = 0;
  }

  /** Hz of what is measured. */
  get sampleRate(): number {
    return this.#sampleRate;
  }
}
