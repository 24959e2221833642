import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { CodecRegistry } from '@offhook/codecs';
import { MediaError } from '../platform/errors';
import { AudioPump } from './audio-pump';
import { loadCodecModules } from './codec-modules';
import type { FromWorker, OpenedSession, WorkerRequest, WorkerSessionOptions } from './messages';
import { WorkerAudioSession } from './worker-session';

// Node.js file: worker threads.

/** What a pool needs of a worker thread; tests hand in one that runs in the same thread. */
export interface MediaThread {
  /** Sends it a message. */
  postMessage(message: unknown): void;
  /** Listens to what it sends. */
  on(event: 'message', listener: (message: FromWorker) => void): unknown;
  /** Listens to the error that ends it. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Listens to its end. */
  on(event: 'exit', listener: (code: number) => void): unknown;
  /** Keeps the process alive while it runs. */
  ref(): void;
  /** Does not keep the process alive. */
  unref(): void;
  /** Ends it at once. */
  terminate(): Promise<unknown>;
}

/** Settings of {@link MediaWorkers}. */
export interface MediaWorkersOptions {
  /** Worker threads at most; one fewer than processor cores, and at least 1, when absent. Each starts when it is needed. */
  size?: number;
  /**
   * Modules with codecs beside the default ones, for the workers: `file:` URLs, absolute paths, or names such as
   * `@offhook/codecs/opus`. A module exports them as `loadCodecs` of `@offhook/codecs` wants them.
   */
  codecModules?: readonly string[];
  /** ms of audio read ahead from sources of the main thread, which may be busy for as long; 60 when absent. */
  bufferMs?: number;
  /** Starts a worker; a thread that runs `@offhook/rtp-media/worker` when absent. */
  startThread?: () => MediaThread;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: MediaError): void;
}

interface Place {
  readonly thread: MediaThread;
  readonly sessions: Map<number, WorkerAudioSession>;
  readonly pending: Map<number, Pending>;
  /** Sessions, those being opened included. */
  load: number;
  gone: boolean;
}

/**
 * Worker threads that run audio sessions, so that calls keep their pace whatever the main thread does. A session goes to
 * the worker with the fewest. A worker that crashes ends its sessions with an `error` event (`ERR_MEDIA_WORKER`), and
 * another takes its place when the next session is opened.
 *
 * A pool without sessions does not keep the process going.
 */
export class MediaWorkers {
  readonly #size: number;
  readonly #codecModules: readonly string[];
  readonly #bufferMs: number;
  readonly #startThread: () => MediaThread;
  readonly #places: Place[] = [];
  readonly #pump = new AudioPump();
  #codecs: Promise<CodecRegistry> | undefined;
  #number = 0;
  #closed: Promise<void> | undefined;

  /** @throws MediaError `ERR_MEDIA_ARGUMENT` */
  constructor(options: MediaWorkersOptions = {}) {
    const { size = Math.max(1, availableParallelism() - 1), codecModules = [], bufferMs = 60 } = options;
    if (!Number.isInteger(size) || size < 1) {
      throw new MediaError('ERR_MEDIA_ARGUMENT', `Give a pool of media workers at least 1 thread, not ${size}.`);
    }
    if (!(bufferMs >= 20 && bufferMs <= 10_000)) {
      throw new MediaError('ERR_MEDIA_ARGUMENT', `Give media workers a buffer from 20 to 10000 ms, not ${bufferMs}.`);
    }
    this.#size = size;
    this.#codecModules = codecModules;
    this.#bufferMs = bufferMs;
    this.#startThread = options.startThread ?? startWorker;
  }

  /** Worker threads running. */
  get threads(): number {
    return this.#places.length;
  }

  /** Sessions on all workers. */
  get sessions(): number {
    return this.#places.reduce((sum, { load }) => sum + load, 0);
  }

