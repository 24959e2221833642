import type { Decoder } from '../contract/codec';
import { G722Concealment } from './g722-concealment';
import { QuadratureFilter } from './quadrature-filter';
import { scaleHigher, scaleLower } from './scale-factor';
import { SubBand, saturate } from './sub-band';
import { QM2, QM4, QM5, QM6 } from './tables';

/** Output levels of the lower sub-band by mode, and the bits of its six that are no audio there (ITU-T G.722 §1.3). */
const levelsOfMode = [QM6, QM5, QM4] as const;

/** ITU-T G.722 decoder: a byte becomes two samples at 16 kHz; repeats the last pitch period when packets are missing. */
export class G722Decoder implements Decoder {
  private readonly filter = new QuadratureFilter();
  private readonly lower = new SubBand(32);
  private readonly higher = new SubBand(8);
  private readonly levels: Int32Array;
  private readonly shift: number;
  private readonly concealment = new G722Concealment(this.lower, this.higher, this.filter);

  /** @param mode 1 for 64, 2 for 56, 3 for 48 kbit/s of audio in a byte of 64 */
  constructor(mode: 1 | 2 | 3) {
    this.levels = levelsOfMode[mode - 1]!;
    this.shift = mode - 1;
  }

  decode(payload: Uint8Array, out: Int16Array): number {
    const total = payload.length;
    if (total === 0 || total << 1 > out.length) return -1;
    this.concealment.resume();
    const { filter, lower, higher, levels, shift } = this;
    const { first, second, firstSums, secondSums } = filter;
    const { block, start } = QuadratureFilter;
    for (let done = 0; done < total; done += block) {
      const pairs = Math.min(block, total - done);
      for (let i = 0; i < pairs; i++) {
        const byte = payload[done + i]!;
        const low = decodeLower(lower, byte & 63, levels, shift);
        const high = decodeHigher(higher, byte >> 6);
        first[start + i] = low + high;
        second[start + i] = low - high;
      }
      filter.sum(pairs);
      for (let i = 0, at = done << 1; i < pairs; i++, at += 2) {
        out[at] = saturate(secondSums[i]! >> 11);
        out[at + 1] = saturate(firstSums[i]! >> 11);
      }
      filter.advance(pairs);
    }
    this.concealment.received(out, total << 1);
    return total << 1;
  }

  conceal(out: Int16Array, samples: number): number {
    return this.concealment.conceal(out, samples);
  }

  reset(): void {
    this.filter.reset();
    this.lower.reset();
    this.higher.reset();
    this.concealment.reset();
  }
}

/** LIMIT: reconstructed samples have 15 bits. */
function limit(value: number): number {
  if (value > 16383) return 16383;
  if (value < -16384) return -16384;
  return value;
}

/** INVQBL and INVQAL: what is heard has all the bits there are, what the predictor hears has four (§6.2.1.6, §6.2.1.2). */
function decodeLower(band: SubBand, code: number, levels: Int32Array, shift: number): number {
  const { scale } = band;
  const sample = limit(band.prediction + (Math.imul(scale, levels[code >> shift]!) >> 15));
  const code4 = code >> 2;
  const d = Math.imul(scale, QM4[code4]!) >> 15;
  scaleLower(band, code4);
  band.adapt(d);
  return sample;
}

/** INVQAH (§6.2.2.2). */
function decodeHigher(band: SubBand, code: number): number {
  const d = Math.imul(band.scale, QM2[code]!) >> 15;
  const sample = limit(band.prediction + d);
  scaleHigher(band, code);
  band.adapt(d);
  return sample;
}
