import { type FileHandle, open } from 'node:fs/promises';
import type { AudioSink } from '../audio/audio-sink';
import { MediaError } from '../platform/errors';
import { TypedEmitter } from '../platform/typed-emitter';
import { WAV_HEADER_BYTES, wavHeader } from '../wav/wav-format';

// Node.js file: writes the file system.

/** Settings of {@link wavRecorder}. */
export interface WavRecorderOptions {
  /** Hz of the file; 8000 when absent. */
  sampleRate?: number;
  /** ms of audio written at a time; 500 when absent. After each the file is whole, whatever happens next. */
  flushMs?: number;
}

/** The part of a file that a recorder needs; tests hand in one that fails. */
export interface RecordingFile {
  /** Writes `length` bytes of `bytes` from `offset` on, at `position` in the file. */
  write(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>;
  /** Closes the file; resolves when all is written. */
  close(): Promise<void>;
}

/** ms of audio that may wait for a slow disk before recording is given up. */
const LONGEST_WAIT_MS = 10_000;

/**
 * Records what a session receives into a mono 16-bit WAV file. Writing never holds up the call: audio is collected and
 * written behind its back, the header after each piece, so that a process that dies leaves a file that plays.
 *
 * A disk that fails or cannot keep up ends the recording with one `error` event; the call goes on, and what was written
 * stays.
 */
export class WavRecorder extends TypedEmitter<{ error: [error: MediaError] }> implements AudioSink {
  readonly sampleRate: number;
  readonly #file: RecordingFile;
  readonly #flushSamples: number;
  readonly #limit: number;
  #pending: Int16Array;
  #count = 0;
  #writtenBytes = 0;
  #writing: Promise<void> | undefined;
  #failed = false;
  #closed: Promise<void> | undefined;

  /** Use {@link wavRecorder}, which opens the file. */
  constructor(file: RecordingFile, options: WavRecorderOptions = {}) {
    super();
    const { sampleRate = 8000, flushMs = 500 } = options;
    this.#file = file;
    this.sampleRate = sampleRate;
    this.#flushSamples = Math.max(1, Math.round((flushMs * sampleRate) / 1000));
    this.#limit = this.#flushSamples + (LONGEST_WAIT_MS * sampleRate) / 1000;
    this.#pending = new Int16Array(this.#flushSamples * 2);
  }

  /** ms of audio that are safely in the file. */
  get recordedMs(): number {
    return (this.#writtenBytes * 500) / this.sampleRate;
  }

  write(frame: Int16Array): void {
    if (this.#failed || this.#closed) return;
    if (this.#count + frame.length > this.#limit) {
      this.#fail(new Error('the disk is too slow'));
      return;
    }
    if (this.#count + frame.length > this.#pending.length) {
      const larger = new Int16Array((this.#count + frame.length) * 2);
      larger.set(this.#pending);
      this.#pending = larger;
    }
    this.#pending.set(frame, this.#count);
    this.#count += frame.length;
    if (this.#count >= this.#flushSamples && !this.#writing) this.#flush();
  }

  #flush(): void {
    this.#writing = this.#writePending().then(() => {
      this.#writing = undefined;
    });
  }

  async #writePending(): Promise<void> {
    const bytes = new Uint8Array(this.#count * 2);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < this.#count; i++) view.setInt16(i * 2, this.#pending[i]!, true);
    this.#count = 0;
    try {
      // Audio first: a header never promises what is not there.
      await this.#writeAll(bytes, WAV_HEADER_BYTES + this.#writtenBytes);
      this.#writtenBytes += bytes.length;
      await this.#writeAll(wavHeader(this.sampleRate, this.#writtenBytes), 0);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #writeAll(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, position + done);
      if (bytesWritten === 0) throw new Error('nothing more can be written');
      done += bytesWritten;
    }
  }

  #fail(cause: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    const message = `Recording stopped: ${(cause as Error).message}. Free disk space or record elsewhere.`;
    this.emit('error', new MediaError('ERR_RECORDING', message, { cause }));
  }

  /** Writes what is left and closes the file. Never rejects: failures are `error` events. */
  close(): Promise<void> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  async #finish(): Promise<void> {
    await this.#writing;
    if (!this.#failed) await this.#writePending();
    await this.#file.close().catch((error: unknown) => this.#fail(error));
  }
}

/**
 * Creates or replaces a WAV file and records into it.
 *
 * @throws MediaError `ERR_RECORDING` when the file cannot be created
 */
export async function wavRecorder(path: string | URL, options: WavRecorderOptions = {}): Promise<WavRecorder> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'w');
    const header = wavHeader(options.sampleRate ?? 8000, 0);
    await file.write(header, 0, header.length, 0);
    return new WavRecorder(file, options);
  } catch (cause) {
    await file?.close().catch(() => {});
    const message = `Cannot record to ${String(path)}: ${(cause as Error).message}.`;
    throw new MediaError('ERR_RECORDING', message, { cause });
  }
}
