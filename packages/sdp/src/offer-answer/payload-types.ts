const FIRST_DYNAMIC = 96;
const LAST_DYNAMIC = 127;

/**
 * The payload types of our own descriptions. A number once given to a format means that format for the whole session
 * (RFC 3264 §8.3.2), also after the format was left out for a while.
 */
export class PayloadTypes {
  readonly #formatOf = new Map<number, string>();
  readonly #numberOf = new Map<string, number>();

  /**
   * The number for a format in an offer: the one it had before, else the preferred one, else the next free one.
   *
   * @param format what the number stands for, the same text for the same format
   */
  offer(format: string, preferred?: number): number {
    const before = this.#numberOf.get(format);
    if (before !== undefined) return before;
    if (preferred !== undefined && this.#take(format, preferred)) return preferred;
    for (let number = FIRST_DYNAMIC; number <= LAST_DYNAMIC; number++) {
      if (this.#take(format, number)) return number;
    }
    throw new RangeError('All 32 dynamic payload types are taken.');
  }

  /** The number for a format in an answer: the offerer's (RFC 3264 §6.1), unless it means something else here. */
  answer(format: string, offered: number): number {
    if (this.#take(format, offered)) {
      this.#numberOf.set(format, offered);
      return offered;
    }
    return this.offer(format);
  }

  /** Keeps free what the peer has given a meaning, so that one number does not mean two things in two directions. */
  avoid(number: number, format: string): void {
    if (!this.#formatOf.has(number)) this.#formatOf.set(number, format);
  }

  #take(format: string, number: number): boolean {
    const holder = this.#formatOf.get(number);
    if (holder !== undefined && holder !== format) return false;
    this.#formatOf.set(number, format);
    if (!this.#numberOf.has(format)) this.#numberOf.set(format, number);
    return true;
  }
}
