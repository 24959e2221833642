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

  /** The first samples of the twelve pairs that end with the one at `i`, weighted. */
  sumOfFirst(i: number): number {
    const x = this.first;
    return (
      Math.imul(x[i - 11]!, 3) +
      Math.imul(x[i - 10]!, -11) +
      Math.imul(x[i - 9]!, 12) +
      Math.imul(x[i - 8]!, 32) +
      Math.imul(x[i - 7]!, -210) +
      Math.imul(x[i - 6]!, 951) +
      Math.imul(x[i - 5]!, 3876) +
      Math.imul(x[i - 4]!, -805) +
      Math.imul(x[i - 3]!, 362) +
      Math.imul(x[i - 2]!, -156) +
      Math.imul(x[i - 1]!, 53) +
      Math.imul(x[i]!, -11)
    );
  }

  /** The second samples of the same pairs, weighted by the mirror image. */
  sumOfSecond(i: number): number {
    const x = this.second;
    return (
      Math.imul(x[i - 11]!, -11) +
      Math.imul(x[i - 10]!, 53) +
      Math.imul(x[i - 9]!, -156) +
      Math.imul(x[i - 8]!, 362) +
      Math.imul(x[i - 7]!, -805) +
      Math.imul(x[i - 6]!, 3876) +
      Math.imul(x[i - 5]!, 951) +
      Math.imul(x[i - 4]!, -210) +
      Math.imul(x[i - 3]!, 32) +
      Math.imul(x[i - 2]!, 12) +
      Math.imul(x[i - 1]!, -11) +
      Math.imul(x[i]!, 3)
    );
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
}
