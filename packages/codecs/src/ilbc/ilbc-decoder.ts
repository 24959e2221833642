import type { Decoder } from '../contract/codec';
import { FrameDecoder } from './frame-decoder';
import { FORMATS, LONGEST_FRAME } from './tables';

/** iLBC decoder: payloads of one or more frames of 20 or 30 ms, told by their length (RFC 3952 §3). */
export class IlbcDecoder implements Decoder {
  readonly #of20 = new FrameDecoder(FORMATS[20]);
  readonly #of30 = new FrameDecoder(FORMATS[30]);
  #current: FrameDecoder;
  /** Concealment made but not yet asked for, at the end of its buffer. */
  readonly #surplus = new Int16Array(LONGEST_FRAME);
  #surplusLength = 0;

  /** @param mode ms of the frames expected */
  constructor(private readonly mode: 20 | 30) {
    this.#current = mode === 20 ? this.#of20 : this.#of30;
  }

  decode(payload: Uint8Array, out: Int16Array): number {
    const decoder = this.#decoderOf(payload.length);
    if (!decoder) return -1;
    const { samples, bytes } = decoder.format;
    const frames = payload.length / bytes;
    if (frames * samples > out.length) return -1;
    if (decoder !== this.#current) {
      decoder.reset();
      this.#current = decoder;
    }
    this.#surplusLength = 0;
    for (let i = 0; i < frames; i++) decoder.decode(payload, i * bytes, out, i * samples);
    return frames * samples;
  }

  #decoderOf(length: number): FrameDecoder | undefined {
    if (length === 0) return undefined;
    if (length % this.#current.format.bytes === 0) return this.#current;
    const other = this.#current === this.#of20 ? this.#of30 : this.#of20;
    return length % other.format.bytes === 0 ? other : undefined;
  }

  conceal(out: Int16Array, samples: number): number {
    const surplus = this.#surplus;
    const frame = this.#current.format.samples;
    for (let done = 0; done < samples; done++) {
      if (this.#surplusLength === 0) {
        this.#current.decode(undefined, 0, surplus, surplus.length - frame);
        this.#surplusLength = frame;
      }
      out[done] = surplus[surplus.length - this.#surplusLength]!;
      this.#surplusLength--;
    }
    return samples;
  }

  reset(): void {
    this.#of20.reset();
    this.#of30.reset();
    this.#current = this.mode === 20 ? this.#of20 : this.#of30;
    this.#surplusLength = 0;
  }
}
