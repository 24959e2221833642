import type { Codec, Decoder, Encoder } from '../contract/codec';
import { speechLike } from './signals';

/** What a decoder has room for, in ms. */
const ROOM_MS = 120;

/** An encoder and a decoder in a row, with the buffers between them. */
export class Coder {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  /** Samples of one frame, all channels. */
  readonly length: number;
  /** Latest payload; only its first bytes count. */
  readonly payload: Uint8Array;
  /** Latest samples decoded. */
  readonly pcm: Int16Array;
  readonly #channels: number;

  constructor(codec: Codec, frameDuration = codec.defaultFrameDuration) {
    this.encoder = codec.createEncoder({ frameDuration });
    this.decoder = codec.createDecoder();
    this.#channels = codec.channels;
    this.length = this.encoder.frameSamples * codec.channels;
    this.payload = new Uint8Array(codec.maxPayloadBytes(frameDuration));
    this.pcm = roomFor(codec);
  }

  /** Encodes frame number `frame` of a signal; bytes written. */
  encode(signal: Int16Array, frame: number): number {
    return this.encoder.encode(signal.subarray(frame * this.length, (frame + 1) * this.length), this.payload);
  }

  /** Decodes the first `bytes` of the latest payload; samples per channel. */
  decode(bytes: number): number {
    return this.decoder.decode(this.payload.subarray(0, bytes), this.pcm);
  }

  /** Sends a signal of whole frames through; what is not sent, or lost by `isLost`, is concealed. */
  through(signal: Int16Array, isLost: (frame: number) => boolean = () => false): Int16Array {
    const decoded = new Int16Array(signal.length);
    for (let frame = 0; frame * this.length < signal.length; frame++) this.step(signal, frame, decoded, isLost(frame));
    return decoded;
  }

  /** Sends one frame through and puts what comes out at the same place of `decoded`. */
  step(signal: Int16Array, frame: number, decoded: Int16Array, lost = false): void {
    const bytes = this.encode(signal, frame);
    const samples =
      bytes > 0 && !lost ? this.decode(bytes) : this.decoder.conceal(this.pcm, this.length / this.#channels);
    if (samples * this.#channels !== this.length) throw new Error(`frame ${frame} gave ${samples} samples`);
    decoded.set(this.pcm.subarray(0, this.length), frame * this.length);
  }

  reset(): void {
    this.encoder.reset();
    this.decoder.reset();
  }
}

/** A buffer with room for the longest frame there may be. */
export function roomFor(codec: Codec): Int16Array {
  return new Int16Array((codec.sampleRate * codec.channels * ROOM_MS) / 1000);
}

/** Speech-like audio of a number of default frames. */
export function speechOf(codec: Codec, frames: number, frameDuration = codec.defaultFrameDuration): Int16Array {
  const samples = (frames * frameDuration * codec.sampleRate) / 1000;
  return speechLike(samples, codec.sampleRate, codec.channels);
}

/** How many default frames last about so many ms. */
export function framesIn(codec: Codec, ms: number): number {
  return Math.ceil(ms / codec.defaultFrameDuration);
}
