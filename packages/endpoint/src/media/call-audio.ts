import {
  type AudioSessionEvents,
  type AudioSink,
  type AudioSource,
  type AudioStatistics,
  emptyStatistics,
  MediaError,
  ResamplingSink,
  type SendDtmfOptions,
} from '@offhook/rtp-media';
import { TypedEmitter } from '@offhook/sip-core';
import { type FramesOptions, framesOf } from '../audio/frames';
import { SpeechDetector, type SpeechDetectorOptions } from '../audio/speech-detector';
import { SpeechPlayer, type SpeechPlayerOptions } from '../audio/speech-player';
import { sourceAtVolume } from '../devices/volume';
import type { MediaSession } from './media-provider';

/** Events of {@link CallAudio}: those of the media session beneath it. */
export type CallAudioEvents = Pick<
  AudioSessionEvents,
  'dtmfStart' | 'dtmf' | 'firstPacket' | 'inactive' | 'active' | 'bye' | 'sourceEnded' | 'error'
> & {
  /** The call is over: no more audio comes or goes. */
  closed: [];
};

const FORWARDED = ['dtmfStart', 'dtmf', 'firstPacket', 'inactive', 'active', 'bye', 'sourceEnded', 'error'] as const;
/** @internal */
export interface Belongings {
  owner: CallAudio;
  source: AudioSource | undefined;
  sinks: readonly AudioSink[];
}

const RATE_BEFORE_MEDIA = 8000;

/**
 * The audio of a call, there from its first moment: what is set before media is agreed on takes effect with it, and what
 * was counted can be read after the call.
 *
 * Sources and sinks belong to whoever made them; a call never closes one.
 */
export class CallAudio extends TypedEmitter<CallAudioEvents> {
  #session: MediaSession | undefined;
  #source: AudioSource | undefined;
  /** What the session has. */
  #applied: AudioSource | undefined;
  #muted = false;
  #deaf = false;
  #tap: AudioSink | undefined;
  #gain = 1;
  #measuresSignals = false;
  #hold: { source: AudioSource | undefined } | undefined;
  readonly #sinks = new Set<AudioSink>();
  #last: AudioStatistics = emptyStatistics();
  #closed = false;

  /** Whether the call is over. */
  get closed(): boolean {
    return this.#closed;
  }

  /** What is sent; silence while undefined. May be changed at any time; while we hold the peer it rests. */
  get source(): AudioSource | undefined {
    return this.#source;
  }

  set source(source: AudioSource | undefined) {
    this.#source = source;
    this.#apply();
  }

