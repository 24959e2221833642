import type { Encoder } from '../contract/codec';

/** L16 encoder: samples as they are, most significant byte first. */
export class L16Encoder implements Encoder {
  /** @param frameSamples samples per channel in one frame */
  constructor(readonly frameSamples: number) {}

  encode(pcm: Int16Array, out: Uint8Array): number {
    const samples = pcm.length;
    for (let i = 0, at = 0; i < samples; i++, at += 2) {
      const sample = pcm[i]!;
      out[at] = sample >> 8;
      out[at + 1] = sample;
    }
    return samples << 1;
  }

  /** L16 remembers nothing. */
  reset(): void {}
}
