import type { CodecRegistry } from '@offhook/codecs';
import type { AudioSink } from '../audio/audio-sink';
import type { AudioSource } from '../audio/audio-source';
import type { Fingerprint } from '../dtls/fingerprint';
import { MediaError } from '../platform/errors';
import { TypedEmitter } from '../platform/typed-emitter';
import type { AudioSessionEvents } from '../session/audio-session';
import type { AgreedCodec, AudioSessionParameters } from '../session/audio-session-parameters';
import { type AudioStatistics, emptyStatistics } from '../session/audio-statistics';
import type { SendDtmfOptions } from '../session/session-digits';
import { type AudioPump, PumpedSink, PumpedSource } from './audio-pump';
import { crossingParameters } from './crossing-parameters';
import type {
  OpenedSession,
  SessionSnapshot,
  WorkerEvent,
  WorkerOrder,
  WorkerRecording,
  WorkerRequest,
} from './messages';
import { PlacedSource } from './placed-source';

/** The way from a session to its worker. */
export interface WorkerLine {
  tell(order: WorkerOrder): void;
  /** Rejects with a MediaError, `ERR_MEDIA_WORKER` when the worker crashes. */
  ask(request: WorkerRequest): Promise<unknown>;
  readonly pump: AudioPump;
  readonly codecs: CodecRegistry;
  readonly bufferMs: number;
  /** The session is over. */
  left(): void;
}

/** Audio that crossed between threads too late. */
export interface CrossingStatistics {
  /** ms of silence sent because a source of the main thread was read too late. */
  underrunMs: number;
  /** ms of received audio that sinks of the main thread missed. */
  overrunMs: number;
}

/** A recording that a worker makes. */
export interface PlacedRecording {
  /** Writes what is left and closes the file. */
  close(): Promise<void>;
}

/**
 * An {@link AudioSession} that runs on a worker thread: sockets, pace, protection, jitter buffer and codecs are there, and
 * this is how the main thread speaks to it. Members and events are those of an `AudioSession`; what differs:
 *
 * - statistics are as of the last second, or of the last {@link refresh};
 * - sources and sinks of the main thread work through short buffers, so a main thread that is busy for long sends silence
 *   and misses audio, both counted in {@link crossing}; a {@link PlacedSource}, {@link record} and `echo` do not;
 * - when the worker crashes, an `error` event says `ERR_MEDIA_WORKER` and the session is over.
 */
export class WorkerAudioSession extends TypedEmitter<AudioSessionEvents> {
  /** Where the peer is to send its media. */
  readonly transport: {
    readonly localAddress: string;
    readonly localPort: number;
    readonly localRtcpPort: number;
    /** Of the worker's certificate, with `security: 'dtls'`. */
    readonly fingerprints?: readonly Fingerprint[] | undefined;
  };
  readonly #line: WorkerLine;
  #source: { id: number; source: AudioSource; pumped: PumpedSource | undefined } | undefined;
  #sourceId = 0;
  #sinkId = 0;
  readonly #sinks = new Map<AudioSink, { id: number; pumped: PumpedSink }>();
  readonly #crossed: CrossingStatistics = { underrunMs: 0, overrunMs: 0 };
  #muted = false;
  #measuresSignals = false;
  #configured = false;
  #sampleRate = 8000;
  #receiveSampleRate = 8000;
  #statistics: AudioStatistics = emptyStatistics();
  #closed: Promise<void> | undefined;

  /** @internal Sessions come of {@link MediaWorkers.open}. */
  constructor(line: WorkerLine, opened: OpenedSession) {
    super();
    this.#line = line;
    this.transport = opened;
  }

