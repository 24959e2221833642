import { type CodecRegistry, defaultRegistry } from '@offhook/codecs';
import {
  type AudioSink,
  type AudioSource,
  type AudioStatistics,
  ClockBridge,
  loadResampler,
  MediaError,
} from '@offhook/rtp-media';
import { OfferAnswer } from '@offhook/sdp';
import { systemRandom, TypedEmitter } from '@offhook/sip-core';
import { audioParameters } from '../media/audio-parameters';
import { codecCapabilities } from '../media/codec-capabilities';
import type { IceOptions } from '../media/ice-options';
import type { MediaSession } from '../media/media-provider';
import { rtpMediaProvider } from '../media/rtp-media-provider';
import { type BrowserMessage, readBrowserMessage } from './browser-message';

/** Settings of a {@link BrowserAudio}. */
export interface BrowserAudioOptions {
  /** Brings a message to the page. */
  send(message: BrowserMessage): void;
  /** Numeric address of this machine that the page reaches; `127.0.0.1` when absent. */
  address?: string;
  /** STUN and TURN servers and more; none when absent. */
  ice?: IceOptions;
  /** Lowest and highest UDP port, both included; any when absent. */
  rtpPortRange?: readonly [min: number, max: number];
  /** Codecs to agree on with the page, the preferred first; Opus, G.722 and G.711, as far as the registry has them, when absent. */
  codecs?: readonly string[];
  /** Codecs there are; those of `@offhook/codecs` when absent, which has Opus in `fullRegistry()` of `@offhook/codecs/opus`. */
  registry?: CodecRegistry;
  /** Hz of the audio of calls; 16000 when absent. */
  sampleRate?: number;
}

/** Events of a {@link BrowserAudio}. */
export interface BrowserAudioEvents {
  /** The page speaks and hears. */
  connected: [];
  /** The page is gone, or its network is: calls go on in silence until it is back. */
  disconnected: [];
  /** The page asked for what cannot be had, or the way to it failed. */
  error: [error: Error];
}

const PREFERRED = ['opus', 'G722', 'PCMU', 'PCMA'];

/**
 * The microphone and the loudspeaker of a web page as {@link source} and {@link sink} of calls, by WebRTC: the browser
 * cancels the echo. Calls do not notice when the page is loaded anew, or another one takes its place.
 *
 * The page runs `pageAudio` of `@offhook/endpoint/browser`; an application carries the messages between both.
 */
export class BrowserAudio extends TypedEmitter<BrowserAudioEvents> {
  /** What the page says; silence while there is none. Of one call at a time. */
  readonly source: AudioSource;
  /** What the page hears; lost while there is none. */
  readonly sink: AudioSink;
  readonly #options: BrowserAudioOptions;
  readonly #registry: CodecRegistry;
  readonly #fromPage: ClockBridge;
  readonly #toPage: ClockBridge;
  readonly #media: ReturnType<ReturnType<typeof rtpMediaProvider>>;
  #session: MediaSession | undefined;
  #connected = false;
  #last: Promise<void> = loadResampler().then(() => {});
  #closed = false;

  constructor(options: BrowserAudioOptions) {
    super();
    this.#options = options;
    const { sampleRate = 16_000, registry = defaultRegistry(), ice = {}, rtpPortRange } = options;
    this.#registry = registry;
    this.#fromPage = new ClockBridge({ sampleRate });
    this.#toPage = new ClockBridge({ sampleRate });
    this.source = {
      sampleRate,
      read: (frame) => {
        this.#fromPage.pull(frame);
        return frame.length;
      },
    };
    this.sink = {
      sampleRate,
      write: (frame) => {
        if (this.#connected) this.#toPage.push(frame);
      },
    };
    this.#media = rtpMediaProvider({ inactivityMs: 10_000 })({
      registry,
      ice: { addresses: [], ...ice },
      mediaSecurity: { policy: 'mandatory', keying: ['dtls'] },
      ...(rtpPortRange && { rtpPortRange }),
    });
  }

  /** Whether a page speaks and hears. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Measures of the audio between the page and here; undefined while there is no page. */
  statistics(): AudioStatistics | undefined {
    return this.#session?.statistics();
  }

  /** Samples missed, dropped, left out and said twice between the page's pace and that of the call, by direction. */
  get counters(): { readonly fromPage: ClockBridge['counters']; readonly toPage: ClockBridge['counters'] } {
    return { fromPage: this.#fromPage.counters, toPage: this.#toPage.counters };
  }

  /** Takes a message of the page, as it was sent or read from JSON. What is none is left. */
  receive(message: unknown): Promise<void> {
    const read = readBrowserMessage(message);
    if (read?.type === 'offer') this.#last = this.#last.then(() => this.#connect(read.sdp));
    return this.#last;
  }

  /** A page offers: it takes the place of the one before. */
  async #connect(offer: string): Promise<void> {
    if (this.#closed) return;
    await this.#disconnect();
    const { address = '127.0.0.1', send, codecs } = this.#options;
    try {
      const session = await this.#media.open({ address });
      this.#session = session;
      send({ type: 'answer', sdp: this.#answer(session, offer, codecs ?? this.#known()) });
    } catch (error) {
      await this.#disconnect();
      this.emit('error', error as Error);
      send({ type: 'refused', reason: (error as Error).message });
    }
  }

  #known(): string[] {
    return PREFERRED.filter((name) => this.#registry.get(name) !== undefined);
  }

  #answer(session: MediaSession, offer: string, codecs: readonly string[]): string {
    const { ice, localIce, fingerprints } = session.transport;
    if (!ice || !localIce || !fingerprints) throw new MediaError('ERR_ICE', 'The media of the page came without ICE.');
    const { rtp } = ice.defaultAddress;
    const negotiation = new OfferAnswer({
      origin: { sessionId: String(Date.now()) },
      address: rtp.host,
      port: rtp.port,
      codecs: codecCapabilities(this.#registry, codecs),
      telephoneEvent: false,
      rtcpMux: 'require',
      reducedSize: true,
      ice: localIce,
      dtls: { fingerprints },
      security: { policy: 'mandatory', keying: ['dtls'], random: systemRandom },
    });
    const answer = negotiation.receiveOffer(offer);
    this.#use(session);
    session.configure(audioParameters(negotiation.session!));
    return answer;
  }

  #use(session: MediaSession): void {
    const { sampleRate } = this.source;
    session.source = {
      sampleRate,
      read: (frame) => {
        this.#toPage.pull(frame);
        return frame.length;
      },
    };
    session.addSink({ sampleRate, write: (frame) => this.#fromPage.push(frame) });
    const isCurrent = () => session === this.#session;
    session.on('firstPacket', () => isCurrent() && this.#setConnected(true));
    session.on('active', () => isCurrent() && this.#setConnected(true));
    session.on('inactive', () => isCurrent() && this.#setConnected(false));
    session.on('error', (error) => {
      if (!isCurrent()) return;
      this.emit('error', error);
      if (error.code === 'ERR_ICE' || error.code === 'ERR_DTLS') this.#setConnected(false);
    });
  }

  #setConnected(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    this.emit(connected ? 'connected' : 'disconnected');
  }

  async #disconnect(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#fromPage.clear();
    this.#toPage.clear();
    this.#setConnected(false);
    await session?.close();
  }

  /** Lets go of the page; calls hear silence from now on. */
  close(): Promise<void> {
    this.#closed = true;
    this.#last = this.#last.then(() => this.#disconnect());
    return this.#last;
  }
}
