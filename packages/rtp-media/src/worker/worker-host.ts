import type { CodecRegistry } from '@offhook/codecs';
import type { AudioSource } from '../audio/audio-source';
import { echo } from '../audio/echo';
import { DtlsCertificate } from '../dtls/dtls-certificate';
import { openUdpRtpTransport } from '../node/udp-rtp-transport';
import { type WavRecorder, wavRecorder } from '../node/wav-recorder';
import { MediaError } from '../platform/errors';
import { AudioSession } from '../session/audio-session';
import { MediaTransport } from '../transport/media-transport';
import { loadCodecModules } from './codec-modules';
import type {
  ErrorMessage,
  FromWorker,
  MessageEnd,
  OpenedSession,
  OrderToWorker,
  RequestToWorker,
  SessionSnapshot,
  ToWorker,
  WorkerSessionOptions,
} from './messages';
import { PcmRing } from './pcm-ring';
import { createSource } from './placed-source';

// Node.js file: opens UDP sockets.

/** ms between the snapshots of all sessions. */
const SNAPSHOT_MS = 1000;

/** A session in the worker, and what the main thread calls its parts. */
interface Hosted {
  readonly session: AudioSession;
  readonly sinks: Map<number, PcmRing>;
  readonly recorders: Map<number, WavRecorder>;
  source: { id: number; source: AudioSource } | undefined;
  stopEcho: (() => void) | undefined;
}

/** Runs the sessions of one worker by the messages of the main thread. */
export class WorkerHost {
  readonly #end: MessageEnd;
  readonly #sessions = new Map<number, Hosted>();
  #codecs: Promise<CodecRegistry> | undefined;
  #certificate: Promise<DtlsCertificate> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param end the end of the way to the main thread */
  constructor(end: MessageEnd) {
    this.#end = end;
    end.on('message', (message: ToWorker) => this.#take(message));
  }

  #post(message: FromWorker): void {
    this.#end.postMessage(message);
  }

