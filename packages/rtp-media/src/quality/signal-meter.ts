import { VoiceDetector } from '../voice/voice-detector';

/** What was measured of a signal since measuring began. */
export interface SignalStatistics {
  /** ms measured. */
  durationMs: number;
  /** ms of them, in frames of 10 ms, in which somebody spoke. */
  activeMs: number;
  /** Mean square of the samples, 1 being full scale, times ms. */
  energy: number;
  /** The part of `energy` from frames in which somebody spoke. */
  activeEnergy: number;
  /** Root mean square of the latest 10 ms, 0 to 1. */
  level: number;
  /** ms since anything louder than -65 dBm0 was there. */
  silentMs: number;
}

/** dBm0 of a full-scale sine: the overload point of A-law (ITU-T G.711 table 5). */
const FULL_SCALE_SINE_DBM0 = 3.14;
/** A square wave of full scale, whose mean square is 1, is 3.01 dB above that sine. */
const FULL_SCALE_DBM0 = FULL_SCALE_SINE_DBM0 + 10 * Math.log10(2);
/** dBm0 below which a frame is silent: a microphone that works hears more, even in a quiet room. */
export const SILENCE_DBM0 = -65;
const SILENCE_POWER = 10 ** ((SILENCE_DBM0 - FULL_SCALE_DBM0) / 10);
const FRAME_MS = 10;
const FULL_SCALE_SQUARED = 32_768 ** 2;

/**
 * A level in dBm0 (ITU-T G.100.1).
 *
 * @param energy mean square, 1 being full scale, times ms
 * @returns undefined when there is nothing to measure
 */
export function dbm0(energy: number, durationMs: number): number | undefined {
  if (durationMs <= 0) return undefined;
  return Math.max(-127, 10 * Math.log10(Math.max(0, energy) / durationMs) + FULL_SCALE_DBM0);
}

/** Measures level and voice activity of a signal in frames of 10 ms; takes pieces of any length and allocates nothing. */
export class SignalMeter {
  #detector: VoiceDetector | undefined;
  #frame = new Int16Array(0);
  #filled = 0;
  #square = 0;
  #durationMs = 0;
  #activeMs = 0;
  #energy = 0;
  #activeEnergy = 0;
  #power = 0;
  #silentMs = 0;

  /**
   * Takes in samples.
   *
   * @param sampleRate Hz; may change from call to call
   */
  write(pcm: Int16Array, sampleRate: number): void {
    if (this.#detector?.sampleRate !== sampleRate) this.#begin(sampleRate);
    const frame = this.#frame;
    for (let i = 0; i < pcm.length; i++) {
      const sample = pcm[i]!;
      frame[this.#filled++] = sample;
      this.#square += sample * sample;
      if (this.#filled === frame.length) this.#end();
    }
  }

  #begin(sampleRate: number): void {
    this.#detector = new VoiceDetector({ sampleRate });
    this.#frame = new Int16Array(Math.round((sampleRate * FRAME_MS) / 1000));
    this.#filled = 0;
    this.#square = 0;
  }

  #end(): void {
    const power = this.#square / this.#frame.length / FULL_SCALE_SQUARED;
    this.#square = 0;
    this.#filled = 0;
    this.#power = power;
    this.#durationMs += FRAME_MS;
    this.#energy += power * FRAME_MS;
    this.#silentMs = power < SILENCE_POWER ? this.#silentMs + FRAME_MS : 0;
    if (!this.#detector!.process(this.#frame)) return;
    this.#activeMs += FRAME_MS;
    this.#activeEnergy += power * FRAME_MS;
  }

  /** What was measured so far. */
  statistics(): SignalStatistics {
    return {
      durationMs: this.#durationMs,
      activeMs: this.#activeMs,
      energy: this.#energy,
      activeEnergy: this.#activeEnergy,
      level: Math.sqrt(this.#power),
      silentMs: this.#silentMs,
    };
  }
}
