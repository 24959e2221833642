import type { DtmfDigit, DtmfMethod, DtmfPress } from './dtmf-digit';

/** ms after the end of a digit within which the same digit, by another method, is the same press of the key. */
const SAME_PRESS_MS = 400;
/** ms after which a press is forgotten, whether its end came or not. */
const FORGOTTEN_MS = 65_000;

interface Press {
  digit: string;
  method: DtmfMethod;
  beganAt: number;
  endedAt: number;
  /** Whether the other method has delivered it as well. */
  matched: boolean;
}

/**
 * Brings together what several methods deliver: a gateway may send a digit as telephone event and let its tone through
 * as well, whole or the beginning of it. Each press is reported once, by the method that was first.
 */
export class DtmfReports {
  readonly #began: (press: DtmfPress) => void;
  readonly #ended: (digit: DtmfDigit) => void;
  readonly #wayOf: (method: DtmfMethod) => string;
  readonly #presses: Press[] = [];
  /** Presses that have not ended, by method; undefined stands for one that another method has reported. */
  readonly #open = new Map<DtmfMethod, Press | undefined>();

  /**
   * @param began called once for each press, when it begins
   * @param ended called once for each press, when it ends
   * @param wayOf methods of the same way do not bring the same press twice; each is one of its own when absent
   */
  constructor(
    began: (press: DtmfPress) => void,
    ended: (digit: DtmfDigit) => void,
    wayOf: (method: DtmfMethod) => string = (method) => method,
  ) {
    this.#began = began;
    this.#ended = ended;
    this.#wayOf = wayOf;
  }

  /** A digit has begun by its method. @param now monotonic time in ms */
  began(press: DtmfPress, now: number): void {
    this.#forget(now);
    const { digit, method } = press;
    const same = this.#presses.find(
      (other) =>
        !other.matched &&
        other.digit === digit &&
        this.#wayOf(other.method) !== this.#wayOf(method) &&
        now - other.endedAt < SAME_PRESS_MS,
    );
    if (same) {
      same.matched = true;
      this.#open.set(method, undefined);
      return;
    }
    const own: Press = { digit, method, beganAt: now, endedAt: Number.POSITIVE_INFINITY, matched: false };
    this.#presses.push(own);
    this.#open.set(method, own);
    this.#began(press);
  }

  /** The digit of this method has ended. @param now monotonic time in ms */
  ended(digit: DtmfDigit, now: number): void {
    const own = this.#open.get(digit.method);
    this.#open.delete(digit.method);
    if (!own) return;
    own.endedAt = now;
    this.#ended(digit);
  }

  #forget(now: number): void {
    while (
      this.#presses[0] &&
      now - Math.min(this.#presses[0].endedAt, this.#presses[0].beganAt + FORGOTTEN_MS) > 2000
    ) {
      this.#presses.shift();
    }
  }
}
