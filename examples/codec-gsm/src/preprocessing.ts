import { FRAME_SAMPLES } from './frame';
import { add, multiplyRounded } from './words';

/** What is done to a frame before it is analysed (GSM 06.10 §5.2.0 to §5.2.3). */
export class Preprocessing {
  #before = 0;
  #offset = 0;
  #emphasised = 0;

  /**
   * Takes 13 bits of each sample, removes the offset and raises what is high.
   *
   * @param pcm samples of 16 bits
   * @param from where the frame begins in `pcm`
   * @param out 160 samples
   */
  run(pcm: Int16Array, from: number, out: Int16Array): void {
    for (let k = 0; k < FRAME_SAMPLES; k++) {
      const sample = (pcm[from + k]! >> 3) << 2;
      const change = (sample - this.#before) << 15;
      this.#before = sample;

      // The filter's memory has 31 bits and is multiplied in two words.
      const high = this.#offset >> 15;
      const low = this.#offset - (high << 15);
      const kept = saturateLong(high * 32735 + change + multiplyRounded(low, 32735));
      this.#offset = kept;

      const level = saturateLong(kept + 16384) >> 15;
      out[k] = add(level, multiplyRounded(this.#emphasised, -28180));
      this.#emphasised = level;
    }
  }

  reset(): void {
    this.#before = 0;
    this.#offset = 0;
    this.#emphasised = 0;
  }
}

/** A number as the nearest 32-bit word. */
const saturateLong = (value: number): number => Math.min(0x7fffffff, Math.max(-0x80000000, value));
