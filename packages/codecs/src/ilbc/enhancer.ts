import { periodAfter, periodBefore } from './pitch';
import { SegmentRefiner } from './segment-refiner';
import { type FrameFormat, LONGEST_FRAME } from './tables';

/** Samples enhanced in one go, blocks before and after that it is compared with, blocks remembered, and those of them before the frame. */
const BLOCK = 80;
const AROUND = 3;
const BLOCKS = 8;
const BEFORE = 5;
const BUFFER = BLOCKS * BLOCK;
/** How far a segment may be from where it is expected. */
const OVERHANG = 2;
/** Most energy that the enhancement may change, as a share of the block's (ENH_ALPHA0). */
const MOST_CHANGE = 0.05;
/** Low-pass filter before every second sample is taken (lpFilt_coefsTbl). */
const LOW_PASS = Float64Array.of(-0.06665, 0.125, 0.31665, 0.414063, 0.31665, 0.125, -0.06665);
const LOOK_BACK = 120;

/** Weights of the segments around the block, from the farthest: half a Hann window. */
const WINDOW = Float64Array.from(
  { length: AROUND },
  (_, i) => 0.5 * (1 - Math.cos((2 * Math.PI * (i + 1)) / (2 * AROUND + 2))),
);
const centre = (block: number) => BLOCK / 2 + block * BLOCK;

/**
 * Makes the residual more periodic where it is nearly so: each block is mixed with what resembles it a pitch period before and after
 * (RFC 3951 §4.6). Delays by 40 samples with frames of 20 ms, by 80 with 30.
 */
export class Enhancer {
  readonly #buffer = new Float64Array(BUFFER);
  /** Pitch period of each block in the buffer, in samples. */
  readonly #periods = new Int32Array(BLOCKS).fill(40);
  readonly #halved = new Float64Array((LONGEST_FRAME + LOOK_BACK) / 2);
  readonly #segments = new Float64Array((2 * AROUND + 1) * BLOCK);
  readonly #surround = new Float64Array(BLOCK);
  readonly #repeated = new Float64Array(BLOCK);
  readonly #refiner = new SegmentRefiner(this.#buffer, BLOCK);

  constructor(private readonly format: FrameFormat) {}

  /**
   * Takes the residual of a frame and gives that of the delayed one.
   *
   * @param afterLoss the frame before was made up: its end is blended with what this one says of it
   * @returns the pitch period at the end, in samples
   */
  process(residual: Float64Array, afterLoss: boolean, out: Float64Array): number {
    const { samples, mode } = this.format;
    const buffer = this.#buffer;
    const periods = this.#periods;
    buffer.copyWithin(0, samples);
    for (let i = 0; i < samples; i++) buffer[BUFFER - samples + i] = residual[i]!;
    const skipped = mode === 20 ? 1 : 0;
    periods.copyWithin(0, AROUND - skipped);
    const lag = this.#findPeriods(BEFORE + skipped);
    if (afterLoss) this.#blendIntoPast(residual, BEFORE + skipped);
    if (mode === 20)
      for (let block = 0; block < 2; block++) this.#enhance((5 + block) * BLOCK + 40, out, block * BLOCK);
    else for (let block = 0; block < 3; block++) this.#enhance((4 + block) * BLOCK, out, block * BLOCK);
    return lag;
  }

