import type { AudioSink } from '../audio/audio-sink';
import type { AudioSource } from '../audio/audio-source';
import { PcmRing } from './pcm-ring';

/** ms between rounds: half a packet of the usual length, so that a round that is late is made up for by the next. */
const ROUND_MS = 10;
/** ms of a received call that wait for a thread that is busy. */
const SINK_MS = 1000;
/** Samples handed to a sink at a time before the session said how many. */
const MOST_SAMPLES = 48_000;

/** Something that has work at each round. */
export interface Pumped {
  /** Never throws. */
  pump(): void;
}

/** Carries the audio of all sessions on workers between rings and what the application gave, in one timer of this thread. */
export class AudioPump {
  readonly #pumped = new Set<Pumped>();
  #timer: NodeJS.Timeout | undefined;

  add(pumped: Pumped): void {
    this.#pumped.add(pumped);
    this.#timer ??= setInterval(() => {
      for (const each of this.#pumped) each.pump();
    }, ROUND_MS);
    // It is the workers that keep a process going.
    this.#timer.unref?.();
  }

  remove(pumped: Pumped): void {
    this.#pumped.delete(pumped);
    if (this.#pumped.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** A source of this thread and the ring its audio goes into. */
export class PumpedSource implements Pumped {
  readonly source: AudioSource;
  readonly #bufferMs: number;
  readonly #place: (ring: PcmRing) => void;
  readonly #failed: (error: unknown) => void;
  #ring: PcmRing | undefined;
  #frame = new Int16Array(0);
  #done = false;
  #underrunMs = 0;

  /**
   * @param bufferMs audio that is read ahead
   * @param place tells the worker of a ring to read
   * @param failed the source threw; it is not read any more
   */
  constructor(source: AudioSource, bufferMs: number, place: (ring: PcmRing) => void, failed: (error: unknown) => void) {
    this.source = source;
    this.#bufferMs = bufferMs;
    this.#place = place;
    this.#failed = failed;
  }

  /** ms of silence sent because this thread was late. */
  get underrunMs(): number {
    return this.#underrunMs + (this.#ring ? (this.#ring.underrun * 1000) / this.#ring.sampleRate : 0);
  }

  pump(): void {
    if (this.#done) return;
    try {
      this.#fill();
    } catch (error) {
      this.#done = true;
      this.#failed(error);
    }
  }

  #fill(): void {
    const { source } = this;
    const rate = source.sampleRate;
    const previous = this.#ring;
    if (previous?.sampleRate !== rate) {
      this.#underrunMs = this.underrunMs;
      this.#ring = PcmRing.create(rate, 2 * this.#bufferMs);
      this.#frame = new Int16Array(Math.round((rate * ROUND_MS) / 1000));
    }
    const ring = this.#ring!;
    const wanted = Math.round((rate * this.#bufferMs) / 1000);
    while (ring.length < wanted) {
      const count = source.read(this.#frame);
      if (count < 0) {
        this.#done = true;
        ring.end();
        break;
      }
      this.#frame.fill(0, count);
      ring.write(this.#frame);
    }
    // The worker gets a ring with audio in it.
    if (ring !== previous) this.#place(ring);
  }
}

/** A sink of this thread and the ring its audio comes from. */
export class PumpedSink implements Pumped {
  readonly sink: AudioSink;
  readonly #place: (ring: PcmRing) => void;
  readonly #failed: (error: unknown) => void;
  #ring: PcmRing | undefined;
  #frame = new Int16Array(0);
  #failedOnce = false;
  #overrunMs = 0;

  /** @param place tells the worker of a ring to write, in place of the one before */
  constructor(sink: AudioSink, place: (ring: PcmRing) => void, failed: (error: unknown) => void) {
    this.sink = sink;
    this.#place = place;
    this.#failed = failed;
  }

  /** ms of audio dropped because this thread was late. */
  get overrunMs(): number {
    return this.#overrunMs + (this.#ring ? (this.#ring.overrun * 1000) / this.#ring.sampleRate : 0);
  }

  pump(): void {
    if (this.#failedOnce) return;
    try {
      this.#drain();
    } catch (error) {
      this.#failedOnce = true;
      this.#failed(error);
    }
  }

  #drain(): void {
    const ring = this.#ring;
    if (ring) {
      const size = Math.min(ring.frameLength, MOST_SAMPLES);
      if (this.#frame.length !== size) this.#frame = new Int16Array(size);
      while (size > 0 && ring.length >= size) {
        ring.read(this.#frame);
        this.sink.write(this.#frame);
      }
    }
    if (ring?.sampleRate === this.sink.sampleRate) return;
    this.#overrunMs = this.overrunMs;
    this.#ring = PcmRing.create(this.sink.sampleRate, SINK_MS);
    this.#place(this.#ring);
  }
}
