import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Clock, type Logger, systemClock, TypedEmitter } from '@offhook/sip-core';
import type { Endpoint } from '../endpoint/endpoint';
import { EndpointError } from '../errors/endpoint-error';
import { LOG_LEVELS, type LogLevel, logLine } from './log-line';
import { withoutSecrets } from './without-secrets';

/** When a new file is begun: after so many bytes, or ms. */
export type LogSegment = { readonly bytes: number } | { readonly ms: number };

/** When old files go: when there are more, or after ms. */
export type LogExpiry = { readonly files: number } | { readonly ms: number };

/** Settings of {@link LogFiles}. */
export interface LogFilesOptions {
  /** The file that is written; older ones have the time they were ended behind their names. Its folder is made. */
  path: string;
  /** What is written; `info` when absent. */
  level?: LogLevel;
  /** 10 MB when absent. */
  segment?: LogSegment;
  /** Ten files when absent. */
  expire?: LogExpiry;
  /** Bytes that may wait for a slow disk; what comes then is lost, and counted. 4 MB when absent. */
  maxQueueBytes?: number;
  /** The clock of a test; the machine's when absent. */
  clock?: Clock;
}

/** Events of {@link LogFiles}. */
export interface LogFilesEvents {
  /** Nothing can be written: the disk is full, the folder may not be written to. Told once; calls go on, and it is tried again. */
  error: [error: EndpointError];
  /** It can be written again. @param lost lines that were not */
  recovered: [lost: number];
  /** A file was ended. @param path where it is now */
  rotated: [path: string];
}

/** ms after which a disk that failed is tried again. */
const RETRY_MS = 5000;

/**
 * A logger that writes files: a line of JSON each, `time` and `level` first. Nothing it is given waits for the disk, and no failure of the disk
 * disturbs a call. Passwords never come here; keys of protected audio and answers to challenges are blotted out of SIP messages.
 */
