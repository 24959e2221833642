import { type FileHandle, open } from 'node:fs/promises';
import type { AudioSink } from '../audio/audio-sink';
import { type Clock, systemClock } from '../platform/clock';
import { MediaError } from '../platform/errors';
import { TypedEmitter } from '../platform/typed-emitter';
import { StereoTimeline } from '../wav/stereo-timeline';
import { WAV_HEADER_BYTES, wavHeader } from '../wav/wav-format';
import type { RecordingFile } from './wav-recorder';

// Node.js file: writes the file system.

/** Settings of {@link TwoPartyRecorder}. */
export interface TwoPartyRecorderOptions {
  /** Hz of the file; 8000 when absent. */
  sampleRate?: number;
  /** ms of audio written at a time; 500 when absent. After each the file is whole, whatever happens next. */
  flushMs?: number;
  /** ms that a party may be late without being cut; 200 when absent. */
  latenessMs?: number;
  /** ms that a party may be off its time before silence fills the gap; 40 when absent. */
  toleranceMs?: number;
  /** Bytes of one file at most; what a WAV header can say (4 GiB) when absent or more. */
  maxBytes?: number;
  /** Opens the next file when one is full; without it, the recording ends there with `ERR_RECORDING_LIMIT`. */
  next?: (part: number) => Promise<RecordingFile>;
  /** Time; the machine's when absent. */
  clock?: Clock;
}

/** What a {@link TwoPartyRecorder} tells. */
export type TwoPartyRecorderEvents = {
  /** The recording ended because of an error; the call goes on. */
  error: [error: MediaError];
  /** A full file was closed and the next one begun: 2, 3, … */
  part: [part: number];
};

const LARGEST_DATA = 0xffff_ffff - 36;
const BYTES_PER_SAMPLE = 4;
/** ms of audio that may wait for a slow disk before recording is given up. */
const LONGEST_WAIT_MS = 10_000;

/**
 * Records both parties of a call into a stereo 16-bit WAV file: the local one left, the remote one right, each where it was
 * in time, silence where it was silent. Add `recorder.remote` to the session's sinks and write to `recorder.local`
 * what is sent.
 *
 * Writing never holds up the call, and the header is written after each piece, so that a process that dies leaves a file
 * that plays. A disk that is full, fails or cannot keep up ends the recording with one `error` event.
 */
export class TwoPartyRecorder extends TypedEmitter<TwoPartyRecorderEvents> {
  /** The party on the left. */
  readonly local: AudioSink;
  /** The party on the right. */
  readonly remote: AudioSink;
  /** Hz of the file. */
  readonly sampleRate: number;
  readonly #clock: Clock;
  readonly #start: number;
  readonly #timeline: StereoTimeline;
  readonly #flushSamples: number;
  readonly #lateness: number;
  readonly #maxBytes: number;
  readonly #next: ((part: number) => Promise<RecordingFile>) | undefined;
  #file: RecordingFile;
  #part = 1;
  #partBytes = 0;
  #recorded = 0;
  #cut = 0;
  #writing: Promise<void> | undefined;
  #failed = false;
  #closed: Promise<void> | undefined;