  /** Adds a sink of what is received; adding it twice is adding it once. */
  addSink(sink: AudioSink): void {
    if (this.#closed) return;
    this.#sinks.add(sink);
    if (!this.#deaf) this.#session?.addSink(sink);
  }

  /** Takes a sink out. */
  removeSink(sink: AudioSink): void {
    this.#sinks.delete(sink);
    this.#session?.removeSink(sink);
  }

  /** @internal Whether nothing is heard for now, such as early media that nobody wants. */
  get deaf(): boolean {
    return this.#deaf;
  }

  set deaf(deaf: boolean) {
    if (deaf === this.#deaf) return;
    this.#deaf = deaf;
    for (const sink of this.#sinks) {
      if (deaf) this.#session?.removeSink(sink);
      else this.#session?.addSink(sink);
    }
  }

  /** Whether silence is sent in place of the source, which is read all the same. Stays through hold and retrieve. */
  get muted(): boolean {
    return this.#muted;
  }

  set muted(muted: boolean) {
    this.#muted = muted;
    this.#apply();
  }

  /** @internal The peer is held: it hears `source`, or silence, until {@link retrieve}. */
  hold(source: AudioSource | undefined): void {
    this.#hold = { source };
    this.#apply();
  }

  /** @internal Whether the source rests because the peer is held. */
  get resting(): boolean {
    return this.#hold !== undefined;
  }

  /** @internal The peer is held no more. */
  retrieve(): void {
    this.#hold = undefined;
    this.#apply();
  }

  /**
   * A source for what a bot says, which becomes that of this call; see {@link SpeechPlayer}.
   *
   * @param options rate and bounds
   */
  play(options: SpeechPlayerOptions = {}): SpeechPlayer {
    const player = new SpeechPlayer(options);
    this.source = player;
    return player;
  }

  /**
   * What the peer says, frame by frame, until the call is over or the loop is left: `for await (const frame of call.audio.frames())`. A reader that is
   * behind loses the oldest.
   */
  frames(options: FramesOptions = {}): AsyncGenerator<Int16Array, void, void> {
    return framesOf(this, options);
  }

  /** What the peer says as a Web stream. */
  readable(options: FramesOptions = {}): ReadableStream<Int16Array> {
    const frames = this.frames(options);
    return new ReadableStream({
      async pull(controller) {
        const { done, value } = await frames.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => void frames.return(),
    });
  }

  /** A Web stream for what the peer hears, which becomes the source of this call; writing waits for room. */
  writable(options: SpeechPlayerOptions = {}): WritableStream<Int16Array> {
    const player = this.play({ maxQueueMs: 1000, ...options });
    return new WritableStream({
      write: (pcm) => player.write(pcm),
      close: () => player.end(),
      abort: () => void player.clear(),
    });
  }

  /** Hears when the peer begins and ends to speak, until stopped or the call is over. */
  detectSpeech(options: SpeechDetectorOptions = {}): SpeechDetector {
    const detector = new SpeechDetector(options, (sink) => this.removeSink(sink));
    this.addSink(detector.sink);
    return detector;
  }

  /** @internal What this call plays, and where it is heard: to be kept, as a call that ends forgets it. */
  get belongings(): Belongings {
    return { owner: this, source: this.#source, sinks: [...this.#sinks] };
  }

  /** @internal Takes over what another call plays and is heard by, beside what this one has of its own. */
  adopt({ owner, source, sinks }: Belongings): void {
    if (this.#source === undefined && source) {
      if (owner.source === source) owner.source = undefined;
      this.source = source;
    }
    if (this.#sinks.size > 0) return;
    for (const sink of sinks) {
      owner.removeSink(sink);
      this.addSink(sink);
    }
  }

  #apply(): void {
    const session = this.#session;
    if (!session) return;
    session.muted = this.#hold ? false : this.#muted;
    const source = this.#hold ? this.#hold.source : this.#source;
    // A source set again would begin again where a resampler stands between.
    if (source === this.#applied) return;
    this.#applied = source;
    const audible = source && this.#gain !== 1 ? sourceAtVolume(source, () => this.#gain) : source;
    session.source = audible && this.#tap ? tapped(audible, this.#tap) : audible;
  }

  /** @internal Factor of what is sent, 0 to 1. */
  set gain(gain: number) {
    const wrapped = this.#gain !== 1;
    this.#gain = gain;
    // Set again, where it was as it came until now.
    if (!wrapped && gain !== 1) this.#again();
  }

  #again(): void {
    this.#applied = undefined;
    this.#apply();
  }

  /** @internal What also gets what is sent, before muting; such as a recording. */
  get tap(): AudioSink | undefined {
    return this.#tap;
  }

  set tap(tap: AudioSink | undefined) {
    this.#tap = tap;
    this.#again();
  }

  /** The session has let go of a source that ended or failed. */
  #sourceGone(session: MediaSession): void {
    if (this.#applied === undefined || session.source !== undefined) return;
    if (this.#applied === this.#source) this.#source = undefined;
    this.#applied = undefined;
  }

  /** Hz at which sources are read without resampling; 8000 before a codec was agreed on. */
  get sampleRate(): number {
    return this.#session?.sampleRate ?? RATE_BEFORE_MEDIA;
  }

  /** Hz at which sinks are written without resampling. */
  get receiveSampleRate(): number {
    return this.#session?.receiveSampleRate ?? RATE_BEFORE_MEDIA;
  }

  /**
   * Sends digits in RTP, as telephone events (RFC 4733) or tones, after those still being sent.
   *
   * @param digits any of `0`-`9`, `*`, `#`, `A`-`D`, `!` for a hook flash, and a comma for a pause
   * @returns a promise for when all are sent; it rejects with MediaError `ERR_DTMF_DIGIT`, `ERR_DTMF_NOT_NEGOTIATED`,
   *   `ERR_MEDIA_ARGUMENT`, `ERR_MEDIA_DIRECTION` or `ERR_MEDIA_CLOSED`
   */
  sendDtmf(digits: string, options?: SendDtmfOptions): Promise<void> {
    if (this.#session) return this.#session.sendDtmf(digits, options);
    const message = this.#closed
      ? 'The call is over; digits cannot be sent any more.'
      : 'No media has been agreed on yet; wait for `call.established` before sending digits.';
    return Promise.reject(new MediaError(this.#closed ? 'ERR_MEDIA_CLOSED' : 'ERR_MEDIA_DIRECTION', message));
  }

  /** Whether levels and voice activity of both directions are measured, for `statistics().signal`; false at first. */
  get measuresSignals(): boolean {
    return this.#measuresSignals;
  }

  set measuresSignals(measures: boolean) {
    this.#measuresSignals = measures;
    if (this.#session && 'measuresSignals' in this.#session) this.#session.measuresSignals = measures;
  }

  /** Measures of the call so far; all 0 before media was opened, and the last ones once the call is over. */
  statistics(): AudioStatistics {
    return this.#session?.statistics() ?? this.#last;
  }

  /** @internal Media was opened: hands over what was set so far. */
  attach(session: MediaSession): void {
    this.#session = session;
    this.#apply();
    if (this.#measuresSignals) this.measuresSignals = true;
    // Before anybody else hears of it, so that a listener may set the next source.
    session.on('sourceEnded', () => this.#sourceGone(session));
    session.on('error', () => this.#sourceGone(session));
    if (!this.#deaf) for (const sink of this.#sinks) session.addSink(sink);
    for (const name of FORWARDED) this.#forward(session, name);
  }

  #forward<Name extends (typeof FORWARDED)[number]>(session: MediaSession, name: Name): void {
    session.on(name, (...args) => {
      this.emit(name, ...(args as CallAudioEvents[Name]));
    });
  }

  /** @internal The call is over. */
  async close(): Promise<void> {
    this.#closed = true;
    this.emit('closed');
    const session = this.#session;
    if (!session) return;
    this.#last = session.statistics();
    this.#source = undefined;
    this.#session = undefined;
    this.#sinks.clear();
    await session.close();
  }
}

/** A source that lets somebody else hear what it gives. */
function tapped(source: AudioSource, sink: AudioSink): AudioSource {
  const heard = sink.sampleRate === source.sampleRate ? sink : new ResamplingSink(sink, source.sampleRate);
  return {
    sampleRate: source.sampleRate,
    read(frame) {
      const count = source.read(frame);
      if (count >= 0) {
        frame.fill(0, count);
        heard.write(frame);
      }
      return count < 0 ? count : frame.length;
    },
  };
}
