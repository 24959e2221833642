import type { CodecRegistry } from '@offhook/codecs';
import type {
  Address,
  AudioSessionEvents,
  AudioSessionParameters,
  AudioSink,
  AudioSource,
  AudioStatistics,
  Clock,
  Fingerprint,
  LocalIceDescription,
  Logger,
  RandomBytes,
  SendDtmfOptions,
} from '@offhook/rtp-media';
import type { IceOptions } from './ice-options';
import type { MediaSecurityOptions } from './media-security';

/** What an endpoint hands its media provider, once. */
export interface MediaProviderContext {
  clock?: Clock;
  random?: RandomBytes;
  logger?: Logger;
  /** The codecs that may be agreed on. */
  registry: CodecRegistry;
  /** URLs or names of the modules of plug-ins in `registry`, for threads that have to load them again; all of them once the endpoint has started. */
  codecModules?: () => readonly string[];
  /** Lowest and highest UDP port for media, both included; any when absent. */
  rtpPortRange?: readonly [min: number, max: number];
  /** Code point of Differentiated Services for media, 0 to 63; not marked when absent. */
  dscp?: number;
  /** Whether pauses are left out where the peer takes comfort noise; false when absent. */
  dtx?: boolean;
  /** Whether digits are also heard in the audio; false when absent. */
  inbandDtmf?: boolean;
  /** ms without audio, where it is expected, after which a session says `inactive`; as the provider likes when absent. */
  inactivityMs?: number;
  /** How audio is protected; not at all when absent. */
  mediaSecurity?: MediaSecurityOptions;
  /** ICE for every call; none when absent. */
  ice?: IceOptions;
  /** Address told to peers in place of our own. */
  publicAddress?: string;
}

/** Where a call's media comes and goes. A `MediaTransport` of `@offhook/rtp-media` is one, and so is any plain transport of it. */
export interface CallTransport {
  readonly localAddress: string;
  readonly localPort: number;
  readonly localRtcpPort: number;
  /** Receives and sends at another address of this machine from now on; absent: it cannot, or finds its addresses itself. */
  readonly moveTo?: ((address: string) => Promise<void>) | undefined;
  /** What our offers and answers say about ICE, where there is any. */
  readonly localIce?: LocalIceDescription | undefined;
  /** Of our certificate, where we do DTLS. */
  readonly fingerprints?: readonly Fingerprint[] | undefined;
  /** ICE of the call. */
  readonly ice?:
    | {
        /** For `c=` and `m=`. */
        readonly defaultAddress: { rtp: Address; rtcp: Address };
        /** Begins ICE again (RFC 8445 §2.4). @returns what our next description is to say */
        restart(role: 'controlling' | 'controlled'): LocalIceDescription;
        /** A candidate of the peer that follows its description (RFC 8838). */
        addRemoteCandidate(candidate: string): void;
        /** The peer has no more. */
        endOfRemoteCandidates(): void;
      }
    | undefined;
}

/** The audio of one call, from the side of the endpoint. An `AudioSession` of `@offhook/rtp-media` is one. */
export interface MediaSession {
  /** Where the peer is to send its media. */
  readonly transport: CallTransport;
  /** Takes up what an offer and its answer decided; called again after each. */
  configure(parameters: AudioSessionParameters): void;
  /** What is sent; silence while undefined. */
  source: AudioSource | undefined;
  /** Whether silence is sent in place of the source. */
  muted: boolean;
  /** Hz at which sources are read without resampling. */
  readonly sampleRate: number;
  /** Hz at which sinks are written without resampling. */
  readonly receiveSampleRate: number;
  /** Writes what is heard to one more sink. */
  addSink(sink: AudioSink): void;
  /** Writes no more to a sink; one it does not have is passed over. */
  removeSink(sink: AudioSink): void;
  /** Sends digits, one after the other; resolves when the last has been sent. */
  sendDtmf(digits: string, options?: SendDtmfOptions): Promise<void>;
  /** What has been sent and received since it began. */
  statistics(): AudioStatistics;
  /** Whether levels and voice activity are measured for the statistics; a session that cannot has no such member. */
  measuresSignals?: boolean;
  /** Listens to an event of the session; the returned function ends that. */
  on<Name extends keyof AudioSessionEvents>(
    name: Name,
    listener: (...args: AudioSessionEvents[Name]) => void,
  ): () => void;
  /** Stops media and frees the sockets. */
  close(): Promise<void>;
}

/**
 * Where an endpoint gets its audio from: the seam behind which RTP, or something else altogether, carries a call. The
 * default is {@link rtpMediaProvider}.
 */
export interface MediaProvider {
  /** Loads what calls need; awaited each time the endpoint starts. */
  start?(): Promise<void>;
  /**
   * Opens the audio of a call, so that an offer can name its port. Nothing is sent before `configure`.
   *
   * @param options `address`: numeric address of this machine that media is received at
   * @throws an Error that says why there can be no audio, such as a MediaError `ERR_RTP_PORTS`
   */
  open(options: { address: string }): Promise<MediaSession>;
  /** Frees what is shared by all calls; called once, when the endpoint is closed and its calls are over. */
  close?(): Promise<void>;
}

/** Makes the media provider of an endpoint. */
export type MediaProviderFactory = (context: MediaProviderContext) => MediaProvider;
