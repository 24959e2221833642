import { PitchConcealment } from '../concealment/pitch-concealment';
import type { Decoder } from '../contract/codec';

/** G.711 decoder: a sample a byte, by look-up; repeats the last pitch period when packets are missing. */
export class G711Decoder implements Decoder {
  readonly #concealment = new PitchConcealment(8000);

  /** @param linear output value of each code */
  constructor(private readonly linear: Int16Array) {}

  decode(payload: Uint8Array, out: Int16Array): number {
    const { linear } = this;
    const samples = payload.length;
    if (samples === 0 || samples > out.length) return -1;
    for (let i = 0; i < samples; i++) out[i] = linear[payload[i]!]!;
    this.#concealment.received(out, samples);
    return samples;
  }

  conceal(out: Int16Array, samples: number): number {
    return this.#concealment.conceal(out, samples);
  }

  reset(): void {
    this.#concealment.reset();
  }
}
