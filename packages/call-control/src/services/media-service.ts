import type { CodecRegistry } from '@offhook/codecs';
import { fullRegistry } from '@offhook/codecs/opus';
import { AudioSession, loadResampler, openUdpRtpTransport, Pacer, type RtpTransport } from '@offhook/rtp-media';
import {
  type Clock,
  type IncomingSession,
  type RandomBytes,
  SipStack,
  SipUri,
  type TraceEvent,
  type Transport,
  TypedEmitter,
} from '@offhook/sip-core';
import { AudioLeg } from './audio-leg';

/** How a media server is set up. */
export interface MediaServiceOptions {
  /** What it listens on and sends from. */
  readonly transports: readonly Transport[];
  /** Numeric address of this machine for audio; `127.0.0.1` when absent. */
  readonly mediaAddress?: string;
  /** All that `@offhook/codecs` has when absent. */
  readonly codecs?: CodecRegistry;
  /** Opens what carries the audio of one call; a pair of UDP ports when absent. */
  readonly openTransport?: (address: string) => Promise<RtpTransport>;
  /** Time and timers; those of the machine when absent. */
  readonly clock?: Clock;
  /** Randomness; that of the machine when absent. */
  readonly random?: RandomBytes;
}

/** Events of every media server. */
export interface MediaServiceEvents {
  /** Each message on its way in or out. */
  trace: [event: TraceEvent];
}

/** A call of a media server. */
export interface ServedCall {
  readonly session: IncomingSession;
  readonly audio: AudioSession;
  /** User part of the Request-URI: what is asked for. */
  readonly name: string;
  /** The Request-URI, for its parameters. */
  readonly uri: SipUri;
  /** Whether the other side holds the call: it wants no audio now. */
  readonly held: boolean;
}

/** Why a call is refused: a status, and a reason phrase where the usual one says too little. */
export interface Refusal {
  readonly status: number;
  readonly reason?: string;
}

/**
 * A media server: a plain SIP user agent that answers calls, reached by SIP only, so that any other can stand in for it. It takes INVITEs with and without
 * an offer, and re-INVITEs that send its audio elsewhere.
 */
export abstract class MediaService<
  Events extends MediaServiceEvents & { [Name in keyof Events]: unknown[] },
> extends TypedEmitter<Events> {
  /** @internal */
  protected readonly clock: Clock | undefined;
  protected readonly pacer: Pacer | undefined;
  /** Whether callers hear of a 180 before they are answered. */
  protected readonly rings: boolean = false;
  readonly #options: MediaServiceOptions;
  readonly #codecs: CodecRegistry;
  readonly #stack: SipStack;
  readonly #given: { clock?: Clock; random?: RandomBytes };
  readonly #open = new Set<AudioSession>();

  /** @param userAgent as it stands in the header field of that name */
  protected constructor(options: MediaServiceOptions, userAgent: string) {
    super();
    this.#options = options;
    this.#codecs = options.codecs ?? fullRegistry();
    const { transports, clock, random } = options;
    this.clock = clock;
    this.#given = { ...(clock && { clock }), ...(random && { random }) };
    this.pacer = clock && new Pacer(clock);
    this.#stack = new SipStack({ transports, userAgent, ...this.#given });
    this.#stack.on('invite', (session) => {
      this.#answer(session).catch(() => {
        if (session.state !== 'terminated') void session.terminate();
      });
    });
    this.#stack.on('trace', (event) => this.#trace(event));
  }

  #trace(event: TraceEvent): void {
    // What every media server tells.
    (this as unknown as TypedEmitter<{ trace: [TraceEvent] }>).emit('trace', event);
  }

  /** What it listens on, ports known once it has started. */
  get transports(): readonly Transport[] {
    return this.#stack.transports;
  }

  /** How many calls there are. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Listens.
   *
   * @throws SipTransportError when a port is in use or an address is none of this machine
   */
  async start(): Promise<void> {
    await loadResampler();
    await this.#stack.start();
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

  /** Whether a call is taken. Nothing has been opened for it yet. @returns undefined to take it */
  protected refusal(_name: string, _uri: SipUri, _session: IncomingSession): Refusal | undefined {
    return undefined;
  }

  /** A call is about to be answered: sources and sinks are set now. @returns told of each change of hold */
  protected abstract serve(call: ServedCall): ((held: boolean) => void) | undefined;

  async #answer(session: IncomingSession): Promise<void> {
    const { uri } = session.invite;
    if (!(uri instanceof SipUri)) {
      session.reject(404);
      return;
    }
    const name = uri.user ?? '';
    const refusal = this.refusal(name, uri, session);
    if (refusal) {
      session.reject(refusal.status, refusal.reason);
      return;
    }
    const audio = await this.#openAudio();
    session.on('ended', () => {
      this.#open.delete(audio);
      void audio.close();
    });
    // The caller may have given up while the sockets were opened.
    if (session.state === 'terminated') {
      this.#open.delete(audio);
      await audio.close();
      return;
    }
    let held = false;
    let changed: ((held: boolean) => void) | undefined;
    session.offerAnswer = new AudioLeg(audio, this.#codecs, ({ heldByPeer }) => {
      if (heldByPeer === held) return;
      held = heldByPeer;
      changed?.(held);
    });
    const call: ServedCall = {
      session,
      audio,
      name,
      uri,
      get held() {
        return held;
      },
    };
    changed = this.serve(call);
    if (this.rings) await session.ring();
    await session.accept();
  }

  async #openAudio(): Promise<AudioSession> {
    const { mediaAddress = '127.0.0.1', openTransport = (address) => openUdpRtpTransport({ address }) } = this.#options;
    const transport = await openTransport(mediaAddress);
    const audio = new AudioSession({
      transport,
      codecs: this.#codecs,
      ...this.#given,
      ...(this.pacer && { pacer: this.pacer }),
    });
    this.#open.add(audio);
    return audio;
  }
}
