import { createWriteStream, type WriteStream } from 'node:fs';
import { SipError } from '../platform/errors';
import { PcapngWriter, type PcapngWriterOptions } from '../trace/pcapng-writer';
import type { TraceEvent } from '../trace/trace-event';

/** Settings of a {@link PcapngFile}. */
export interface PcapngFileOptions extends PcapngWriterOptions {
  /** Most bytes that wait for the disk; messages beyond are left out and counted. 8 MiB when absent. */
  maxBacklog?: number;
  /** Most bytes of the file; what comes after is left out and counted. No limit when absent. */
  maxSize?: number;
  /** Told once when nothing can be written any more, `ERR_SIP_TRACE_FILE`; calls go on without the trace. */
  onError?: (error: SipError) => void;
}

/** What became of the messages given to a writer of traces. */
export interface TraceFileCounters {
  written: number;
  /** Left out: the disk was too slow, the file long enough, or nothing can be written any more. */
  dropped: number;
}

/**
 * Writes SIP messages to a pcapng file. It never harms what is traced: a slow disk loses messages of the trace, a full one ends it.
 *
 * @example
 * ```ts
 * const file = new PcapngFile('calls.pcapng');
 * const off = stack.on('trace', (event) => file.write(event));
 * // …
 * off();
 * await file.close();
 * ```
 */
export class PcapngFile {
  readonly path: string;
  readonly counters: TraceFileCounters = { written: 0, dropped: 0 };
  readonly #stream: WriteStream;
  readonly #writer: PcapngWriter;
  readonly #options: PcapngFileOptions;
  #size = 0;
  #error: SipError | undefined;
  #closed: Promise<void> | undefined;

  /** Begins a new file; one that is there is overwritten. */
  constructor(path: string, options: PcapngFileOptions = {}) {
    this.path = path;
    this.#options = options;
    this.#stream = createWriteStream(path);
    this.#stream.on('error', (error: NodeJS.ErrnoException) => this.#fail(error));
    this.#writer = new PcapngWriter((chunk) => {
      this.#size += chunk.length;
      this.#stream.write(chunk);
    }, options);
  }

  /** Why nothing is written any more. */
  get error(): SipError | undefined {
    return this.#error;
  }

  /** Writes a message, or leaves it out; never throws, never waits. */
  write(event: TraceEvent): void {
    const { maxBacklog = 8 << 20, maxSize = Number.POSITIVE_INFINITY } = this.#options;
    const full = this.#stream.writableLength > maxBacklog || this.#size + event.data.length > maxSize;
    if (this.#error || this.#closed || full) {
      this.counters.dropped++;
      return;
    }
    this.#writer.write(event);
    this.counters.written++;
  }

  /** Resolves when all is on its way to the disk, or cannot be. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      if (this.#stream.closed || this.#error) {
        resolve();
        return;
      }
      this.#stream.once('close', () => resolve());
      this.#stream.end();
    });
    return this.#closed;
  }

  /** Closes it: `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (this.#error) return;
    const why = error.code === 'ENOSPC' ? 'the disk is full' : error.message;
    this.#error = new SipError(
      `The trace in ${this.path} has ended: ${why}. Calls go on; begin a new file to trace again.`,
      {
        code: 'ERR_SIP_TRACE_FILE',
        cause: error,
      },
    );
    this.#options.onError?.(this.#error);
  }
}
