import { sharedPacer } from '../node/precise-clock';
import { type PacedHandle, type PacedStream, Pacer } from '../pacing/pacer';
import { type Clock, systemClock } from '../platform/clock';
import type { AudioSink } from './audio-sink';
import type { AudioSource } from './audio-source';
import { ResamplingSink } from './resampling-sink';

const FRAME_MS = 20;

/** Audio that is being played, outside any call. */
export interface Playing {
  /** Resolves when the source has ended, or {@link stop} was called; rejects with what the source or the sink threw. */
  readonly done: Promise<void>;
  /** Ends it at once. */
  stop(): void;
}

/**
 * Plays a source into a sink at the pace of the clock, such as a ring tone at a loudspeaker. Await {@link loadResampler} first where their rates
 * differ. Neither of the two is closed.
 *
 * @param options.clock the clock of a test; the machine's when absent
 */
export function play(source: AudioSource, sink: AudioSink, options: { clock?: Clock } = {}): Playing {
  const { clock } = options;
  const pacer = clock && clock !== systemClock ? new Pacer(clock) : sharedPacer();
  return new Play(
    source,
    source.sampleRate === sink.sampleRate ? sink : new ResamplingSink(sink, source.sampleRate),
    pacer,
  );
}

class Play implements Playing, PacedStream {
  readonly intervalMs = FRAME_MS;
  readonly done: Promise<void>;
  readonly #source: AudioSource;
  readonly #sink: AudioSink;
  readonly #frame: Int16Array;
  readonly #handle: PacedHandle;
  #finish!: (error?: unknown) => void;

  constructor(source: AudioSource, sink: AudioSink, pacer: Pacer) {
    this.#source = source;
    this.#sink = sink;
    this.#frame = new Int16Array((source.sampleRate * FRAME_MS) / 1000);
    this.done = new Promise((resolve, reject) => {
      this.#finish = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.done.catch(() => {});
    this.#handle = pacer.add(this);
  }

  due(): void {
    try {
      const length = this.#source.read(this.#frame);
      if (length < 0) {
        this.stop();
        return;
      }
      this.#frame.fill(0, length);
      this.#sink.write(this.#frame);
    } catch (error) {
      this.#handle.remove();
      this.#finish(error);
    }
  }

  stop(): void {
    this.#handle.remove();
    this.#finish();
  }
}
