import type { AudioSink } from './audio-sink';
import { Resampler, resamplerReady } from './resampler';

/** A sink seen at another sample rate. It gets silence until the resampler is loaded. */
export class ResamplingSink implements AudioSink {
  readonly sampleRate: number;
  readonly sink: AudioSink;
  readonly #sinkRate: number;
  #resampler: Resampler | undefined;
  #output = new Int16Array(0);
  /** Views of `#output` by length: a rate that does not divide evenly gives two lengths in turn. */
  readonly #views = new Map<number, Int16Array>();

  /** @param sampleRate Hz of the frames that will be written */
  constructor(sink: AudioSink, sampleRate: number) {
    this.sink = sink;
    this.sampleRate = sampleRate;
    this.#sinkRate = sink.sampleRate;
  }

  /** Hz that is converted to. */
  get sinkRate(): number {
    return this.#sinkRate;
  }

  write(frame: Int16Array): void {
    const room = Math.ceil((frame.length * this.#sinkRate) / this.sampleRate) + 1;
    if (this.#output.length < room) {
      this.#output = new Int16Array(room);
      this.#views.clear();
    }
    let made = room - 1;
    if (this.#resampler || resamplerReady()) {
      this.#resampler ??= new Resampler(this.sampleRate, this.#sinkRate);
      made = this.#resampler.process(frame, frame.length, this.#output);
    } else {
      this.#output.fill(0);
    }
    let view = this.#views.get(made);
    if (!view) {
      view = this.#output.subarray(0, made);
      this.#views.set(made, view);
    }
    this.sink.write(view);
  }

  /** Frees the resampler; the sink itself stays open. */
  close(): void {
    this.#resampler?.close();
    this.#resampler = undefined;
  }
}
