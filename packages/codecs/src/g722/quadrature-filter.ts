/** Pairs of samples taken in one go. */
const BLOCK = 160;
/** Pairs of the past that the filter still needs. */
const PAST = 11;

/**
 * The quadrature mirror filter that splits the signal into two sub-bands, or joins them (ITU-T G.722 §3.1, §4.4; 24 taps, table
 * 11). It is its own mirror image, so both directions are the same two sums of twelve products over pairs of samples; what the
 * caller adds, subtracts and scales differs.
 */
export class QuadratureFilter {
  /** How many pairs may be filtered in one go. */
  static readonly block = BLOCK;
  /** First and second of each pair, oldest first; the caller writes its own from {@link start} on. */
  readonly first = new Int32Array(PAST + BLOCK);
  readonly second = new Int32Array(PAST + BLOCK);
  /** Where the pairs of this block begin. */
  static readonly start = PAST;

  /**
   * Sums of the first, and of the second samples of the twelve pairs that end with each one of the block, weighted; more than
   * `pairs` of them are written, up to a multiple of four.
   */
  readonly firstSums = new Int32Array(BLOCK);
  readonly secondSums = new Int32Array(BLOCK);

  /** Filters a block: makes {@link firstSums} and {@link secondSums}, four at a time since they share most samples. */
  sum(pairs: number): void {
    this.#sumFirsts(pairs);
    this.#sumSeconds(pairs);
  }

  /** Ends a block: its last pairs are the past of the next. */
  advance(pairs: number): void {
    this.first.copyWithin(0, pairs, pairs + PAST);
    this.second.copyWithin(0, pairs, pairs + PAST);
  }

  reset(): void {
    this.first.fill(0);
    this.second.fill(0);
  }

  #sumFirsts(pairs: number): void {
    const x = this.first;
    const sums = this.firstSums;
    for (let i = 0; i < pairs; i += 4) {
      const x0 = x[i + 0]!;
      const x1 = x[i + 1]!;
      const x2 = x[i + 2]!;
      const x3 = x[i + 3]!;
      const x4 = x[i + 4]!;
      const x5 = x[i + 5]!;
      const x6 = x[i + 6]!;
      const x7 = x[i + 7]!;
      const x8 = x[i + 8]!;
      const x9 = x[i + 9]!;
      const x10 = x[i + 10]!;
      const x11 = x[i + 11]!;
      const x12 = x[i + 12]!;
      const x13 = x[i + 13]!;
      const x14 = x[i + 14]!;
      sums[i] = weighted(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11);
      sums[i + 1] = weighted(x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12);
      sums[i + 2] = weighted(x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13);
      sums[i + 3] = weighted(x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14);
    }
  }

  /** The weights of the second samples are those of the first backwards. */
  #sumSeconds(pairs: number): void {
    const x = this.second;
    const sums = this.secondSums;
    for (let i = 0; i < pairs; i += 4) {
      const x0 = x[i + 0]!;
      const x1 = x[i + 1]!;
      const x2 = x[i + 2]!;
      const x3 = x[i + 3]!;
      const x4 = x[i + 4]!;
      const x5 = x[i + 5]!;
      const x6 = x[i + 6]!;
      const x7 = x[i + 7]!;
      const x8 = x[i + 8]!;
      const x9 = x[i + 9]!;
      const x10 = x[i + 10]!;
      const x11 = x[i + 11]!;
      const x12 = x[i + 12]!;
      const x13 = x[i + 13]!;
      const x14 = x[i + 14]!;
      sums[i] = weighted(x11, x10, x9, x8, x7, x6, x5, x4, x3, x2, x1, x0);
      sums[i + 1] = weighted(x12, x11, x10, x9, x8, x7, x6, x5, x4, x3, x2, x1);
      sums[i + 2] = weighted(x13, x12, x11, x10, x9, x8, x7, x6, x5, x4, x3, x2);
      sums[i + 3] = weighted(x14, x13, x12, x11, x10, x9, x8, x7, x6, x5, x4, x3);
    }
  }
}

function weighted(
  x0: number,
  x1: number,
  x2: number,
  x3: number,
  x4: number,
  x5: number,
  x6: number,
  x7: number,
  x8: number,
  x9: number,
  x10: number,
  x11: number,
): number {
  // Products stay far within 53 bits, and the sum of them within 32.
  return (
    (x0 * 3 -
      x1 * 11 +
      x2 * 12 +
      x3 * 32 -
      x4 * 210 +
      x5 * 951 +
      x6 * 3876 -
      x7 * 805 +
      x8 * 362 -
      x9 * 156 +
      x10 * 53 -
      x11 * 11) |
    0
  );
}