  /**
   * Opens a session and its sockets on a worker.
   *
   * @param codecs where agreed codecs are looked up in the main thread; the default ones and those of `codecModules` when
   * absent
   * @throws MediaError as {@link openUdpRtpTransport} does, and `ERR_MEDIA_WORKER`, `ERR_CODEC_MODULE`, `ERR_MEDIA_CLOSED`
   */
  async open(options: WorkerSessionOptions = {}, codecs?: CodecRegistry): Promise<WorkerAudioSession> {
    if (this.#closed) throw closedError();
    const registry = codecs ?? (await this.#ownCodecs());
    if (this.#closed) throw closedError();
    const place = this.#leastLoaded();
    const id = ++this.#number;
    const left = (): void => {
      if (!place.sessions.delete(id)) return;
      this.#unload(place);
    };
    place.load++;
    place.thread.ref();
    try {
      const request: WorkerRequest = { ask: 'open', options, codecModules: this.#codecModules };
      const opened = (await this.#ask(place, id, request)) as OpenedSession;
      const session = new WorkerAudioSession(
        {
          tell: (order) => {
            if (!place.gone) place.thread.postMessage({ session: id, ...order });
          },
          ask: (each) => this.#ask(place, id, each),
          pump: this.#pump,
          codecs: registry,
          bufferMs: this.#bufferMs,
          left,
        },
        opened,
      );
      if (place.gone) throw new MediaError('ERR_MEDIA_WORKER', CRASHED);
      place.sessions.set(id, session);
      return session;
    } catch (error) {
      this.#unload(place);
      throw error;
    }
  }

  #ownCodecs(): Promise<CodecRegistry> {
    this.#codecs ??= loadCodecModules(this.#codecModules);
    return this.#codecs;
  }

  #unload(place: Place): void {
    place.load--;
    if (place.load === 0 && !place.gone) place.thread.unref();
  }

  #leastLoaded(): Place {
    const least = this.#places.reduce<Place | undefined>(
      (best, each) => (best && best.load <= each.load ? best : each),
      undefined,
    );
    if (least && (least.load === 0 || this.#places.length >= this.#size)) return least;
    return this.#start();
  }

  #start(): Place {
    const thread = this.#startThread();
    const place: Place = { thread, sessions: new Map(), pending: new Map(), load: 0, gone: false };
    thread.on('message', (message: FromWorker) => this.#take(place, message));
    thread.on('error', (error) => this.#lost(place, error));
    thread.on('exit', () => this.#lost(place, undefined));
    this.#places.push(place);
    return place;
  }

  #ask(place: Place, session: number, request: WorkerRequest): Promise<unknown> {
    if (place.gone) return Promise.reject(new MediaError('ERR_MEDIA_WORKER', CRASHED));
    const number = ++this.#number;
    return new Promise((resolve, reject) => {
      place.pending.set(number, { resolve, reject });
      place.thread.postMessage({ session, request: number, ...request });
    });
  }

  #take(place: Place, message: FromWorker): void {
    if ('answer' in message) {
      const pending = place.pending.get(message.answer);
      place.pending.delete(message.answer);
      if (message.error) pending?.reject(new MediaError(message.error.code, message.error.message));
      else pending?.resolve(message.result);
    } else if ('snapshots' in message) {
      for (const [id, snapshot] of message.snapshots) place.sessions.get(id)?.snapshot(snapshot);
    } else {
      place.sessions.get(message.session)?.happened(message);
    }
  }

  #lost(place: Place, cause: Error | undefined): void {
    if (place.gone) return;
    place.gone = true;
    const index = this.#places.indexOf(place);
    if (index >= 0) this.#places.splice(index, 1);
    const error = this.#closed
      ? closedError()
      : new MediaError('ERR_MEDIA_WORKER', cause ? `${CRASHED} It said: ${cause.message}` : CRASHED, { cause });
    for (const { reject } of place.pending.values()) reject(error);
    place.pending.clear();
    for (const session of [...place.sessions.values()]) session.crashed(error);
    place.sessions.clear();
  }

  /** Closes all sessions, each with its goodbye in RTCP, and ends the threads. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    const sessions = this.#places.flatMap((place) => [...place.sessions.values()]);
    await Promise.all(sessions.map((session) => session.close()));
    await Promise.all([...this.#places].map(({ thread }) => thread.terminate()));
  }

  /** Same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const CRASHED = 'The media worker of this session has crashed; open the session again, another worker takes it.';

function closedError(): MediaError {
  return new MediaError('ERR_MEDIA_CLOSED', 'The pool of media workers is closed; make a new one.');
}

/** The build puts the worker's file beside all others, one for each module system. */
function startWorker(): MediaThread {
  const entry =
    typeof __filename === 'string'
      ? new URL('worker.cjs', pathToFileURL(__filename))
      : new URL('./worker.js', import.meta.url);
  return new Worker(entry, { name: 'offhook-media' });
}