export class LogFiles extends TypedEmitter<LogFilesEvents> implements Logger {
  readonly path: string;
  readonly #rank: number;
  readonly #segment: LogSegment;
  readonly #expire: LogExpiry;
  readonly #maxQueueBytes: number;
  readonly #clock: Clock;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #lost = 0;
  #file: { handle: FileHandle; bytes: number; begun: number } | undefined;
  #failedAt: number | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(options: LogFilesOptions) {
    super();
    const { path, level = 'info', segment = { bytes: 10 * 1024 * 1024 }, expire = { files: 10 } } = options;
    this.path = path;
    this.#rank = LOG_LEVELS.indexOf(level);
    if (this.#rank < 0) {
      throw new EndpointError('ERR_OPTION', `The level ${String(level)} is none of ${LOG_LEVELS.join(', ')}.`);
    }
    this.#segment = segment;
    this.#expire = expire;
    this.#maxQueueBytes = options.maxQueueBytes ?? 4 * 1024 * 1024;
    this.#clock = options.clock ?? systemClock;
  }

  isLevelEnabled(level: string): boolean {
    const rank = LOG_LEVELS.indexOf(level as LogLevel);
    return rank >= 0 && rank <= this.#rank;
  }

  debug(data: object, message: string): void {
    this.#log('debug', data, message);
  }

  info(data: object, message: string): void {
    this.#log('info', data, message);
  }

  warn(data: object, message: string): void {
    this.#log('warn', data, message);
  }

  error(data: object, message: string): void {
    this.#log('error', data, message);
  }

  /** The last words before a program ends. */
  fatal(data: object, message: string): void {
    this.#log('fatal', data, message);
  }

  /**
   * Writes what an endpoint tells: each call at its end (`info`), each SIP message (`debug`).
   *
   * @returns ends that
   */
  follow(endpoint: Pick<Endpoint, 'on'>): () => void {
    const off = [
      endpoint.on('callRecord', (record) => this.info({ call: record }, 'Call ended')),
      endpoint.on('trace', ({ direction, protocol, remote, data }) => {
        if (!this.isLevelEnabled('debug')) return;
        this.debug(
          {
            direction,
            protocol,
            remote: `${remote.host}:${remote.port}`,
            message: withoutSecrets(new TextDecoder().decode(data)),
          },
          'SIP',
        );
      }),
    ];
    return () => {
      for (const each of off) each();
    };
  }

  /** Writes what waits, and ends. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#failedAt = undefined;
    this.#wake();
    await this.#writing;
    await this.#file?.handle.close().catch(() => {});
    this.#file = undefined;
  }

  #log(level: LogLevel, data: object, message: string): void {
    if (this.#closed || !this.isLevelEnabled(level)) return;
    const text = logLine(new Date(this.#clock.date()), level, data, message);
    const bytes = new TextEncoder().encode(`${text}\n`);
    if (this.#queuedBytes + bytes.length > this.#maxQueueBytes) {
      this.#lost++;
      this.#wake();
      return;
    }
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#wake();
  }

  #wake(): void {
    if (this.#writing || this.#queue.length === 0) return;
    if (this.#failedAt !== undefined && this.#clock.now() - this.#failedAt < RETRY_MS) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
      if (this.#failedAt === undefined) this.#wake();
    });
  }

  async #write(): Promise<void> {
    const batch = Buffer.concat(this.#queue);
    const count = this.#queue.length;
    try {
      this.#file ??= await this.#open();
      if (this.#isFull(this.#file, batch.length)) this.#file = await this.#rotate(this.#file);
      await this.#file.handle.appendFile(batch);
      this.#file.bytes += batch.length;
    } catch (cause) {
      await this.#file?.handle.close().catch(() => {});
      this.#file = undefined;
      if (this.#closed) this.#forget(count, batch.length);
      this.#fail(cause);
      return;
    }
    this.#forget(count, batch.length);
    if (this.#failedAt !== undefined || this.#lost > 0) {
      const lost = this.#lost;
      this.#failedAt = undefined;
      this.#lost = 0;
      this.emit('recovered', lost);
    }
  }

  #forget(count: number, bytes: number): void {
    this.#queue.splice(0, count);
    this.#queuedBytes -= bytes;
  }

  #fail(cause: unknown): void {
    const first = this.#failedAt === undefined;
    this.#failedAt = this.#clock.now();
    if (!first) return;
    const message = `Nothing can be written to the log ${this.path}: ${(cause as Error).message}. Calls go on without.`;
    this.emit('error', new EndpointError('ERR_LOG', message, { cause }));
  }

  async #open() {
    await mkdir(dirname(this.path), { recursive: true });
    const handle = await open(this.path, 'a');
    const { size, birthtimeMs } = await stat(this.path);
    return { handle, bytes: size, begun: size > 0 ? birthtimeMs : this.#clock.date() };
  }

  #isFull({ bytes, begun }: { bytes: number; begun: number }, more: number): boolean {
    if (bytes === 0) return false;
    if ('bytes' in this.#segment) return bytes + more > this.#segment.bytes;
    return this.#clock.date() - begun >= this.#segment.ms;
  }

  async #rotate({ handle }: { handle: FileHandle }) {
    await handle.close();
    const stamp = new Date(this.#clock.date()).toISOString().replace(/[-:]/g, '').replace('T', '_').slice(0, 19);
    let ended = `${this.path}.${stamp}`;
    for (let number = 2; await exists(ended); number++) ended = `${this.path}.${stamp}-${number}`;
    await rename(this.path, ended);
    this.emit('rotated', ended);
    // An old file that cannot be taken away is no reason to write nothing.
    await this.#clear().catch(() => {});
    return this.#open();
  }

  async #clear(): Promise<void> {
    const folder = dirname(this.path);
    const prefix = `${basename(this.path)}.`;
    const names = (await readdir(folder)).filter((name) => name.startsWith(prefix) && /\.\d{8}_\d{6}/.test(name));
    const files = await Promise.all(
      names.map(async (name) => ({ path: join(folder, name), time: (await stat(join(folder, name))).mtimeMs, name })),
    );
    files.sort((a, b) => (a.name < b.name ? 1 : -1));
    const expire = this.#expire;
    const old =
      'files' in expire
        ? // The one that is written counts.
          files.slice(Math.max(0, expire.files - 1))
        : files.filter(({ time }) => this.#clock.date() - time > expire.ms);
    for (const { path } of old) await unlink(path).catch(() => {});
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
