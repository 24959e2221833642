import { MediaError } from '../platform/errors';
import { Limiter } from './limiter';
import { VoiceDetector } from './voice-detector';

/** Settings of {@link GainControl}. */
export interface GainControlOptions {
  /** Hz; 8000 when absent. */
  sampleRate?: number;
  /** dBFS that speech is brought to; -20 when absent. */
  targetDb?: number;
  /** dB of gain at most; 24 when absent. */
  maxGainDb?: number;
  /** dB of attenuation at most; 18 when absent. */
  maxAttenuationDb?: number;
  /** dB per second that the gain falls when speech is too loud; 30 when absent. */
  attackDb?: number;
  /** dB per second that it rises when speech is too quiet; 6 when absent. */
  releaseDb?: number;
  /** Decides what is speech; one of its own when absent. Only speech moves the gain: noise is not pulled up in pauses. */
  detector?: VoiceDetector;
}

/** dB around the target where the gain rests. */
const DEAD_ZONE = 1;
const SMOOTHING_MS = 200;

/** Brings speech to one level, whoever speaks and however near, and limits its peaks (5 ms of delay). */
export class GainControl {
  readonly sampleRate: number;
  readonly #target: number;
  readonly #most: number;
  readonly #least: number;
  readonly #attack: number;
  readonly #release: number;
  readonly #detector: VoiceDetector;
  readonly #limiter: Limiter;
  #gainDb = 0;
  #gain = 1;
  #power = 0;
  #amplified = new Float32Array(0);

  /** @throws MediaError `ERR_MEDIA_ARGUMENT` for values out of range */
  constructor(options: GainControlOptions = {}) {
    const { sampleRate = 8000, targetDb = -20, maxGainDb = 24, maxAttenuationDb = 18 } = options;
    const { attackDb = 30, releaseDb = 6 } = options;
    if (!(targetDb <= -3)) throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give a target of -3 dB or less.');
    if (!(maxGainDb >= 0 && maxAttenuationDb >= 0 && attackDb > 0 && releaseDb > 0)) {
      throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give the limits of the gain 0 dB or more, its speeds more than 0.');
    }
    this.sampleRate = sampleRate;
    this.#target = targetDb;
    this.#most = maxGainDb;
    this.#least = -maxAttenuationDb;
    this.#attack = attackDb;
    this.#release = releaseDb;
    this.#detector = options.detector ?? new VoiceDetector({ sampleRate });
    this.#limiter = new Limiter({ sampleRate });
  }

  /** dB that speech is amplified by now. */
  get gainDb(): number {
    return this.#gainDb;
  }

  /** Treats a frame in place. */
  process(frame: Int16Array, count = frame.length): void {
    if (count === 0) return;
    const from = this.#gain;
    if (this.#detector.process(frame, count)) this.#adjust(frame, count);
    this.#gain = 10 ** (this.#gainDb / 20);
    if (this.#amplified.length < count) this.#amplified = new Float32Array(count);
    const step = (this.#gain - from) / count;
    for (let i = 0; i < count; i++) this.#amplified[i] = frame[i]! * (from + step * (i + 1));
    this.#limiter.process(this.#amplified, frame, count);
  }

  #adjust(frame: Int16Array, count: number): void {
    const ms = (count * 1000) / this.sampleRate;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += frame[i]! * frame[i]!;
    const power = (2 * sum) / count / 32_767 ** 2;
    // Pauses between syllables, still speech to the detector, would pull the level down.
    if (this.#power > 0 && power < this.#power / 100) return;
    this.#power += (power - this.#power) * (this.#power === 0 ? 1 : 1 - Math.exp(-ms / SMOOTHING_MS));
    const wanted = this.#target - 10 * Math.log10(this.#power);
    const off = Math.max(this.#least, Math.min(this.#most, wanted)) - this.#gainDb;
    if (Math.abs(off) < DEAD_ZONE) return;
    const most = ((off < 0 ? this.#attack : this.#release) * ms) / 1000;
    this.#gainDb += Math.sign(off) * Math.min(most, Math.abs(off));
  }
}
