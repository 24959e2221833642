import type { AudioSource } from '../audio/audio-source';
import { PcmQueue } from '../audio/pcm-queue';
import { MediaError } from '../platform/errors';

/** Settings of {@link PcmStreamSource}. */
export interface PcmStreamSourceOptions {
  /** Hz of what is pushed; 8000 when absent. */
  sampleRate?: number;
  /** ms of audio that may wait; 1000 when absent. */
  maxQueueMs?: number;
}

/**
 * PCM that an application produces: pushed in pieces of any length, played in order, silence when there is none.
 *
 * The queue is bounded and the call never waits for it: `push` refuses what does not fit, `write` waits for room.
 */
export class PcmStreamSource implements AudioSource {
  readonly sampleRate: number;
  readonly #limit: number;
  readonly #queue: PcmQueue;
  #waiting: { needed: number; go: () => void }[] = [];
  #dropped = 0;
  #ended = false;
  #failure: unknown;

  constructor(options: PcmStreamSourceOptions = {}) {
    const { sampleRate = 8000, maxQueueMs = 1000 } = options;
    if (!(maxQueueMs > 0)) throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give maxQueueMs more than 0 ms.');
    this.sampleRate = sampleRate;
    this.#limit = Math.ceil((maxQueueMs * sampleRate) / 1000);
    this.#queue = new PcmQueue(Math.ceil(sampleRate / 5));
  }

  /** ms of audio that wait. */
  get queuedMs(): number {
    return (this.#queue.length * 1000) / this.sampleRate;
  }

  /**
   * Appends mono samples.
   *
   * @returns false, and nothing is taken, when they do not fit or the source has ended
   */
  push(pcm: Int16Array): boolean {
    if (this.#ended || this.#queue.length + pcm.length > this.#limit) return false;
    this.#queue.push(pcm, pcm.length);
    return true;
  }

  /** ms of audio that {@link pushLatest} dropped. */
  get droppedMs(): number {
    return (this.#dropped * 1000) / this.sampleRate;
  }

  /** Appends mono samples; what does not fit pushes out the oldest, counted in {@link droppedMs}. For live audio. */
  pushLatest(pcm: Int16Array): void {
    if (this.#ended) return;
    this.#queue.push(pcm, pcm.length);
    const over = Math.max(0, this.#queue.length - this.#limit);
    this.#queue.drop(over);
    this.#dropped += over;
  }

  /**
   * Appends mono samples, waiting for room as often as needed. Write one piece after the other.
   *
   * @throws MediaError `ERR_MEDIA_CLOSED` when the source has ended
   */
  async write(pcm: Int16Array): Promise<void> {
    const piece = Math.max(1, this.#limit >> 1);
    for (let at = 0; at < pcm.length; at += piece) {
      const part = pcm.subarray(at, at + piece);
      while (!this.push(part)) {
        if (this.#ended) throw new MediaError('ERR_MEDIA_CLOSED', 'The PCM source has ended; make a new one.');
        await new Promise<void>((go) => this.#waiting.push({ needed: part.length, go }));
      }
    }
  }

  /** Leaves out what waits: the bot was interrupted. */
  clear(): void {
    this.#queue.clear();
    this.#wake();
  }

  /** No more will come: the source ends once the queue is empty. */
  end(): void {
    this.#ended = true;
    for (const { go } of this.#waiting.splice(0)) go();
  }

  read(frame: Int16Array): number {
    const count = this.#queue.shift(frame, frame.length);
    if (this.#waiting.length > 0) this.#wake();
    if (count > 0 || !this.#ended) return count;
    if (this.#failure !== undefined) throw this.#failure;
    return -1;
  }

  /** No more will come, because of an error: once the queue is empty, reading throws it. */
  fail(error: unknown): void {
    this.#failure = error ?? new Error('the producer failed');
    this.end();
  }

  #wake(): void {
    while (this.#waiting[0] && this.#queue.length + this.#waiting[0].needed <= this.#limit) this.#waiting.shift()!.go();
  }

  close(): void {
    this.end();
    this.#queue.clear();
  }
}

/**
 * A source that an application pushes PCM into.
 *
 * @param options rates and bounds; see {@link PcmStreamSource}
 * @param from played when given: pieces of mono samples, taken only as fast as they are
 *   played; the source ends with them, or throws to the session what they threw
 */
export function pcmStreamSource(
  options: PcmStreamSourceOptions = {},
  from?: AsyncIterable<Int16Array> | Iterable<Int16Array>,
): PcmStreamSource {
  const source = new PcmStreamSource(options);
  if (from) void pump(from, source);
  return source;
}

async function pump(from: AsyncIterable<Int16Array> | Iterable<Int16Array>, source: PcmStreamSource): Promise<void> {
  try {
    for await (const piece of from) await source.write(piece);
    source.end();
  } catch (error) {
    source.fail(error);
  }
}
