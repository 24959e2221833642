import { join } from 'node:path';
import {
  type AudioSource,
  type NetworkTone,
  networkTone,
  RecordingSource,
  silenceSource,
  type TonePlan,
  wavFileSource,
  wavRecorder,
} from '@offhook/rtp-media';
import type { SipUri } from '@offhook/sip-core';
import {
  MediaService,
  type MediaServiceEvents,
  type MediaServiceOptions,
  type Refusal,
  type ServedCall,
} from './media-service';

/** How a {@link TreatmentService} is set up. */
export interface TreatmentServiceOptions extends MediaServiceOptions {
  /** Country whose tones are played; `US` when absent. */
  readonly plan?: string | TonePlan;
  /** WAV files of announcements, by name. */
  readonly prompts?: Readonly<Record<string, string>>;
  /** Folder for what is recorded; nothing is recorded when absent. */
  readonly recordings?: string;
  /** ms after the last digit until digits are told; 3000 when absent. */
  readonly digitTimeout?: number;
}

/** Events of a {@link TreatmentService}. */
export interface TreatmentServiceEvents extends MediaServiceEvents {
  /** Somebody has pressed digits: as many as were wanted, `#`, or none for a while. */
  digits: [callId: string, digits: string];
  /** An announcement has been played to its end. */
  played: [callId: string, prompt: string];
  /** Somebody has been recorded. @param path the WAV file */
  recorded: [callId: string, path: string];
}

const TONES: Readonly<Record<string, NetworkTone>> = { ringback: 'ringback', busy: 'busy', congestion: 'congestion' };

/**
 * Treatments (Stream Manager), by the user part called: `ringback`, `busy`, `congestion` and `silence`; `annc` with `play=NAME` says an announcement and hangs up
 * (RFC 4240 §3); `collect` with `play=NAME` and `digits=N` says one and tells the digits that are pressed; `record` records.
 */
export class TreatmentService extends MediaService<TreatmentServiceEvents> {
  readonly #plan: string | TonePlan;
  readonly #files: Readonly<Record<string, string>>;
  readonly #prompts = new Map<string, RecordingSource>();
  readonly #recordings: string | undefined;
  readonly #digitTimeout: number;
  readonly #options: TreatmentServiceOptions;

  constructor(options: TreatmentServiceOptions) {
    super(options, 'Offhook treatments');
    this.#options = options;
    this.#plan = options.plan ?? 'US';
    this.#files = options.prompts ?? {};
    this.#recordings = options.recordings;
    this.#digitTimeout = options.digitTimeout ?? 3000;
  }

  /**
   * Reads the announcements, and listens.
   *
   * @throws MediaError when a file cannot be read; SipTransportError when a port is in use or an address is none of this machine
   */
  override async start(): Promise<void> {
    for (const [name, file] of Object.entries(this.#files)) this.#prompts.set(name, await wavFileSource(file));
    await super.start();
  }

  protected override refusal(name: string, uri: SipUri): Refusal | undefined {
    const prompt = uri.params.get('play');
    if (prompt !== undefined && !this.#prompts.has(prompt)) return { status: 404, reason: 'No Such Announcement' };
    if (name === 'annc') return prompt === undefined ? { status: 404, reason: 'No Such Announcement' } : undefined;
    if (name === 'record') return this.#recordings === undefined ? { status: 404 } : undefined;
    return name in TONES || name === 'silence' || name === 'collect' ? undefined : { status: 404 };
  }

  protected serve(call: ServedCall): undefined {
    const { audio, name, uri, session } = call;
    const { callId } = session.invite;
    const tone = TONES[name];
    const prompt = uri.params.get('play');
    if (tone) audio.source = networkTone(tone, { plan: this.#plan });
    else audio.source = prompt === undefined ? silenceSource() : this.#announcement(prompt);
    if (prompt !== undefined) {
      audio.on('sourceEnded', () => {
        this.emit('played', callId, prompt);
        if (name === 'annc') void session.terminate();
      });
    }
    if (name === 'collect') this.#collect(call);
    if (name === 'record') this.#record(call);
  }

  #announcement(name: string): AudioSource {
    const { samples, sampleRate } = this.#prompts.get(name)!;
    return new RecordingSource(samples, sampleRate);
  }

  #collect({ audio, session, uri }: ServedCall): void {
    const { callId } = session.invite;
    const wanted = Number(uri.params.get('digits') ?? Number.POSITIVE_INFINITY);
    const clock = this.#options.clock;
    let digits = '';
    let cancel = (): void => {};
    const tell = (): void => {
      cancel();
      const told = digits;
      digits = '';
      this.emit('digits', callId, told);
      const body = new TextEncoder().encode(JSON.stringify({ digits: told }));
      // Who has called may have gone.
      session.send('INFO', { body: { contentType: 'application/json', body } }).catch(() => {});
    };
    const later = (): void => {
      cancel();
      if (clock) {
        const timer = clock.setTimer(this.#digitTimeout, tell);
        cancel = () => timer.cancel();
      } else {
        const timer = setTimeout(tell, this.#digitTimeout);
        cancel = () => clearTimeout(timer);
      }
    };
    audio.on('dtmf', ({ digit }) => {
      if (digit === '#') return tell();
      digits += digit;
      if (digits.length >= wanted) tell();
      else later();
    });
    session.on('ended', () => cancel());
  }

  #record({ audio, session }: ServedCall): void {
    const { callId } = session.invite;
    const path = join(this.#recordings!, `${callId.replace(/[^\w.-]/g, '_')}.wav`);
    const recorder = wavRecorder(path, { sampleRate: 16_000 });
    recorder.then(
      (sink) => {
        const finish = (): void => void sink.close().then(() => this.emit('recorded', callId, path));
        if (session.state === 'terminated') return finish();
        audio.addSink(sink);
        session.on('ended', finish);
      },
      // Nowhere to record to: there is no sense in going on.
      () => void session.terminate(),
    );
  }
}
