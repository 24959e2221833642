import type { Codec } from '../contract/codec';

/** One promise of the contract, and how to try it. */
export interface ConformanceCheck {
  /** What is promised, as a sentence that begins with the codec's name. */
  readonly name: string;
  /** Tries it. @throws Error that says what was found instead */
  run(): void;
}

/** What a codec may be held to beyond the contract. */
export interface ConformanceOptions {
  /** Least signal-to-noise ratio in dB of speech through encoder and decoder; 20 when absent, 0 to leave it out. */
  minimumSnr?: number;
  /** Samples per channel by which encoding and decoding delay the audio; 0 when absent. */
  delay?: number;
  /** Bytes of heap that encoding and decoding one frame may take; 32 when absent, `Infinity` to leave it out. */
  bytesPerFrame?: number;
}

/** A promise before it is bound to a codec: its sentence, and what throws when it is broken. */
export type Check = readonly [promise: string, run: () => void];

/** A family of checks. */
export type Checks = (codec: Codec, options: Required<ConformanceOptions>) => Check[];

/** @throws Error when the two differ */
export function expectEqual(found: unknown, wanted: unknown, what: string): void {
  if (found !== wanted) throw new Error(`${what}: ${String(found)} instead of ${String(wanted)}`);
}

/** @throws Error that names the first sample that differs */
export function expectSame(found: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void {
  expectEqual(found.length, wanted.length, `length of ${what}`);
  for (let i = 0; i < wanted.length; i++) {
    if (found[i] !== wanted[i]) throw new Error(`${what}: [${i}] is ${found[i]} instead of ${wanted[i]}`);
  }
}
