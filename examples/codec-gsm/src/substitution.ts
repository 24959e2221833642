import { GAIN, GRID, MAXIMUM, PARAMETERS, subframeAt } from './frame';

/** A stream that has broken off is silent after so many frames: 320 ms (GSM 06.11 §6). */
const SILENT_AFTER = 16;
/** By how much a block maximum sinks with each frame. */
const STEP = 4;

/**
 * Parameters in place of those of lost frames, after GSM 06.11: the first lost frame is the last good one again, those that
 * follow sink towards silence, with the grid at random against the sound of repetition.
 */
export class Substitution {
  readonly #parameters = new Uint8Array(PARAMETERS);
  #lost = SILENT_AFTER;
  #chance = 1;

  /** Takes note of a good frame. */
  received(parameters: Uint8Array): void {
    this.#parameters.set(parameters);
    this.#lost = 0;
  }

  /** The next frame to make up; undefined for silence. */
  next(): Uint8Array | undefined {
    if (this.#lost >= SILENT_AFTER) return undefined;
    if (this.#lost++ > 0) for (let index = 0; index < 4; index++) this.#sink(subframeAt(index));
    return this.#parameters;
  }

  #sink(at: number): void {
    const parameters = this.#parameters;
    parameters[at + MAXIMUM] = Math.max(0, parameters[at + MAXIMUM]! - STEP);
    // A predictor with a gain of one would keep alive what the pulses no longer feed.
    parameters[at + GAIN] = Math.max(0, parameters[at + GAIN]! - 1);
    this.#chance = (Math.imul(this.#chance, 1103515245) + 12345) >>> 0;
    parameters[at + GRID] = this.#chance >>> 30;
  }

  reset(): void {
    this.#lost = SILENT_AFTER;
    this.#chance = 1;
  }
}
