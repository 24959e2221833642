import { logistic, scale } from './distributions';

/** Most bytes of a payload that the lower band is read from. */
const LONGEST = 600;

/** Reads the symbols of one layer. What it finds broken it remembers in `failed` and goes on with symbol 0, so that nobody needs to ask after each. */
export class RangeDecoder {
  failed = false;
  #width = 0;
  #value = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;

  /** The width of the interval: the seed of the dither. */
  get width(): number {
    return this.#width;
  }

  /** Begins a layer that lies somewhere from `start` on and before `end`. */
  start(bytes: Uint8Array, start: number, end: number): void {
    this.failed = end <= start;
    this.#bytes = bytes;
    this.#at = start;
    this.#end = Math.min(end, start + LONGEST);
    this.#width = 0xffffffff;
    this.#value = 0;
    for (let i = 0; i < 4; i++) this.#value = ((this.#value << 8) | this.#next()) >>> 0;
  }

  #next(): number {
    const at = this.#at++;
    // The end of a layer is told by its symbols, and up to three bytes behind it are read: their values do not matter.
    if (at >= this.#end + 3) this.failed = true;
    return at < this.#end ? this.#bytes[at]! : 0;
  }

  /** The next symbol of a distribution. */
  symbol(cdf: Uint16Array): number {
    const width = this.#width;
    const value = this.#value;
    let low = 0;
    let high = cdf.length - 1;
    if (value === 0 || value > scale(width, cdf[high]!)) {
      this.failed = true;
      return 0;
    }
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (value > scale(width, cdf[middle]!)) low = middle;
      else high = middle;
    }
    this.#take(scale(width, cdf[low]!) + 1, scale(width, cdf[high]!));
    return low;
  }

  /** The next spectral value, in 128ths: a multiple of 128 less the dither. */
  logistic(dither: number, envelope: number): number {
    const width = this.#width;
    const value = this.#value;
    let edge = 64 - dither;
    let scaled = scale(width, logistic(edge * envelope));
    let previous = -1;
    let found: number;
    if (value > scaled) {
      do {
        edge += 128;
        scaled = scale(width, logistic(edge * envelope));
        if (scaled === previous) return this.#fail();
        previous = scaled;
      } while (value > scaled);
      found = edge - 64;
    } else {
      do {
        edge -= 128;
        scaled = scale(width, logistic(edge * envelope));
        if (scaled === previous) return this.#fail();
        previous = scaled;
      } while (value <= scaled);
      found = edge + 64;
    }
    this.#take(scale(width, logistic((found - 64) * envelope)) + 1, scale(width, logistic((found + 64) * envelope)));
    return found;
  }

  #fail(): number {
    this.failed = true;
    return 0;
  }

  #take(low: number, high: number): void {
    let width = high - low;
    let value = (this.#value - low) >>> 0;
    if (width <= 0) {
      this.failed = true;
      width = 0x1000000;
    }
    while (width < 0x1000000) {
      width = (width << 8) >>> 0;
      value = ((value << 8) | this.#next()) >>> 0;
    }
    this.#width = width;
    this.#value = value;
  }

  /** Where the layer ends in the payload, after its last symbol. */
  get end(): number {
    return this.#at - (this.#width > 0x01ffffff ? 3 : 2);
  }
}