  #take(message: ToWorker): void {
    if ('ask' in message) {
      this.#answer(message).then(
        (result) => this.#post({ answer: message.request, result }),
        (error: unknown) => this.#post({ answer: message.request, error: told(error) }),
      );
      return;
    }
    const hosted = this.#sessions.get(message.session);
    if (!hosted) return;
    try {
      this.#obey(hosted, message);
    } catch (error) {
      const gone = message.tell === 'source' ? { sourceGone: message.id } : {};
      this.#post({ session: message.session, event: 'error', error: told(error), ...gone });
    }
  }

  async #answer(message: RequestToWorker): Promise<unknown> {
    if (message.ask === 'open') return this.#open(message.session, message.options, message.codecModules);
    const hosted = this.#sessions.get(message.session);
    if (!hosted) throw new MediaError('ERR_MEDIA_CLOSED', 'The audio session is closed; make a new one.');
    const { session, recorders } = hosted;
    switch (message.ask) {
      case 'dtmf':
        return session.sendDtmf(message.digits, message.options);
      case 'statistics':
        return snapshot(session);
      case 'record': {
        const { path, sampleRate } = message.recording;
        const recorder = await wavRecorder(path, sampleRate === undefined ? {} : { sampleRate });
        recorder.on('error', (error) => {
          session.removeSink(recorder);
          this.#post({ session: message.session, event: 'error', error: told(error) });
        });
        recorders.set(message.recorder, recorder);
        session.addSink(recorder);
        return undefined;
      }
      case 'endRecording': {
        const recorder = recorders.get(message.recorder);
        recorders.delete(message.recorder);
        if (recorder) session.removeSink(recorder);
        return recorder?.close();
      }
      case 'close':
        return this.#close(message.session, hosted);
    }
  }

  async #open(id: number, options: WorkerSessionOptions, codecModules: readonly string[]): Promise<OpenedSession> {
    const { address, portRange, rtcpMux, dscp, security, ...rest } = options;
    this.#codecs ??= loadCodecModules(codecModules);
    const codecs = await this.#codecs;
    if (security === 'dtls') this.#certificate ??= DtlsCertificate.create();
    const certificate = await this.#certificate;
    const base = await openUdpRtpTransport({
      ...(address !== undefined && { address }),
      ...(portRange && { portRange }),
      ...(rtcpMux !== undefined && { rtcpMux }),
      ...(dscp !== undefined && { dscp }),
    });
    const transport = security
      ? new MediaTransport({ base, ...(security === 'dtls' && certificate && { certificate }) })
      : base;
    const session = new AudioSession({ ...rest, transport, codecs });
    const hosted: Hosted = { session, sinks: new Map(), recorders: new Map(), source: undefined, stopEcho: undefined };
    this.#sessions.set(id, hosted);
    this.#forward(id, hosted);
    this.#timer ??= setInterval(() => this.#tellSnapshots(), SNAPSHOT_MS);
    const { localAddress, localPort, localRtcpPort } = transport;
    const fingerprints = transport instanceof MediaTransport ? transport.fingerprints : undefined;
    return { localAddress, localPort, localRtcpPort, fingerprints };
  }

  #forward(id: number, hosted: Hosted): void {
    const { session } = hosted;
    session.on('dtmfStart', (press) => this.#post({ session: id, event: 'dtmfStart', press }));
    session.on('dtmf', (digit) => this.#post({ session: id, event: 'dtmf', digit }));
    session.on('firstPacket', () => this.#post({ session: id, event: 'firstPacket' }));
    session.on('inactive', (ms) => this.#post({ session: id, event: 'inactive', ms }));
    session.on('active', () => this.#post({ session: id, event: 'active' }));
    session.on('bye', (reason) => this.#post({ session: id, event: 'bye', reason }));
    session.on('sourceEnded', () => {
      const ended = hosted.source;
      hosted.source = undefined;
      if (ended) this.#post({ session: id, event: 'sourceEnded', id: ended.id });
    });
    session.on('error', (error) => {
      const gone = error.code === 'ERR_MEDIA_SOURCE' ? hosted.source : undefined;
      if (gone) hosted.source = undefined;
      this.#post({ session: id, event: 'error', error: told(error), ...(gone && { sourceGone: gone.id }) });
    });
  }

  #obey(hosted: Hosted, order: OrderToWorker): void {
    const { session, sinks } = hosted;
    switch (order.tell) {
      case 'configure':
        session.configure(order.parameters);
        return;
      case 'source': {
        session.source = undefined;
        hosted.source = undefined;
        if (!order.source) return;
        const source = order.source.kind === 'ring' ? new PcmRing(order.source.ring) : createSource(order.source);
        hosted.source = { id: order.id, source };
        session.source = source;
        return;
      }
      case 'addSink': {
        const ring = new PcmRing(order.ring);
        sinks.set(order.sink, ring);
        session.addSink(ring);
        return;
      }
      case 'removeSink': {
        const ring = sinks.get(order.sink);
        sinks.delete(order.sink);
        if (ring) session.removeSink(ring);
        return;
      }
      case 'muted':
        session.muted = order.muted;
        return;
      case 'measuresSignals':
        session.measuresSignals = order.measures;
        return;
      case 'echo':
        hosted.stopEcho?.();
        hosted.stopEcho = order.on ? echo(session) : undefined;
    }
  }

  async #close(id: number, { session, recorders }: Hosted): Promise<SessionSnapshot> {
    this.#sessions.delete(id);
    if (this.#sessions.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    const last = snapshot(session);
    await session.close();
    for (const recorder of recorders.values()) await recorder.close();
    return last;
  }

  #tellSnapshots(): void {
    this.#post({ snapshots: [...this.#sessions].map(([id, { session }]) => [id, snapshot(session)]) });
  }
}

function snapshot(session: AudioSession): SessionSnapshot {
  const { sampleRate, receiveSampleRate } = session;
  return { statistics: session.statistics(), sampleRate, receiveSampleRate };
}

function told(error: unknown): ErrorMessage {
  if (error instanceof MediaError) return { code: error.code, message: error.message };
  const reason = error instanceof Error ? error.message : String(error);
  return { code: 'ERR_MEDIA_WORKER', message: `The media worker could not do this: ${reason}.` };
}
