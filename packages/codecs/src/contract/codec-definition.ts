import type { Codec, Decoder, DecoderOptions, Encoder, EncoderOptions } from './codec';

/** What {@link CodecDefinition.createEncoder} is called with: always a frame duration, and one of those that are listed. */
export interface EncoderRequest<FrameDuration extends number = number> extends EncoderOptions {
  /** Audio in one packet, in ms. */
  frameDuration: FrameDuration;
}

/** What does not fit a list of frame durations: an empty one, or a default that is not on it, does not compile. */
type NotEmpty<Durations extends readonly number[]> = Durations extends readonly [] ? 'at least one' : unknown;

/**
 * A codec as its author writes it: {@link Codec}, with what the compiler and `defineCodec` know by themselves. The frame durations of a
 * literal list (`[20, 40]`) are the only ones that `defaultFrameDuration` may be and that `maxPayloadBytes` and `createEncoder`
 * are asked for.
 */
export interface CodecDefinition<Durations extends readonly number[] = readonly number[]>
  extends Omit<
    Codec,
    'frameDurations' | 'defaultFrameDuration' | 'maxPayloadBytes' | 'createEncoder' | 'createDecoder'
  > {
  /** Durations in ms of a frame the encoder can make, ascending, up to 120; each a whole number of samples. */
  readonly frameDurations: Durations & NotEmpty<Durations>;
  /** Duration in ms of a frame when nobody asks for another; one of `frameDurations`. */
  readonly defaultFrameDuration: NoInfer<Durations[number]>;
  /** The largest payload, in bytes, of a frame of this duration in ms; 1 to 65,000. */
  maxPayloadBytes(frameDuration: NoInfer<Durations[number]>): number;
  /** Makes an encoder of its own state, whose `frameSamples` is the sample rate × the frame duration / 1000. */
  createEncoder(options: EncoderRequest<NoInfer<Durations[number]>>): Encoder;
  /** Makes a decoder of its own state. */
  createDecoder(options: DecoderOptions): Decoder;
}
