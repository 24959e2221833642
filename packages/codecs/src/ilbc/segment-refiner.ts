import { correlate } from './correlation';

/** Steps in which a segment is placed, per sample; the taps on either side of the interpolation; and how far is looked. */
const STEPS = 4;
const REACH = 3;
const TAPS = 2 * REACH + 1;
const SLOP = 2;

/** Interpolation to quarters of a sample (polyphaserTbl of RFC 3951). */
const PHASES = Float64Array.of(
  ...[0, 0, 0, 1, 0, 0, 0],
  ...[0.015625, -0.076904, 0.28833, 0.862061, -0.106445, 0.018799, -0.015625],
  ...[0.023682, -0.124268, 0.601563, 0.601563, -0.124268, 0.023682, -0.023682],
  ...[0.018799, -0.106445, 0.862061, 0.28833, -0.076904, 0.015625, -0.018799],
);

/** Finds, to a quarter of a sample, the segment that is most like a block (RFC 3951 §4.6.2). */
export class SegmentRefiner {
  /** Where the segment begins: expected before, and found afterwards. A number returned would take memory. */
  readonly position = new Float64Array(1);
  /** From the last place to the first. */
  readonly #correlation = new Float64Array(2 * SLOP + 1);
  readonly #turned = new Float64Array(2 * SLOP + 1);

  /**
   * @param data where segments are looked for
   * @param block samples in one
   */
  constructor(
    private readonly data: Float64Array,
    private readonly block: number,
  ) {}

  /**
   * Looks around {@link position}, and moves it.
   *
   * @param at where the block begins
   */
  refine(at: number, out: Float64Array, outAt: number): void {
    const { data, block, position } = this;
    const rounded = Math.trunc(position[0]! - 0.5);
    const from = Math.max(0, rounded - SLOP);
    const to = Math.min(rounded + SLOP, data.length - block - 1);
    const count = to - from + 1;
    const turned = this.#turned;
    correlate(data, at, block, data, to, count, turned, 0);
    for (let i = 0; i < count; i++) this.#correlation[i] = turned[count - 1 - i]!;
    const best = this.#peak(count);
    const whole = Math.ceil(best / STEPS);
    this.#interpolate(from + whole - REACH, (whole * STEPS - best) * TAPS, out, outAt);
    position[0] = from + best / STEPS + 1;
  }

  #interpolate(start: number, phase: number, out: Float64Array, outAt: number): void {
    const { data, block } = this;
    if (start < 0 || start + block + TAPS > data.length + 1) {
      for (let i = 0; i < block; i++) {
        let sum = 0;
        for (let j = 0; j < TAPS; j++) {
          const k = start + i + j;
          if (k >= 0 && k < data.length) sum += data[k]! * PHASES[phase + j]!;
        }
        out[outAt + i] = sum;
      }
      return;
    }
    const p0 = PHASES[phase]!;
    const p1 = PHASES[phase + 1]!;
    const p2 = PHASES[phase + 2]!;
    const p3 = PHASES[phase + 3]!;
    const p4 = PHASES[phase + 4]!;
    const p5 = PHASES[phase + 5]!;
    const p6 = PHASES[phase + 6]!;
    for (let i = 0; i < block; i++) {
      const k = start + i;
      const left = data[k]! * p0 + data[k + 1]! * p1 + data[k + 2]! * p2;
      const right = data[k + 4]! * p4 + data[k + 5]! * p5 + data[k + 6]! * p6;
      out[outAt + i] = left + data[k + 3]! * p3 + right;
    }
  }

  /** Where the correlation is highest, in quarters of a sample; the interpolation is as long as there is correlation. */
  #peak(count: number): number {
    const reach = TAPS > count ? count >> 1 : REACH;
    const taps = 2 * reach + 1;
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      for (let step = 0; step < STEPS; step++) {
        const phase = step * TAPS + REACH - reach;
        let sum = 0;
        for (let k = 0; k < taps; k++) {
          const from = i + reach - k;
          if (from >= 0 && from < count) sum += this.#correlation[from]! * PHASES[phase + k]!;
        }
        if (sum > most) {
          most = sum;
          best = i * STEPS + step;
        }
      }
    }
    return best;
  }
}
