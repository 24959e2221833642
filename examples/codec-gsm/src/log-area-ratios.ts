import { larInverse, larOffset, larSmallest } from './tables';
import { add, multiplyRounded, subtract } from './words';

/** First samples of the four parts of a frame whose coefficients differ, and the end (GSM 06.10 §5.2.9.1). */
export const partEnds = [13, 27, 40, 160] as const;

/** From the log area ratios of a frame to the reflection coefficients of its parts: the same in encoder and decoder. */
export class LogAreaRatios {
  #before = new Int16Array(8);
  #now = new Int16Array(8);
  readonly #coefficients = new Int16Array(8);

  /** Takes the first eight parameters of the next frame (§5.2.8). */
  read(parameters: Uint8Array): void {
    const decoded = this.#before;
    this.#before = this.#now;
    this.#now = decoded;
    for (let i = 0; i < 8; i++) {
      const code = (parameters[i]! + larSmallest[i]!) << 10;
      const value = multiplyRounded(larInverse[i]!, subtract(code, larOffset[i]! << 1));
      decoded[i] = add(value, value);
    }
  }

  /** Reflection coefficients of a part of the frame, 0 to 3: its beginning leans on the frame before (§5.2.9). */
  coefficients(part: number): Int16Array {
    const coefficients = this.#coefficients;
    for (let i = 0; i < 8; i++) coefficients[i] = reflection(between(this.#before[i]!, this.#now[i]!, part));
    return coefficients;
  }

  reset(): void {
    this.#before.fill(0);
    this.#now.fill(0);
  }
}

function between(before: number, now: number, part: number): number {
  if (part === 0) return add(add(before >> 2, now >> 2), before >> 1);
  if (part === 1) return add(before >> 1, now >> 1);
  if (part === 2) return add(add(before >> 2, now >> 2), now >> 1);
  return now;
}

/** §5.2.9.2: three straight lines in place of a hyperbolic tangent. */
function reflection(ratio: number): number {
  const size = ratio < 0 ? (ratio === -32768 ? 32767 : -ratio) : ratio;
  const value = size < 11059 ? size << 1 : size < 20070 ? size + 11059 : add(size >> 2, 26112);
  return ratio < 0 ? -value : value;
}