  /**
   * Takes up what an offer and its answer decided: see {@link AudioSession.configure}. What only the worker finds wrong is an
   * `error` event.
   *
   * @throws MediaError `ERR_CODEC_UNKNOWN`, `ERR_MEDIA_ARGUMENT`, `ERR_MEDIA_CLOSED`
   */
  configure(parameters: AudioSessionParameters): void {
    if (this.#closed) throw closedError();
    const { sendCodec, receiveCodecs, telephoneEvent, sendComfortNoise } = parameters;
    const types = [sendCodec, ...receiveCodecs].map(({ payloadType }) => payloadType);
    for (const type of [...types, telephoneEvent?.sendPayloadType, sendComfortNoise]) {
      if (type === undefined || (Number.isInteger(type) && type >= 0 && type <= 127)) continue;
      throw new MediaError('ERR_MEDIA_ARGUMENT', `Give payload types from 0 to 127, not ${type}.`);
    }
    const rate = this.#rateOf(sendCodec);
    const received = receiveCodecs.map((agreed) => this.#rateOf(agreed));
    this.#line.tell({ tell: 'configure', parameters: crossingParameters(parameters) });
    this.#sampleRate = rate;
    // The worker knows better once packets come.
    if (!this.#configured) this.#receiveSampleRate = received[0] ?? rate;
    this.#configured = true;
  }

  #rateOf({ name, clockRate, channels = 1 }: AgreedCodec): number {
    const { codecs } = this.#line;
    const codec = codecs.get(name, clockRate, channels === 2 ? 2 : 1) ?? codecs.get(name, clockRate);
    if (codec) return codec.sampleRate;
    throw new MediaError('ERR_CODEC_UNKNOWN', `Register a codec ${name}/${clockRate} before it is agreed to.`);
  }

  /** What is sent; silence while undefined. The session never closes it. */
  get source(): AudioSource | undefined {
    return this.#source?.source;
  }

  set source(source: AudioSource | undefined) {
    if (this.#closed || source === this.#source?.source) return;
    this.#dropSource();
    const id = ++this.#sourceId;
    if (source === undefined || source instanceof PlacedSource) {
      if (source) this.#source = { id, source, pumped: undefined };
      this.#line.tell({ tell: 'source', id, source: source?.description });
      return;
    }
    const pumped = new PumpedSource(
      source,
      this.#line.bufferMs,
      (ring) => this.#line.tell({ tell: 'source', id, source: { kind: 'ring', ring: ring.memory } }),
      (cause) => {
        this.source = undefined;
        const message = 'The audio source threw and was removed; set another.';
        this.emit('error', new MediaError('ERR_MEDIA_SOURCE', message, { cause }));
      },
    );
    this.#source = { id, source, pumped };
    this.#line.pump.add(pumped);
    pumped.pump();
  }

  #dropSource(): void {
    const pumped = this.#source?.pumped;
    this.#source = undefined;
    if (!pumped) return;
    this.#line.pump.remove(pumped);
    this.#crossed.underrunMs += pumped.underrunMs;
  }

  /** Adds a sink of what is received; adding it twice is adding it once. The session never closes it. */
  addSink(sink: AudioSink): void {
    if (this.#closed || this.#sinks.has(sink)) return;
    const id = ++this.#sinkId;
    let placed = false;
    const pumped = new PumpedSink(
      sink,
      (ring) => {
        if (placed) this.#line.tell({ tell: 'removeSink', sink: id });
        placed = true;
        this.#line.tell({ tell: 'addSink', sink: id, ring: ring.memory });
      },
      (cause) => {
        this.removeSink(sink);
        const message = 'An audio sink threw and was removed; add it again when it works.';
        this.emit('error', new MediaError('ERR_MEDIA_SINK', message, { cause }));
      },
    );
    this.#sinks.set(sink, { id, pumped });
    this.#line.pump.add(pumped);
    pumped.pump();
  }

  /** Takes a sink out. */
  removeSink(sink: AudioSink): void {
    const found = this.#sinks.get(sink);
    if (!found) return;
    this.#sinks.delete(sink);
    this.#line.pump.remove(found.pumped);
    this.#crossed.overrunMs += found.pumped.overrunMs;
    if (!this.#closed) this.#line.tell({ tell: 'removeSink', sink: found.id });
  }

  /** Whether silence is sent in place of the source, which is read all the same. */
  get muted(): boolean {
    return this.#muted;
  }

  set muted(muted: boolean) {
    this.#muted = muted;
    if (!this.#closed) this.#line.tell({ tell: 'muted', muted });
  }

  /** Whether levels and voice activity are measured for the statistics; false at first. */
  get measuresSignals(): boolean {
    return this.#measuresSignals;
  }

  set measuresSignals(measures: boolean) {
    this.#measuresSignals = measures;
    if (!this.#closed) this.#line.tell({ tell: 'measuresSignals', measures });
  }

  /** Hz at which sources are read without resampling; 8000 before the first `configure`. */
  get sampleRate(): number {
    return this.#sampleRate;
  }

  /** Hz at which sinks are written without resampling. */
  get receiveSampleRate(): number {
    return this.#receiveSampleRate;
  }

  /** Sends digits: see {@link AudioSession.sendDtmf}. */
  async sendDtmf(digits: string, options?: SendDtmfOptions): Promise<void> {
    if (this.#closed) throw closedError();
    await this.#line.ask({ ask: 'dtmf', digits, options });
  }

  /** Sends back what is received, in the worker. The returned function stops it. The source rests meanwhile. */
  echo(): () => void {
    if (this.#closed) return () => {};
    this.#dropSource();
    this.#line.tell({ tell: 'echo', on: true });
    return () => {
      if (!this.#closed) this.#line.tell({ tell: 'echo', on: false });
    };
  }

  /**
   * Records what is received into a WAV file, in the worker. The end of the session ends the recording.
   *
   * @throws MediaError `ERR_RECORDING` when the file cannot be created, `ERR_MEDIA_CLOSED`, `ERR_MEDIA_WORKER`
   */
  async record(recording: WorkerRecording): Promise<PlacedRecording> {
    if (this.#closed) throw closedError();
    const recorder = ++this.#sinkId;
    await this.#line.ask({ ask: 'record', recorder, recording });
    return {
      close: async () => {
        if (this.#closed) return this.#closed;
        await this.#line.ask({ ask: 'endRecording', recorder });
      },
    };
  }

  /** Measures of the session as of the last second; the last ones after `close`. */
  statistics(): AudioStatistics {
    return this.#statistics;
  }

  /** Measures of this moment. */
  async refresh(): Promise<AudioStatistics> {
    if (!this.#closed) this.snapshot((await this.#line.ask({ ask: 'statistics' })) as SessionSnapshot);
    return this.#statistics;
  }

  /** What was late on its way between the threads so far. */
  get crossing(): CrossingStatistics {
    let { underrunMs, overrunMs } = this.#crossed;
    underrunMs += this.#source?.pumped?.underrunMs ?? 0;
    for (const { pumped } of this.#sinks.values()) overrunMs += pumped.overrunMs;
    return { underrunMs, overrunMs };
  }

  /** @internal The worker told how things are. */
  snapshot({ statistics, sampleRate, receiveSampleRate }: SessionSnapshot): void {
    this.#statistics = statistics;
    this.#sampleRate = sampleRate;
    this.#receiveSampleRate = receiveSampleRate;
  }

  /** @internal Something happened in the worker. */
  happened(event: WorkerEvent): void {
    switch (event.event) {
      case 'dtmfStart':
        this.emit('dtmfStart', event.press);
        return;
      case 'dtmf':
        this.emit('dtmf', event.digit);
        return;
      case 'firstPacket':
        this.emit('firstPacket');
        return;
      case 'active':
        this.emit('active');
        return;
      case 'inactive':
        this.emit('inactive', event.ms);
        return;
      case 'bye':
        this.emit('bye', event.reason);
        return;
      case 'sourceEnded': {
        // One that was replaced meanwhile ended for nobody.
        const ended = this.#source;
        if (ended?.id !== event.id) return;
        this.#dropSource();
        this.emit('sourceEnded', ended.source);
        return;
      }
      case 'error':
        if (event.sourceGone !== undefined && this.#source?.id === event.sourceGone) this.#dropSource();
        this.emit('error', new MediaError(event.error.code, event.error.message));
        return;
    }
  }

  /** @internal The worker is gone. */
  crashed(error: MediaError): void {
    if (this.#closed) return;
    this.#closed = Promise.resolve();
    this.#release();
    this.emit('error', error);
  }

  #release(): void {
    this.#dropSource();
    for (const { pumped } of this.#sinks.values()) {
      pumped.pump();
      this.#line.pump.remove(pumped);
      this.#crossed.overrunMs += pumped.overrunMs;
    }
    this.#sinks.clear();
  }

  /** Says goodbye in RTCP, stops media and frees the sockets. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    try {
      this.snapshot((await this.#line.ask({ ask: 'close' })) as SessionSnapshot);
    } catch {
      // A worker that is gone has closed everything.
    }
    this.#release();
    this.#line.left();
  }

  /** Same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function closedError(): MediaError {
  return new MediaError('ERR_MEDIA_CLOSED', 'The audio session is closed; make a new one.');
}
