/**
 * Which packets came already (RFC 3711 §3.3.2): the newest index, and a bit for each of the indices before it. Pure.
 */
export class ReplayWindow {
  readonly #bits: Uint32Array;
  readonly #size: number;
  #highest = -1;

  /** @param size how many indices back a packet may come late: at least 64, rounded up to a multiple of 32 */
  constructor(size = 1024) {
    const words = Math.ceil(Math.max(size, 64) / 32);
    this.#bits = new Uint32Array(words);
    this.#size = words * 32;
  }

  /** The newest index taken; -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether a packet with this index is neither a repetition nor too old to tell. */
  isFresh(index: number): boolean {
    if (index > this.#highest) return true;
    if (index < 0 || this.#highest - index >= this.#size) return false;
    const bit = index % this.#size;
    return (this.#bits[bit >>> 5]! & (1 << (bit & 31))) === 0;
  }

  /** Marks an index, which must be fresh, as having come. */
  accept(index: number): void {
    if (index > this.#highest) {
      if (index - this.#highest >= this.#size) this.#bits.fill(0);
      else for (let gone = this.#highest + 1; gone < index; gone++) this.#clear(gone);
      this.#highest = index;
    }
    const bit = index % this.#size;
    this.#bits[bit >>> 5]! |= 1 << (bit & 31);
  }

  #clear(index: number): void {
    const bit = index % this.#size;
    this.#bits[bit >>> 5]! &= ~(1 << (bit & 31));
  }
}