  /** Pitch of the new blocks, at half the sample rate (RFC 3951 §4.6.1). */
  #findPeriods(first: number): number {
    const buffer = this.#buffer;
    const halved = this.#halved;
    const from = first * BLOCK - LOOK_BACK;
    const count = (BUFFER - from) / 2;
    for (let n = 0; n < count; n++) {
      const newest = from + 3 + 2 * n;
      let sum = 0;
      for (let j = Math.max(0, newest - BUFFER + 1); j < LOW_PASS.length; j++)
        sum += LOW_PASS[j]! * buffer[newest - j]!;
      halved[n] = sum;
    }
    let lag = 10;
    for (let block = first; block < BLOCKS; block++) {
      const at = LOOK_BACK / 2 + (block - first) * (BLOCK / 2);
      lag = periodBefore(halved, at, BLOCK / 2);
      this.#periods[block] = lag * 2;
    }
    return lag * 2;
  }

  /** After a loss: the end of what was made up is mixed with this frame's beginning, repeated backward (RFC 3951 §4.6.2). */
  #blendIntoPast(residual: Float64Array, first: number): void {
    const { samples, mode } = this.format;
    const buffer = this.#buffer;
    const length = mode === 30 ? BLOCK : 40;
    const expected = this.#periods[first]!;
    const lag = periodAfter(residual, length, expected);
    this.#periods[first - 1] = lag;
    const repeated = this.#repeated;
    const end = BUFFER - samples;
    for (let i = 0; i < length; i++) {
      const back = length - i;
      // Farther back than a period there is only what was made up.
      repeated[i] = back <= lag ? residual[lag - back]! : buffer[end - (back - lag)]!;
    }
    let energy = 0;
    let allowed = 0;
    for (let i = 0; i < length; i++) {
      energy += repeated[i]! ** 2;
      allowed += buffer[end - 1 - i]! ** 2;
    }
    const ratio = energy > 0 ? 2 * Math.sqrt(allowed / energy) : 1;
    for (let i = 0; i < length; i++) {
      const nearEnd = Math.max(0, (i - length + 10) / 10);
      const level = ratio < 1 ? ratio + nearEnd * (1 - ratio) : 1;
      const weight = (length - i) / (length + 1);
      const at = end - length + i;
      buffer[at] = weight * buffer[at]! + (1 - weight) * level * repeated[i]!;
    }
  }

  #enhance(at: number, out: Float64Array, outAt: number): void {
    this.#gather(at);
    const segments = this.#segments;
    const surround = this.#surround;
    let own = 0;
    let around = 0;
    let both = 0;
    const middle = AROUND * BLOCK;
    for (let i = 0; i < BLOCK; i++) {
      let sum = 0;
      for (let q = 0; q < AROUND; q++) {
        sum += WINDOW[q]! * (segments[q * BLOCK + i]! + segments[(2 * AROUND - q) * BLOCK + i]!);
      }
      surround[i] = sum;
      const sample = segments[middle + i]!;
      own += sample * sample;
      around += sum * sum;
      both += sum * sample;
    }
    around = Math.max(1, around);
    // As loud as the block, if that changes it little; else as much of it as is allowed (RFC 3951 §4.6.3).
    let a = Math.sqrt(own / around);
    let b = 0;
    const change = own - 2 * a * both + a * a * around;
    if (change > MOST_CHANGE * own) {
      own = Math.max(1, own);
      const unlike = (around * own - both * both) / (own * own);
      a = unlike > 0.0001 ? Math.sqrt((MOST_CHANGE - MOST_CHANGE ** 2 / 4) / unlike) : 0;
      b = unlike > 0.0001 ? 1 - MOST_CHANGE / 2 - (a * both) / own : 1;
      // What runs against the block is no voice to be made clearer.
      if (both <= 0) {
        a = 0;
        b = 1;
      }
    }
    for (let i = 0; i < BLOCK; i++) out[outAt + i] = a * surround[i]! + b * segments[middle + i]!;
  }

  /** The block and the segments like it, three periods back and three ahead where the buffer has them (RFC 3951 §4.6.2). */
  #gather(at: number): void {
    const segments = this.#segments;
    const periods = this.#periods;
    const refiner = this.#refiner;
    segments.fill(0);
    for (let i = 0; i < BLOCK; i++) segments[AROUND * BLOCK + i] = this.#buffer[at + i]!;
    const { position } = refiner;
    position[0] = at;
    let block = this.#nearest(BLOCK / 2, false);
    for (let q = AROUND - 1; q >= 0; q--) {
      const period = periods[block]!;
      position[0]! -= period;
      block = this.#nearest(BLOCK / 2 - period, false);
      if (position[0]! - OVERHANG >= 0) refiner.refine(at, segments, q * BLOCK);
    }
    position[0] = at;
    for (let q = AROUND + 1; q <= 2 * AROUND; q++) {
      block = this.#nearest(BLOCK / 2, true);
      position[0]! += periods[block]!;
      if (position[0]! + BLOCK + OVERHANG < BUFFER) refiner.refine(at, segments, q * BLOCK);
    }
  }

  /** The block whose centre, or its centre a period before, is nearest to what is `ahead` of the refiner's position. */
  #nearest(ahead: number, periodBefore: boolean): number {
    const wanted = this.#refiner.position[0]! + ahead;
    let found = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let block = 0; block < BLOCKS; block++) {
      const place = centre(block) - (periodBefore ? this.#periods[block]! : 0);
      const distance = Math.abs(place - wanted);
      if (distance < least) {
        least = distance;
        found = block;
      }
    }
    return found;
  }

  reset(): void {
    this.#buffer.fill(0);
    this.#periods.fill(40);
  }
}
