import type { CodecRegistry } from '@offhook/codecs';
import { fullRegistry } from '@offhook/codecs/opus';
import {
  AudioSession,
  type AudioStatistics,
  echo,
  openUdpRtpTransport,
  Pacer,
  type RtpTransport,
} from '@offhook/rtp-media';
import {
  type Clock,
  type IncomingSession,
  type RandomBytes,
  SipStack,
  type TraceEvent,
  type Transport,
  TypedEmitter,
} from '@offhook/sip-core';
import { AudioLeg } from './audio-leg';

/** How an {@link EchoService} is set up. */
export interface EchoServiceOptions {
  /** What it listens on and sends from. */
  readonly transports: readonly Transport[];
  /** Numeric address of this machine for audio; default `127.0.0.1`. */
  readonly mediaAddress?: string;
  /** Default: all that `@offhook/codecs` has. */
  readonly codecs?: CodecRegistry;
  /** Opens what carries the audio of one call; default a pair of UDP ports. */
  readonly openTransport?: (address: string) => Promise<RtpTransport>;
  /** Time and timers; those of the machine when absent. */
  readonly clock?: Clock;
  /** Randomness; that of the machine when absent. */
  readonly random?: RandomBytes;
}

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
export interface EchoServiceEvents {
  /** A call was answered. */
  call: [call: EchoCall];
  /** Each message on its way in or out. */
  trace: [event: TraceEvent];
}

/**
 * A number to call that sends back what it hears: a plain SIP user agent, reached by SIP only, so that any other can stand
 * in for it. It understands DTMF and says what it decoded.
 */
export class EchoService extends TypedEmitter<EchoServiceEvents> {
  readonly #options: EchoServiceOptions;
  readonly #codecs: CodecRegistry;
  readonly #stack: SipStack;
  readonly #given: { clock?: Clock; random?: RandomBytes };
  readonly #pacer: Pacer | undefined;
  readonly #open = new Set<AudioSession>();

  constructor(options: EchoServiceOptions) {
    super();
    this.#options = options;
    this.#codecs = options.codecs ?? fullRegistry();
    const { transports, clock, random } = options;
    this.#given = { ...(clock && { clock }), ...(random && { random }) };
    this.#pacer = clock && new Pacer(clock);
    this.#stack = new SipStack({ transports, userAgent: 'Offhook echo', ...this.#given });
    this.#stack.on('invite', (session) => {
      this.#answer(session).catch(() => {
        if (session.state !== 'terminated') void session.terminate();
      });
    });
    this.#stack.on('trace', (event) => {
      this.emit('trace', event);
    });
  }

  /** What it listens on, ports known once it has started. */
  get transports(): readonly Transport[] {
    return this.#stack.transports;
  }

  /**
   * Listens.
   *
   * @throws SipTransportError when a port is in use or an address is none of this machine
   */
  start(): Promise<void> {
    return this.#stack.start();
  }

  /** Hangs up all calls and stops listening. */
  async close(): Promise<void> {
    await this.#stack.close();
    await Promise.all([...this.#open].map((audio) => audio.close()));
  }

  /** Closes it: `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(session: IncomingSession): Promise<void> {
    const audio = await this.#openAudio();
    const call = new EchoCall(session, audio);
    session.on('ended', () => {
      this.#open.delete(audio);
      void audio.close();
      call.emit('ended');
    });
    // The caller may have given up while the sockets were opened.
    if (session.state === 'terminated') {
      this.#open.delete(audio);
      await audio.close();
      return;
    }
    session.offerAnswer = new AudioLeg(audio, this.#codecs, ({ heldByPeer }) => call.agreed(heldByPeer));
    echo(audio);
    await session.ring();
    this.emit('call', call);
    await session.accept();
  }

  async #openAudio(): Promise<AudioSession> {
    const { mediaAddress = '127.0.0.1', openTransport = (address) => openUdpRtpTransport({ address }) } = this.#options;
    const transport = await openTransport(mediaAddress);
    const audio = new AudioSession({
      transport,
      codecs: this.#codecs,
      ...this.#given,
      ...(this.#pacer && { pacer: this.#pacer }),
    });
    this.#open.add(audio);
    return audio;
  }
}
