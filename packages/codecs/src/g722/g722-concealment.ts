import { PitchConcealment } from '../concealment/pitch-concealment';
import { encodeHigher, encodeLower } from './g722-encoder';
import { QuadratureFilter } from './quadrature-filter';
import { limitHigherScale, limitLowerScale } from './scale-factor';
import type { SubBand } from './sub-band';

const SAMPLE_RATE = 16000;
/** Samples by which the filters of an encoder and a decoder together delay the signal: its sub-bands are so far ahead of it. */
const DELAY = 22;

/**
 * Packet loss concealment for G.722 after the ideas of its Appendix III: the pitch period of the decoded signal is repeated and fades, and
 * what is made up is encoded again, at its full level, so that predictors and quantizers of the decoder are where they might be
 * without the loss when the next packet comes. Their steps do not grow meanwhile: too small ones make the first sounds
 * quieter, too large ones make them crack.
 */
export class G722Concealment {
  private readonly pitch = new PitchConcealment(SAMPLE_RATE);
  private readonly analysis = new QuadratureFilter();
  private readonly ahead = new Int16Array(2 * QuadratureFilter.block);
  private heard = false;
  /** Samples made up since the latest packet, and pairs of them that the sub-bands have followed. */
  private concealed = 0;
  private followed = 0;
  /** Logarithms of the scale factors when the loss began. */
  private mostLower = 0;
  private mostHigher = 0;

  /** @param synthesis the decoder's filter; it remembers what is made up, as it does what is decoded */
  constructor(
    private readonly lower: SubBand,
    private readonly higher: SubBand,
    private readonly synthesis: QuadratureFilter,
  ) {}

  /** To be called before the first packet after a loss is decoded. */
  resume(): void {
    if (this.concealed === 0 || !this.heard) return;
    limitLowerScale(this.lower, this.mostLower);
    limitHigherScale(this.higher, this.mostHigher);
  }

  /** Takes note of decoded audio; its beginning is blended in place when it ends a loss. */
  received(pcm: Int16Array, samples: number): void {
    this.pitch.received(pcm, samples);
    this.concealed = 0;
    this.followed = 0;
    this.heard = true;
  }

  /** Makes audio up; silence when nothing was heard yet, or for too long. @returns `samples` */
  conceal(out: Int16Array, samples: number): number {
    if (this.heard) this.follow(samples);
    this.pitch.conceal(out, samples);
    this.concealed += samples;
    return samples;
  }

  private follow(samples: number): void {
    const { concealed, lower, higher } = this;
    if (concealed === 0) {
      this.mostLower = lower.logScale;
      this.mostHigher = higher.logScale;
      this.hear(0, 0, DELAY >> 1);
    }
    const { block, start } = QuadratureFilter;
    const end = (concealed + samples) >> 1;
    for (let at = this.followed; at < end; at += block) {
      const pairs = Math.min(block, end - at);
      this.hear(start, 2 * at + DELAY, pairs);
      this.encode(pairs);
    }
    this.followed = end;
  }

  /** Puts what is made up, from a sample of the loss on, into the filter. */
  private hear(index: number, from: number, pairs: number): void {
    const { ahead, analysis } = this;
    const { first, second } = analysis;
    this.pitch.foretell(ahead, from - this.concealed, 2 * pairs);
    for (let i = 0; i < pairs; i++) {
      first[index + i] = ahead[2 * i]!;
      second[index + i] = ahead[2 * i + 1]!;
    }
  }

  private encode(pairs: number): void {
    const { analysis, synthesis, lower, higher } = this;
    const { first, second } = synthesis;
    const { start } = QuadratureFilter;
    const { firstSums, secondSums } = analysis;
    analysis.sum(pairs);
    for (let i = 0; i < pairs; i++) {
      const a = firstSums[i]!;
      const b = secondSums[i]!;
      const low = (b + a) >> 14;
      const high = (b - a) >> 14;
      encodeLower(lower, low);
      encodeHigher(higher, high);
      first[start + i] = low + high;
      second[start + i] = low - high;
    }
    analysis.advance(pairs);
    synthesis.advance(pairs);
  }

  reset(): void {
    this.pitch.reset();
    this.heard = false;
    this.concealed = 0;
    this.followed = 0;
  }
}
