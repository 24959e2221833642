/** What an encoder is made for. */
export interface EncoderOptions {
  /** Audio in one packet, in ms: one of {@link Codec.frameDurations}; {@link Codec.defaultFrameDuration} when absent, if the peer takes it. */
  frameDuration?: number;
  /**
   * The peer's format parameters (`a=fmtp`, RFC 4566 §6) without the payload type; what it asks of what we send. Empty when the peer has
   * none, absent when no peer is known.
   */
  remoteFmtp?: string;
}

/** What a decoder is made for. */
export interface DecoderOptions {
  /** Our own format parameters, as we told the peer. */
  localFmtp?: string;
  /** The peer's format parameters. */
  remoteFmtp?: string;
}

/** One direction of one call: PCM in, payloads out. Holds the state of its stream; never shared between streams. */
export interface Encoder {
  /** Samples per channel in one frame: sample rate × frame duration / 1000. */
  readonly frameSamples: number;
  /**
   * Encodes one frame. Allocates nothing.
   *
   * @param pcm exactly `frameSamples` × channels samples, interleaved
   * @param out where the payload goes; at least {@link Codec.maxPayloadBytes} long
   * @returns bytes written; 0 when nothing is to be sent for this frame (discontinuous transmission)
   */
  encode(pcm: Int16Array, out: Uint8Array): number;
  /**
   * Tells how many packets are lost on the way, so that the encoder may protect them; absent for a codec that cannot.
   *
   * @param fraction from 0 to 1, as in the peer's reports (RFC 3550 §6.4.1 has it in 256ths)
   */
  expectLoss?(fraction: number): void;
  /** Forgets the past: the next frame is the first of a stream. */
  reset(): void;
  /** Frees what the garbage collector cannot, such as WebAssembly memory. */
  close?(): void;
}

/** One direction of one call: payloads in, PCM out. Holds the state of its stream; never shared between streams. */
export interface Decoder {
  /**
   * Decodes one payload. Allocates nothing. A payload that is no audio of this codec never throws.
   *
   * @param out where the samples go, interleaved; the caller provides room for 120 ms
   * @returns samples per channel written; -1 when the payload cannot be decoded, and {@link conceal} is wanted instead
   */
  decode(payload: Uint8Array, out: Int16Array): number;
  /**
   * Makes up audio for a packet that was lost or came too late.
   *
   * @param out where the samples go, interleaved
   * @param samples samples per channel wanted: any number up to 120 ms, not only whole frames
   * @param next the payload that follows upon these samples, when it is there already: it may say something about them
   *   (forward error correction); it is decoded afterwards like any other
   * @returns samples per channel written: `samples`
   */
  conceal(out: Int16Array, samples: number, next?: Uint8Array): number;
  /**
   * Tells how much of the audio before a payload it says something about (forward error correction); absent for a codec without.
   * Whoever plays may then wait for the packet after a lost one. Never throws.
   *
   * @returns samples per channel; 0 for none
   */
  corrects?(payload: Uint8Array): number;
  /** Forgets the past: the next payload is the first of a stream. */
  reset(): void;
  /** Frees what the garbage collector cannot, such as WebAssembly memory. */
  close?(): void;
}

/** How a codec's format parameters are offered and answered (RFC 3264 §6.1). */
export interface CodecFmtp {
  /** The parameters of an offer; undefined for no `a=fmtp` line. */
  offer(): string | undefined;
  /**
   * Agrees with a peer's parameters, in an offer or an answer.
   *
   * @param remote the peer's `a=fmtp` value without the payload type; undefined when there is no line
   * @returns our parameters for the answer, or `false` when the two cannot work together
   */
  negotiate(remote: string | undefined): { local?: string } | false;
  /**
   * Which of {@link Codec.frameDurations} may be sent to a peer that says this; all of them when there is no such function. It is for
   * codecs whose parameters choose a length of frames, such as iLBC's `mode` (RFC 3952 §5).
   *
   * @param remote as for {@link CodecFmtp.negotiate}
   * @returns one of them at least, ascending
   */
  frameDurations?(remote: string | undefined): readonly number[];
}

/**
 * Payload types that RFC 3551 §6 (table 4) gives to audio codecs. The list is closed (§3): a codec that is not on it has a dynamic
 * payload type, which the endpoint chooses.
 */
export type StaticPayloadType = 0 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18;

/** A codec as a plug-in: what it is called, how its audio is cut, and how to make its two halves. Make it with {@link defineCodec}. */
export interface Codec {
  /** Encoding name of the RTP payload format (RFC 4855), such as `PCMU`; compared without regard to case. */
  readonly name: string;
  /** Rate of the PCM it takes and gives, in Hz. */
  readonly sampleRate: number;
  /** Rate of the RTP timestamp, in Hz; differs from `sampleRate` for G.722 and Opus. */
  readonly clockRate: number;
  /** Channels of PCM. */
  readonly channels: 1 | 2;
  /** Channels in the encoding parameters of `a=rtpmap`; `channels` when absent. Opus always says 2 (RFC 7587 §7). */
  readonly rtpmapChannels?: 1 | 2;
  /** Static payload type; absent for a dynamic one. */
  readonly payloadType?: StaticPayloadType;
  /** Durations in ms of a frame the encoder can make, ascending. */
  readonly frameDurations: readonly number[];
  /** Duration in ms of a frame when nobody asks for another. */
  readonly defaultFrameDuration: number;
  /** The largest payload, in bytes, of a frame of this duration in ms. */
  maxPayloadBytes(frameDuration: number): number;
  /** How format parameters are negotiated; absent for a codec without any. */
  readonly fmtp?: CodecFmtp;
  /** Makes an encoder. @throws CodecError `ERR_CODEC_OPTIONS` for a frame duration it cannot make */
  createEncoder(options?: EncoderOptions): Encoder;
  /** Makes a decoder. */
  createDecoder(options?: DecoderOptions): Decoder;
}
