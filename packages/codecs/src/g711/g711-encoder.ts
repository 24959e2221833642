import type { Encoder } from '../contract/codec';

/** G.711 encoder: a byte a sample, by look-up. */
export class G711Encoder implements Encoder {
  /**
   * @param frameSamples samples in one frame
   * @param codes code of each 14-bit uniform value, from -8192 up
   */
  constructor(
    readonly frameSamples: number,
    private readonly codes: Uint8Array,
  ) {}

  encode(pcm: Int16Array, out: Uint8Array): number {
    const { codes } = this;
    const samples = pcm.length;
    for (let i = 0; i < samples; i++) out[i] = codes[(pcm[i]! >> 2) + 8192]!;
    return samples;
  }

  /** G.711 remembers nothing. */
  reset(): void {}
}