  /** Use {@link twoPartyRecorder}, which opens the file. The time line begins now. */
  constructor(file: RecordingFile, options: TwoPartyRecorderOptions = {}) {
    super();
    const { sampleRate = 8000, flushMs = 500, latenessMs = 200, toleranceMs = 40, clock = systemClock } = options;
    this.#file = file;
    this.sampleRate = sampleRate;
    this.#clock = clock;
    this.#start = clock.now();
    this.#timeline = new StereoTimeline(sampleRate, toleranceMs);
    this.#flushSamples = Math.max(1, Math.round((flushMs * sampleRate) / 1000));
    this.#lateness = latenessMs;
    this.#next = options.next;
    const limit = Math.min(options.maxBytes ?? Number.POSITIVE_INFINITY, LARGEST_DATA + WAV_HEADER_BYTES);
    this.#maxBytes = Math.floor((limit - WAV_HEADER_BYTES) / BYTES_PER_SAMPLE) * BYTES_PER_SAMPLE;
    if (!(this.#maxBytes > 0)) throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give maxBytes more than a header has, 44.');
    this.local = { sampleRate, write: (frame) => this.#put(0, frame) };
    this.remote = { sampleRate, write: (frame) => this.#put(1, frame) };
  }

  /** ms of audio that are safely in the files. */
  get recordedMs(): number {
    return (this.#recorded * 1000) / BYTES_PER_SAMPLE / this.sampleRate;
  }

  /** ms of either party that came too late, or too much at once, to have a place. */
  get cutMs(): number {
    return (this.#cut * 1000) / this.sampleRate;
  }

  /** Writes what may be written now; only needed when no party sends anything for long. */
  flush(): void {
    if (this.#writing || this.#failed || this.#closed) return;
    this.#writing = this.#write(this.#elapsed - this.#lateness).finally(() => {
      this.#writing = undefined;
    });
  }

  get #elapsed(): number {
    return this.#clock.now() - this.#start;
  }

  #put(side: 0 | 1, frame: Int16Array): void {
    if (this.#failed || this.#closed) return;
    const elapsed = this.#elapsed;
    this.#cut += this.#timeline.put(side, frame, elapsed);
    const waiting = ((elapsed - this.#lateness) * this.sampleRate) / 1000 - this.#timeline.taken;
    if (this.#writing && waiting - this.#flushSamples > (LONGEST_WAIT_MS * this.sampleRate) / 1000) {
      this.#fail('ERR_RECORDING', new Error('the disk is too slow'));
    } else if (waiting >= this.#flushSamples) this.flush();
  }

  async #write(untilMs: number): Promise<void> {
    try {
      for (;;) {
        if (this.#failed) return;
        if (this.#partBytes >= this.#maxBytes && !(await this.#roll())) return;
        const room = (this.#maxBytes - this.#partBytes) / BYTES_PER_SAMPLE;
        const pcm = this.#timeline.take(untilMs, Math.min(room, this.#flushSamples));
        if (pcm.length === 0) return;
        const bytes = new Uint8Array(pcm.length * 2);
        const view = new DataView(bytes.buffer);
        for (let i = 0; i < pcm.length; i++) view.setInt16(i * 2, pcm[i]!, true);
        // Audio first: a header never promises what is not there.
        await this.#writeAll(bytes, WAV_HEADER_BYTES + this.#partBytes);
        this.#partBytes += bytes.length;
        await this.#writeAll(wavHeader(this.sampleRate, this.#partBytes, 2), 0);
        this.#recorded += bytes.length;
      }
    } catch (error) {
      this.#fail('ERR_RECORDING', error);
    }
  }

  async #roll(): Promise<boolean> {
    if (!this.#next) {
      this.#fail('ERR_RECORDING_LIMIT', new Error(`the file has the ${this.#maxBytes} bytes that it may have`));
      return false;
    }
    const file = await this.#next(this.#part + 1);
    const full = this.#file;
    this.#file = file;
    this.#part++;
    this.#partBytes = 0;
    await full.close();
    this.emit('part', this.#part);
    return true;
  }

  async #writeAll(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, position + done);
      if (bytesWritten === 0) throw new Error('nothing more can be written');
      done += bytesWritten;
    }
  }

  #fail(code: 'ERR_RECORDING' | 'ERR_RECORDING_LIMIT', cause: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    const advice = code === 'ERR_RECORDING' ? 'Free disk space or record elsewhere.' : 'Let it go on in a next file.';
    const message = `Recording stopped: ${(cause as Error).message}. ${advice}`;
    this.emit('error', new MediaError(code, message, { cause }));
  }

  /** Writes what is left, up to where the longer party ends, and closes the file. Never rejects: failures are events. */
  close(): Promise<void> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  async #finish(): Promise<void> {
    await this.#writing;
    await this.#write(this.#timeline.endMs);
    await this.#file.close().catch((error: unknown) => this.#fail('ERR_RECORDING', error));
  }
}

/**
 * Creates or replaces a stereo WAV file and records both parties into it. Beyond `maxBytes` or 4 GiB it goes on in
 * `name-2.wav`, `name-3.wav`, … unless `next` says otherwise.
 *
 * @throws MediaError `ERR_RECORDING` when the file cannot be created
 */
export async function twoPartyRecorder(path: string, options: TwoPartyRecorderOptions = {}): Promise<TwoPartyRecorder> {
  const { sampleRate = 8000, next = (part) => create(partPath(path, part), sampleRate) } = options;
  return new TwoPartyRecorder(await create(path, sampleRate), { ...options, next });
}

function partPath(path: string, part: number): string {
  return path.toLowerCase().endsWith('.wav') ? `${path.slice(0, -4)}-${part}${path.slice(-4)}` : `${path}-${part}`;
}

async function create(path: string, sampleRate: number): Promise<FileHandle> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'w');
    const header = wavHeader(sampleRate, 0, 2);
    await file.write(header, 0, header.length, 0);
    return file;
  } catch (cause) {
    await file?.close().catch(() => {});
    throw new MediaError('ERR_RECORDING', `Cannot record to ${path}: ${(cause as Error).message}.`, { cause });
  }
}
