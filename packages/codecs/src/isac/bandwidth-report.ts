/** What we can receive at the start, in bit/s. */
const FIRST_RATE = 20000;
const RATES = Float32Array.from({ length: 12 }, (_, k) => Math.round(100000 * 3.2 ** (k / 11)) / 10);
const FIRST_DELAY = 10;
const LATE = 12;

/**
 * Tells the peer what rate to send us, one of twelve, and whether packets come late, in the index that every packet carries. Without an
 * estimate it stays at the rate it begins with.
 */
export class BandwidthReport {
  #average = FIRST_RATE;
  #delay = FIRST_DELAY;

  /** The index of the next packet. */
  next(): number {
    const delay = FIRST_DELAY;
    const decayed = 0.9 * this.#delay;
    const late = !(decayed + 2.5 - delay > delay - decayed - 0.5);
    this.#delay = decayed + (late ? 2.5 : 0.5);
    let above = 1;
    while (above < RATES.length - 1 && FIRST_RATE > RATES[above]!) above++;
    const rest = 0.9 * this.#average - FIRST_RATE;
    const nearer = Math.abs(0.1 * RATES[above - 1]! + rest) < Math.abs(0.1 * RATES[above]! + rest);
    const index = nearer ? above - 1 : above;
    this.#average = 0.9 * this.#average + 0.1 * RATES[index]!;
    return index + (late ? LATE : 0);
  }

  reset(): void {
    this.#average = FIRST_RATE;
    this.#delay = FIRST_DELAY;
  }
}
