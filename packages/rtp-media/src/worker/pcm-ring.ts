import type { AudioSink } from '../audio/audio-sink';
import type { AudioSource } from '../audio/audio-source';

// Words of a ring's head.
const WRITTEN = 0;
const READ = 1;
const ENDED = 2;
const UNDERRUN = 3;
const OVERRUN = 4;
const FRAME = 5;
const HEAD_WORDS = 8;

/** Memory that both threads see; goes to the other one in a message. */
export interface PcmRingMemory {
  /** Hz. */
  readonly sampleRate: number;
  readonly buffer: SharedArrayBuffer;
}

/**
 * Mono 16-bit PCM from one thread to another: one writes, one reads, neither ever waits. What does not fit is dropped, what
 * is not there is silence, and both are counted.
 */
export class PcmRing implements AudioSource, AudioSink {
  readonly sampleRate: number;
  readonly memory: PcmRingMemory;
  readonly #head: Int32Array;
  readonly #samples: Int16Array;

  constructor(memory: PcmRingMemory) {
    this.memory = memory;
    this.sampleRate = memory.sampleRate;
    this.#head = new Int32Array(memory.buffer, 0, HEAD_WORDS);
    this.#samples = new Int16Array(memory.buffer, HEAD_WORDS * 4);
  }

  /** @param ms how much fits at least: the length is a power of two, so that positions wrap where the ring does */
  static create(sampleRate: number, ms: number): PcmRing {
    const samples = 2 ** Math.ceil(Math.log2(Math.max(1, (sampleRate * ms) / 1000)));
    return new PcmRing({ sampleRate, buffer: new SharedArrayBuffer(HEAD_WORDS * 4 + samples * 2) });
  }

  /** Samples that wait to be read. Positions are 32 bits that wrap. */
  get length(): number {
    return (Atomics.load(this.#head, WRITTEN) - Atomics.load(this.#head, READ)) | 0;
  }

  /** Samples that still fit. */
  get room(): number {
    return this.#samples.length - this.length;
  }

  /** Samples of silence that were read in place of audio that was late. */
  get underrun(): number {
    return Atomics.load(this.#head, UNDERRUN);
  }

  /** Samples that were dropped because nobody read. */
  get overrun(): number {
    return Atomics.load(this.#head, OVERRUN);
  }

  /** Samples the writer hands over at a time; 0 before the first. */
  get frameLength(): number {
    return Atomics.load(this.#head, FRAME);
  }

  /** The writer has no more: what is left is read, then the end. */
  end(): void {
    Atomics.store(this.#head, ENDED, 1);
  }

  write(frame: Int16Array): void {
    if (this.frameLength !== frame.length) Atomics.store(this.#head, FRAME, frame.length);
    if (frame.length > this.room) {
      Atomics.add(this.#head, OVERRUN, frame.length);
      return;
    }
    const size = this.#samples.length;
    const written = Atomics.load(this.#head, WRITTEN);
    let at = place(written, size);
    for (let i = 0; i < frame.length; i++) {
      this.#samples[at] = frame[i]!;
      if (++at === size) at = 0;
    }
    Atomics.store(this.#head, WRITTEN, (written + frame.length) | 0);
  }

  read(frame: Int16Array): number {
    // The end is looked at first: what was written before it is seen then.
    const ended = Atomics.load(this.#head, ENDED) === 1;
    const there = this.length;
    if (there === 0 && ended) return -1;
    const count = Math.min(there, frame.length);
    const size = this.#samples.length;
    const from = Atomics.load(this.#head, READ);
    let at = place(from, size);
    for (let i = 0; i < count; i++) {
      frame[i] = this.#samples[at]!;
      if (++at === size) at = 0;
    }
    Atomics.store(this.#head, READ, (from + count) | 0);
    if (count < frame.length && !ended) Atomics.add(this.#head, UNDERRUN, frame.length - count);
    return count;
  }
}

/** Where a position of 32 bits lies. */
function place(position: number, size: number): number {
  return position & (size - 1);
}
