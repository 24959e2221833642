import { type AudioSource, PcmStreamSource } from '@offhook/rtp-media';
import { TypedEmitter } from '@offhook/sip-core';

/** Settings of a {@link SpeechPlayer}. */
export interface SpeechPlayerOptions {
  /** Hz of what is written; 16000 when absent. */
  sampleRate?: number;
  /** ms of audio that may wait; 30000 when absent. */
  maxQueueMs?: number;
}

/** What became of a mark: all before it has been played, or was cleared. */
export type MarkEnd = 'played' | 'cleared';

/** Events of a {@link SpeechPlayer}. */
export interface SpeechPlayerEvents {
  /** What was written before a mark has been played, or was cleared. */
  mark: [name: string, end: MarkEnd];
  /** Nothing waits any more. */
  drained: [];
}

interface Mark {
  readonly name: string;
  /** Samples written before it. */
  readonly at: number;
  readonly done: (end: MarkEnd) => void;
}

/**
 * What a bot says: PCM written in pieces of any length as it is made, played at the pace of the call. {@link clear} makes it silent within one packet, when
 * somebody interrupts; {@link mark} tells how far it has come. Silence is played while nothing waits.
 */
export class SpeechPlayer extends TypedEmitter<SpeechPlayerEvents> implements AudioSource {
  readonly sampleRate: number;
  readonly #queue: PcmStreamSource;
  readonly #marks: Mark[] = [];
  #written = 0;
  /** Samples played or cleared. */
  #passed = 0;
  #played = 0;
  #drained = true;

  constructor({ sampleRate = 16_000, maxQueueMs = 30_000 }: SpeechPlayerOptions = {}) {
    super();
    this.sampleRate = sampleRate;
    this.#queue = new PcmStreamSource({ sampleRate, maxQueueMs });
  }

  /** ms played so far, silence aside. */
  get playedMs(): number {
    return (this.#played * 1000) / this.sampleRate;
  }

  /** ms that wait. */
  get queuedMs(): number {
    return this.#queue.queuedMs;
  }

  /** Appends mono samples. @returns false, and nothing is taken, when there is no room, or after {@link end} */
  push(pcm: Int16Array): boolean {
    if (!this.#queue.push(pcm)) return false;
    this.#taken(pcm.length);
    return true;
  }

  /**
   * Appends mono samples, waiting for room as often as needed: what makes them is held back to the pace of the call.
   *
   * @throws MediaError `ERR_MEDIA_CLOSED` after {@link end}
   */
  async write(pcm: Int16Array): Promise<void> {
    const piece = Math.max(1, Math.round(this.sampleRate / 10));
    for (let at = 0; at < pcm.length; at += piece) {
      const part = pcm.subarray(at, at + piece);
      if (!this.#queue.push(part)) await this.#queue.write(part);
      this.#taken(part.length);
    }
  }

  /**
   * Sets a mark behind all that was written so far.
   *
   * @returns what became of it
   */
  mark(name: string): Promise<MarkEnd> {
    return new Promise((done) => {
      this.#marks.push({ name, at: this.#written, done });
      this.#reach();
    });
  }

  /**
   * Forgets what has not been played: somebody interrupts. Its marks end as `cleared`.
   *
   * @returns ms that were not played
   */
  clear(): number {
    const { queuedMs } = this;
    this.#queue.clear();
    this.#passed = this.#written;
    for (const mark of this.#marks.splice(0)) this.#end(mark, 'cleared');
    this.#drain();
    return queuedMs;
  }

  /** No more will come: the source ends once what waits has been played. */
  end(): void {
    this.#queue.end();
  }

  read(frame: Int16Array): number {
    const count = this.#queue.read(frame);
    if (count > 0) {
      this.#passed += count;
      this.#played += count;
      this.#reach();
      if (this.#passed >= this.#written) this.#drain();
    }
    return count;
  }

  #taken(samples: number): void {
    this.#written += samples;
    this.#drained = false;
  }

  #drain(): void {
    if (this.#drained) return;
    this.#drained = true;
    // What is read is on its way to the peer first.
    queueMicrotask(() => this.emit('drained'));
  }

  #reach(): void {
    while (this.#marks[0] && this.#marks[0].at <= this.#passed) this.#end(this.#marks.shift()!, 'played');
  }

  #end(mark: Mark, end: MarkEnd): void {
    mark.done(end);
    queueMicrotask(() => this.emit('mark', mark.name, end));
  }
}
