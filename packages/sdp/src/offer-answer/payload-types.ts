import { SdpError } from '../errors';

/** Dynamic payload types (RFC 3551 §6), and those to fall back on: unassigned, and safe beside RTCP (RFC 5761 §4). */
const DYNAMIC = range(96, 127);
const SPARE = range(35, 63);

/**
 * The payload types of our own descriptions. A number once given to a format means that format for the whole session
 * (RFC 3264 §8.3.2), also after the format was left out for a while; a format may come to have several numbers.
 */
export class PayloadTypes {
  /** What our numbers mean. */
  readonly #ours = new Map<number, string>();
  /** What the peer's numbers mean that fit nothing of ours. */
  readonly #theirs = new Map<number, string>();
  /** The latest number of each format of ours. */
  readonly #numberOf = new Map<string, number>();

  /**
   * The number for a format in an offer: the one it had before, else the preferred one, else a free one.
   *
   * @param format what the number stands for, the same text for the same format
   * @throws SdpError `ERR_SDP_VALUE` when there are more formats than numbers
   */
  offer(format: string, preferred?: number): number {
    const before = this.#numberOf.get(format);
    if (before !== undefined) return before;
    const wanted = preferred === undefined ? [] : [preferred];
    const candidates = [...wanted, ...DYNAMIC, ...SPARE];
    const number =
      candidates.find((each) => this.#isFree(format, each) && !this.#meansElse(format, each)) ??
      [...DYNAMIC, ...SPARE].find((each) => this.#isFree(format, each));
    if (number === undefined) {
      throw new SdpError('ERR_SDP_VALUE', 500, 'There are more formats than payload types; configure fewer codecs.');
    }
    return this.#take(format, number);
  }

  /** The number for a format in an answer: the offerer's (RFC 3264 §6.1), unless it means something else here. */
  answer(format: string, offered: number): number {
    return this.#isFree(format, offered) ? this.#take(format, offered) : this.offer(format);
  }

  /** Notes what a number means to the peer: if there is another, it gets no other meaning here. */
  avoid(number: number, format: string): void {
    this.#theirs.set(number, format);
  }

  #isFree(format: string, number: number): boolean {
    const holder = this.#ours.get(number);
    return holder === undefined || holder === format;
  }

  #meansElse(format: string, number: number): boolean {
    const meaning = this.#theirs.get(number);
    return meaning !== undefined && meaning !== format;
  }

  #take(format: string, number: number): number {
    this.#ours.set(number, format);
    this.#numberOf.set(format, number);
    return number;
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
