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
  readonly #correlation = new Float64Array(2 * SLOP + 1);

  /**
   * @param data where segments are looked for
   * @param block samples in one
   */
  constructor(
    private readonly data: Float64Array,
    private readonly block: number,
  ) {}

  /**
   * @param at where the block begins
   * @param expected where the segment is expected
   * @returns where it begins
   */
  refine(at: number, expected: number, out: Float64Array, outAt: number): number {
    const { data, block } = this;
    const rounded = Math.trunc(expected - 0.5);
    const from = Math.max(0, rounded - SLOP);
    const to = Math.min(rounded + SLOP, data.length - block - 1);
    const count = to - from + 1;
    const correlation = this.#correlation;
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let j = 0; j < block; j++) sum += data[from + i + j]! * data[at + j]!;
      correlation[i] = sum;
    }
    const best = this.#peak(count);
    const whole = Math.ceil(best / STEPS);
    const phase = (whole * STEPS - best) * TAPS;
    const start = from + whole - REACH;
    for (let i = 0; i < block; i++) {
      let sum = 0;
      for (let j = 0; j < TAPS; j++) {
        const k = start + i + j;
        if (k >= 0 && k < data.length) sum += data[k]! * PHASES[phase + j]!;
      }
      out[outAt + i] = sum;
    }
    return from + best / STEPS + 1;
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
