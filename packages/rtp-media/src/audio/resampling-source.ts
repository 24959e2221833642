import type { AudioSource } from './audio-source';
import { PcmQueue } from './pcm-queue';
import { Resampler, resamplerReady } from './resampler';

/** A source seen at another sample rate. It is silent until the resampler is loaded, and nothing is read until then. */
export class ResamplingSource implements AudioSource {
  readonly sampleRate: number;
  readonly source: AudioSource;
  /** Hz of the source when this was made. */
  readonly sourceRate: number;
  #resampler: Resampler | undefined;
  #queue: PcmQueue;
  #input = new Int16Array(0);
  #output = new Int16Array(0);
  #ended = false;

  /** @param sampleRate Hz to be read at */
  constructor(source: AudioSource, sampleRate: number) {
    this.source = source;
    this.sourceRate = source.sampleRate;
    this.sampleRate = sampleRate;
    this.#queue = new PcmQueue(sampleRate / 10);
  }

  read(frame: Int16Array): number {
    if (!this.#prepare()) return 0;
    while (this.#queue.length < frame.length && !this.#ended) this.#readMore();
    if (this.#ended && this.#queue.length === 0) return -1;
    return this.#queue.shift(frame, frame.length);
  }

  #prepare(): boolean {
    if (this.#resampler) return true;
    if (!resamplerReady()) return false;
    const { sampleRate } = this.source;
    this.#resampler = new Resampler(sampleRate, this.sampleRate);
    this.#input = new Int16Array(Math.round(sampleRate / 100));
    this.#output = new Int16Array(this.#resampler.outputLength(this.#input.length));
    return true;
  }

  #readMore(): void {
    const input = this.#input;
    const count = this.source.read(input);
    if (count < 0) {
      this.#ended = true;
      return;
    }
    if (count < input.length) input.fill(0, count);
    const made = this.#resampler!.process(input, input.length, this.#output);
    this.#queue.push(this.#output, made);
  }

  /** Frees the resampler; the source itself stays open. */
  close(): void {
    this.#resampler?.close();
    this.#resampler = undefined;
    this.#queue.clear();
  }
}
