import type { AudioSink } from '../audio/audio-sink';
import type { AudioSource } from '../audio/audio-source';
import { PcmQueue } from '../audio/pcm-queue';
import { ResamplingSink } from '../audio/resampling-sink';
import { ResamplingSource } from '../audio/resampling-source';
import { MediaError } from '../platform/errors';

/** Settings of one participant of a mixer. */
export interface MixerLegOptions {
  /** What the leg says, read once a round at whatever rate; without it, write to `leg.input`. */
  source?: AudioSource;
  /** What the leg hears, written once a round at whatever rate; without it, read from `leg.output`. */
  sink?: AudioSink;
  /** Hz of `leg.input` and `leg.output`; the mixer's when absent. */
  sampleRate?: number;
  /** dB that the leg is made louder for the others; 0 when absent. */
  gainDb?: number;
  /** Nobody hears the leg; false when absent. */
  muted?: boolean;
  /** The leg hears nobody; false when absent. */
  deafened?: boolean;
}

/** ms that may wait between the clock of a session and that of the mixer. */
const LONGEST_QUEUE_MS = 80;

/** One participant of a {@link Mixer}. */
export class MixerLeg {
  /** Takes what the leg says: `session.addSink(leg.input)`. */
  readonly input: AudioSink;
  /** Gives what the leg hears: `session.source = leg.output`. */
  readonly output: AudioSource;
  /** Nobody hears the leg. */
  muted: boolean;
  /** The leg hears nobody. */
  deafened: boolean;
  /** dBFS of the last frame the leg said, before gain and mute. */
  levelDb = Number.NEGATIVE_INFINITY;
  /** Whether its source ended, or threw: it is silent from then on. */
  ended = false;
  /** What its source or sink threw last; the conference goes on without it. */
  error: unknown;
  /** @internal */ readonly frame: Int16Array;
  /** @internal */ readonly heard: Int16Array;
  /** @internal The gain that the last sample had: a change is a ramp over one frame. */
  appliedGain: number;
  /** @internal Whether the frame was added to the sum. */
  audible = false;
  #gainDb = 0;
  #gain = 1;
  #dropped = 0;
  readonly #rate: number;
  readonly #source: AudioSource | undefined;
  readonly #sink: AudioSink | undefined;
  readonly #said: PcmQueue;
  readonly #toHear: PcmQueue;
  readonly #limit: number;
  readonly #owned: { close?(): unknown }[] = [];

  /** @internal Use `mixer.addLeg`. */
  constructor(rate: number, frameSamples: number, options: MixerLegOptions) {
    this.#rate = rate;
    this.frame = new Int16Array(frameSamples);
    this.heard = new Int16Array(frameSamples);
    this.#limit = Math.max(2 * frameSamples, Math.round((LONGEST_QUEUE_MS * rate) / 1000));
    this.#said = new PcmQueue(this.#limit * 2);
    this.#toHear = new PcmQueue(this.#limit * 2);
    this.muted = options.muted ?? false;
    this.deafened = options.deafened ?? false;
    this.gainDb = options.gainDb ?? 0;
    this.appliedGain = this.muted ? 0 : this.#gain;
    const { source, sink, sampleRate = rate } = options;
    this.#source = source && source.sampleRate !== rate ? this.#own(new ResamplingSource(source, rate)) : source;
    this.#sink = sink && sink.sampleRate !== rate ? this.#own(new ResamplingSink(sink, rate)) : sink;
    const input: AudioSink = { sampleRate: rate, write: (frame) => this.#push(this.#said, frame) };
    const output: AudioSource = { sampleRate: rate, read: (frame) => this.#toHear.shift(frame, frame.length) };
    const other = sampleRate !== rate;
    this.input = other ? this.#own(new ResamplingSink(input, sampleRate)) : input;
    this.output = other ? this.#own(new ResamplingSource(output, sampleRate)) : output;
  }

  /** dB that the leg is made louder for the others. */
  get gainDb(): number {
    return this.#gainDb;
  }

  set gainDb(gainDb: number) {
    if (!(gainDb <= 40)) throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give a leg a gain of 40 dB or less.');
    this.#gainDb = gainDb;
    this.#gain = 10 ** (gainDb / 20);
  }

  /** @internal What each sample is multiplied with at the end of the next frame. */
  get targetGain(): number {
    return this.muted ? 0 : this.#gain;
  }

  /** ms dropped, oldest first, because mixer and session run apart. */
  get droppedMs(): number {
    return (this.#dropped * 1000) / this.#rate;
  }

  /** @internal Fetches one frame of what the leg says. */
  pull(): void {
    let count = 0;
    if (!this.#source) count = this.#said.shift(this.frame, this.frame.length);
    else if (!this.ended) {
      try {
        count = this.#source.read(this.frame);
      } catch (error) {
        this.error = error;
        count = -1;
      }
      if (count < 0) this.ended = true;
    }
    if (count < this.frame.length) this.frame.fill(0, Math.max(0, count));
  }

  /** @internal Hands over one frame of what the leg hears. */
  deliver(frame: Int16Array): void {
    if (!this.#sink) {
      this.#push(this.#toHear, frame);
      return;
    }
    try {
      this.#sink.write(frame);
    } catch (error) {
      this.error = error;
    }
  }

  /** @internal Frees the resamplers; source and sink stay open, they belong to who gave them. */
  release(): void {
    for (const each of this.#owned) each.close?.();
  }

  #own<T extends { close?(): unknown }>(each: T): T {
    this.#owned.push(each);
    return each;
  }

  #push(queue: PcmQueue, frame: Int16Array): void {
    queue.push(frame, frame.length);
    const over = queue.length - this.#limit;
    if (over <= 0) return;
    queue.drop(over);
    this.#dropped += over;
  }
}
