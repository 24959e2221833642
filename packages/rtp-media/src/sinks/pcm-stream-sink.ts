import type { AudioSink } from '../audio/audio-sink';
import { MediaError } from '../platform/errors';

/** Settings of {@link PcmStreamSink}. */
export interface PcmStreamSinkOptions {
  /** Hz wanted; 8000 when absent. */
  sampleRate?: number;
  /** ms of audio kept for a reader that is behind; 2000 when absent. The oldest is dropped beyond. */
  maxQueueMs?: number;
}

/**
 * Received audio as an async iterator of frames: `for await (const frame of sink)`. Each frame is the reader's own. A slow
 * reader never holds up the call: it loses the oldest audio, counted in {@link droppedMs}.
 */
export class PcmStreamSink implements AudioSink, AsyncIterable<Int16Array> {
  readonly sampleRate: number;
  readonly #limit: number;
  #frames: Int16Array[] = [];
  #queued = 0;
  #dropped = 0;
  #closed = false;
  #readers: ((result: IteratorResult<Int16Array>) => void)[] = [];

  constructor(options: PcmStreamSinkOptions = {}) {
    const { sampleRate = 8000, maxQueueMs = 2000 } = options;
    if (!(maxQueueMs > 0)) throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give maxQueueMs more than 0 ms.');
    this.sampleRate = sampleRate;
    this.#limit = (maxQueueMs * sampleRate) / 1000;
  }

  /** ms of audio that a slow reader lost. */
  get droppedMs(): number {
    return (this.#dropped * 1000) / this.sampleRate;
  }

  /** ms of audio that wait. */
  get queuedMs(): number {
    return (this.#queued * 1000) / this.sampleRate;
  }

  write(frame: Int16Array): void {
    if (this.#closed) return;
    const copy = frame.slice();
    const reader = this.#readers.shift();
    if (reader) {
      reader({ done: false, value: copy });
      return;
    }
    this.#frames.push(copy);
    this.#queued += copy.length;
    while (this.#queued > this.#limit && this.#frames.length > 1) {
      const oldest = this.#frames.shift()!;
      this.#queued -= oldest.length;
      this.#dropped += oldest.length;
    }
  }

  /** Ends the iteration once what waits was read. */
  close(): void {
    this.#closed = true;
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
  }

  /** What is heard, frame by frame, until it is closed: `for await`. */
  [Symbol.asyncIterator](): AsyncIterator<Int16Array> {
    return {
      next: () => {
        const frame = this.#frames.shift();
        if (frame) {
          this.#queued -= frame.length;
          return Promise.resolve({ done: false, value: frame });
        }
        if (this.#closed) return Promise.resolve({ done: true, value: undefined });
        return new Promise((resolve) => this.#readers.push(resolve));
      },
      return: () => Promise.resolve({ done: true, value: undefined }),
    };
  }
}

/** A sink that an application reads PCM from; see {@link PcmStreamSink}. */
export function pcmStreamSink(options: PcmStreamSinkOptions = {}): PcmStreamSink {
  return new PcmStreamSink(options);
}
