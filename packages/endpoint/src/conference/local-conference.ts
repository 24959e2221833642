import { type AudioSink, type AudioSource, Mixer, type MixerLeg, Pacer, sharedPacer } from '@offhook/rtp-media';
import { type Clock, TypedEmitter } from '@offhook/sip-core';
import type { Call } from '../call/call';

/** How a conference is made. */
export interface ConferenceOptions {
  /** What we say in it, such as a microphone. */
  source?: AudioSource;
  /** Where we hear it. */
  sink?: AudioSink;
  /** Hz that is mixed at; 16000 when absent. */
  sampleRate?: number;
  /** The clock of a test; the machine's when absent. */
  clock?: Clock;
}

/** Events of a {@link LocalConference}. */
export interface ConferenceEvents {
  /** Somebody takes part. */
  joined: [call: Call];
  /** Somebody does not take part any more. */
  left: [call: Call];
  /** It is over. */
  closed: [];
}

interface Participant {
  readonly leg: MixerLeg;
  readonly source: AudioSource | undefined;
  readonly stop: () => void;
}

const FRAME_MS = 20;

/**
 * Several calls of this endpoint mixed into one conversation: each hears all others, and us. Nothing is signalled: to its peer each call is what it was. A call that
 * ends leaves; what a call played before it gets back when it leaves.
 */
export class LocalConference extends TypedEmitter<ConferenceEvents> {
  readonly #mixer: Mixer;
  readonly #participants = new Map<Call, Participant>();
  readonly #stop: () => void;
  readonly #own: MixerLeg | undefined;
  #closed = false;

  /** Begins at once. The endpoint's calls must have been started, which loads what mixing of different rates needs. */
  constructor(calls: readonly Call[] = [], options: ConferenceOptions = {}) {
    super();
    const { source, sink, sampleRate = 16_000, clock } = options;
    this.#mixer = new Mixer({ sampleRate, frameMs: FRAME_MS });
    if (source || sink) this.#own = this.#mixer.addLeg({ ...(source && { source }), ...(sink && { sink }) });
    const pacer = clock ? new Pacer(clock) : sharedPacer();
    const handle = pacer.add({ intervalMs: FRAME_MS, due: () => this.#mixer.mix() });
    this.#stop = () => handle.remove();
    for (const call of calls) this.add(call);
  }

  /** Who takes part, in the order they came. */
  get calls(): readonly Call[] {
    return [...this.#participants.keys()];
  }

  /** Whether nobody hears us. */
  get muted(): boolean {
    return this.#own?.muted ?? true;
  }

  set muted(muted: boolean) {
    if (this.#own) this.#own.muted = muted;
  }

  /** Lets a call take part. One that is over, or takes part already, is left alone. */
  add(call: Call): void {
    if (this.#closed || call.state === 'disconnected' || this.#participants.has(call)) return;
    const leg = this.#mixer.addLeg();
    const { source } = call.audio;
    const off = call.on('ended', () => this.remove(call));
    call.audio.addSink(leg.input);
    call.audio.source = leg.output;
    this.#participants.set(call, {
      leg,
      source,
      stop: () => {
        off();
        call.audio.removeSink(leg.input);
        if (call.audio.source === leg.output) call.audio.source = source;
      },
    });
    this.emit('joined', call);
  }

  /** Lets a call go; it goes on by itself. */
  remove(call: Call): void {
    const participant = this.#participants.get(call);
    if (!participant) return;
    this.#participants.delete(call);
    participant.stop();
    this.#mixer.removeLeg(participant.leg);
    this.emit('left', call);
  }

  /** Whether the others hear a call. */
  mute(call: Call, muted = true): void {
    const leg = this.#participants.get(call)?.leg;
    if (leg) leg.muted = muted;
  }

  /** Ends the mixing; the calls go on by themselves. */
  close(): void {
    if (this.#closed) return;
    for (const call of this.calls) this.remove(call);
    this.#closed = true;
    this.#stop();
    this.#mixer.close();
    this.emit('closed');
  }

  /** Ends the mixing, and hangs up all calls. */
  async hangup(): Promise<void> {
    const { calls } = this;
    this.close();
    await Promise.all(calls.map((call) => call.hangup()));
  }
}
