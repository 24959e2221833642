import type { AudioSource } from '../audio/audio-source';

/** Settings of {@link RecordingSource}. */
export interface RecordingOptions {
  /** Begins again when it ends; false when absent. */
  loop?: boolean;
}

/** Mono samples in memory, played from the start. */
export class RecordingSource implements AudioSource {
  readonly sampleRate: number;
  /** What is played. */
  readonly samples: Int16Array;
  readonly #loop: boolean;
  #position = 0;

  /** @param sampleRate Hz of the samples */
  constructor(samples: Int16Array, sampleRate: number, options: RecordingOptions = {}) {
    this.samples = samples;
    this.sampleRate = sampleRate;
    this.#loop = options.loop === true && samples.length > 0;
  }

  /** ms of the whole recording. */
  get durationMs(): number {
    return (this.samples.length * 1000) / this.sampleRate;
  }

  /** Plays from the start again. */
  rewind(): void {
    this.#position = 0;
  }

  read(frame: Int16Array): number {
    const { samples } = this;
    let count = 0;
    let position = this.#position;
    while (count < frame.length) {
      if (position >= samples.length) {
        if (!this.#loop) break;
        position = 0;
      }
      const run = Math.min(frame.length - count, samples.length - position);
      for (const end = count + run; count < end; ) frame[count++] = samples[position++]!;
    }
    this.#position = position;
    return count === 0 ? -1 : count;
  }
}
