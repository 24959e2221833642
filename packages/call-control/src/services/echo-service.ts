import { type AudioSession, type AudioStatistics, echo } from '@offhook/rtp-media';
import { type IncomingSession, TypedEmitter } from '@offhook/sip-core';
import { MediaService, type MediaServiceEvents, type MediaServiceOptions, type ServedCall } from './media-service';

/** How an {@link EchoService} is set up. */
export type EchoServiceOptions = MediaServiceOptions;

/** Events of an {@link EchoCall}. */
export interface EchoCallEvents {
  /** The caller put the service on hold, or retrieved it. */
  hold: [held: boolean];
  /** A digit was decoded. */
  dtmf: [digit: string];
  ended: [];
}

/** A call of an {@link EchoService}: what the far end of it saw and heard. */
export class EchoCall extends TypedEmitter<EchoCallEvents> {
  /** Call-ID of the leg. */
  readonly callId: string;
  /** Digits decoded so far. */
  digits = '';
  /** Whether the caller holds the service now. */
  held = false;
  readonly #audio: AudioSession;

  /** @internal */
  constructor(session: IncomingSession, audio: AudioSession) {
    super();
    this.callId = session.invite.callId;
    this.#audio = audio;
    audio.on('dtmf', ({ digit }) => {
      this.digits += digit;
      this.emit('dtmf', digit);
    });
  }

  /** @internal What was agreed last says whether we are held. */
  agreed(held: boolean): void {
    if (held === this.held) return;
    this.held = held;
    this.emit('hold', held);
  }

  /** Measures of the audio, from this end. */
  statistics(): AudioStatistics {
    return this.#audio.statistics();
  }
}

/** Events of an {@link EchoService}. */
export interface EchoServiceEvents extends MediaServiceEvents {
  /** A call was answered. */
  call: [call: EchoCall];
}

/** A number to call that sends back what it hears. It understands DTMF and says what it decoded. */
export class EchoService extends MediaService<EchoServiceEvents> {
  protected override readonly rings = true;

  constructor(options: EchoServiceOptions) {
    super(options, 'Offhook echo');
  }

  protected serve({ session, audio }: ServedCall): (held: boolean) => void {
    const call = new EchoCall(session, audio);
    session.on('ended', () => call.emit('ended'));
    echo(audio);
    this.emit('call', call);
    return (held) => call.agreed(held);
  }
}
