import type { Encoder } from '../contract/codec';
import { QuadratureFilter } from './quadrature-filter';
import { scaleHigher, scaleLower } from './scale-factor';
import { SubBand, saturate } from './sub-band';
import { Q6, QM2, QM4 } from './tables';

/** Decision level of the higher sub-band's quantizer (Q2 of ITU-T G.722 table 17). */
const Q2 = 564;
/** Ratios of difference to scale factor from this on are in the outermost interval. */
const LARGEST = Q6[29]! + 1;
/** Interval of the lower sub-band's quantizer by the ratio of difference to scale factor, rounded up: table 14 read backwards. */
const INTERVALS = Uint8Array.from({ length: LARGEST + 1 }, (_, ratio) => {
  const found = Q6.findIndex((level, i) => i > 0 && ratio <= level);
  return found < 0 ? 30 : found;
});
/** Code of each interval, first for positive differences, from 32 on for negative ones (table 14; ILP, ILN). */
const CODES = Uint8Array.from({ length: 64 }, (_, i) => {
  if (i < 32) return 62 - i;
  return i < 35 ? 96 - i : 66 - i;
});

/** ITU-T G.722 encoder: two samples at 16 kHz become a byte, two bits of the higher and six of the lower sub-band. */
export class G722Encoder implements Encoder {
  readonly frameSamples: number;
  private readonly filter = new QuadratureFilter();
  private readonly lower = new SubBand(32);
  private readonly higher = new SubBand(8);

  /**
   * @param frameSamples samples in one frame, even
   * @param mask of the bits that carry audio: all in mode 1, the lowest one or two not in modes 2 and 3 (§1.3)
   */
  constructor(
    frameSamples: number,
    private readonly mask: number,
  ) {
    this.frameSamples = frameSamples;
  }

  encode(pcm: Int16Array, out: Uint8Array): number {
    const { filter, lower, higher, mask } = this;
    const { first, second, firstSums, secondSums } = filter;
    const { block, start } = QuadratureFilter;
    const total = pcm.length >> 1;
    for (let done = 0; done < total; done += block) {
      const pairs = Math.min(block, total - done);
      for (let i = 0, at = done << 1; i < pairs; i++, at += 2) {
        first[start + i] = pcm[at]!;
        second[start + i] = pcm[at + 1]!;
      }
      filter.sum(pairs);
      for (let i = 0; i < pairs; i++) {
        const a = firstSums[i]!;
        const b = secondSums[i]!;
        const low = encodeLower(lower, (b + a) >> 14);
        const high = encodeHigher(higher, (b - a) >> 14);
        out[done + i] = ((high << 6) | low) & mask;
      }
      filter.advance(pairs);
    }
    return total;
  }

  reset(): void {
    this.filter.reset();
    this.lower.reset();
    this.higher.reset();
  }
}

/** QUANTL: six bits (§6.2.1.1). The predictor hears only the four that survive in every mode. */
export function encodeLower(band: SubBand, sample: number): number {
  const { scale } = band;
  const difference = saturate(sample - band.prediction);
  const magnitude = difference ^ (difference >> 31);
  // A level of Q6 × scale / 4096, rounded down, exceeds the magnitude where Q6 is at least this:
  const ratio = (((magnitude + 1) << 12) + scale - 1) / scale;
  const interval = INTERVALS[ratio < LARGEST ? ratio | 0 : LARGEST]!;
  const code = CODES[((difference >>> 31) << 5) | interval]!;
  const code4 = code >> 2;
  const d = Math.imul(scale, QM4[code4]!) >> 15;
  scaleLower(band, code4);
  band.adapt(d);
  return code;
}

/** QUANTH: two bits (§6.2.2.1). */
export function encodeHigher(band: SubBand, sample: number): number {
  const { scale } = band;
  const difference = saturate(sample - band.prediction);
  const magnitude = difference ^ (difference >> 31);
  const inner = (magnitude - (Math.imul(Q2, scale) >> 12)) >>> 31;
  const code = ((~difference >>> 31) << 1) | inner;
  const d = Math.imul(scale, QM2[code]!) >> 15;
  scaleHigher(band, code);
  band.adapt(d);
  return code;
}
