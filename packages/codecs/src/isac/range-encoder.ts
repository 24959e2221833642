import { logistic, scale } from './distributions';

/** Most bytes that spectral values may fill. */
const MOST = 399;
const ROOM = 640;

/** Writes the symbols of one layer. */
export class RangeEncoder {
  readonly bytes = new Uint8Array(ROOM);
  length = 0;
  width = 0xffffffff;
  #value = 0;
  readonly #kept = new Uint8Array(ROOM);
  #keptLength = 0;
  #keptWidth = 0;
  #keptValue = 0;

  start(): void {
    this.length = 0;
    this.width = 0xffffffff;
    this.#value = 0;
  }

  /** Keeps the state to come back to; the bytes too, since a carry may change those before. */
  keep(): void {
    this.#kept.set(this.bytes);
    this.#keptLength = this.length;
    this.#keptWidth = this.width;
    this.#keptValue = this.#value;
  }

  restore(): void {
    this.bytes.set(this.#kept);
    this.length = this.#keptLength;
    this.width = this.#keptWidth;
    this.#value = this.#keptValue;
  }

  get keptLength(): number {
    return this.#keptLength;
  }

  symbol(cdf: Uint16Array, symbol: number): void {
    this.#put(scale(this.width, cdf[symbol]!) + 1, scale(this.width, cdf[symbol + 1]!));
  }

  /** Writes a spectral value, nearer to zero where it is too rare to be told. @returns whether there was room */
  logistic(value: number, envelope: number): boolean {
    let q = value;
    let low = logistic((q - 64) * envelope);
    let high = logistic((q + 64) * envelope);
    while (low + 1 >= high) {
      q += q > 0 ? -128 : 128;
      low = logistic((q - 64) * envelope);
      high = logistic((q + 64) * envelope);
    }
    this.#put(scale(this.width, low) + 1, scale(this.width, high));
    return this.length <= MOST;
  }

  #put(low: number, high: number): void {
    this.#add(low);
    let width = high - low;
    while (width < 0x1000000) {
      this.#append();
      width = (width << 8) >>> 0;
    }
    this.width = width;
  }

  #add(amount: number): void {
    const sum = this.#value + amount;
    this.#value = sum >>> 0;
    if (sum < 0x100000000) return;
    for (let at = this.length - 1; at >= 0; at--) {
      this.bytes[at]!++;
      if (this.bytes[at] !== 0) return;
    }
  }

  #append(): void {
    this.bytes[this.length++] = this.#value >>> 24;
    this.#value = (this.#value << 8) >>> 0;
  }

  /** Ends the layer. @returns its length in bytes */
  finish(): number {
    const wide = this.width > 0x01ffffff;
    this.#add(wide ? 0x1000000 : 0x10000);
    this.#append();
    if (!wide) this.#append();
    return this.length;
  }
}
