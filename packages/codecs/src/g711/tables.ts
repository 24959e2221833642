/** The two directions of a companding law as look-ups. */
export interface CompandingTables {
  /** Output value of each code, on the 16-bit scale. */
  readonly linear: Int16Array;
  /** Code of each 14-bit uniform value, from -8192 up. */
  readonly code: Uint8Array;
}

/**
 * Makes the tables of a law from its output values. The Recommendation starts from 14-bit uniform PCM, so the two lowest
 * bits of a sample do not count; each 14-bit value gets the code whose output is nearest, the larger one when two are.
 *
 * This is what FFmpeg does, too, for every input. It differs from the decision values of ITU-T G.711 tables 1 and 2 only at
 * the beginning of segments, where the Recommendation's threshold lies below the middle between two outputs: for 128 of the
 * 16,384 values with µ-law and 126 with A-law, never with the larger error.
 *
 * @param linearFromCode the output value of a code
 */
export function compandingTables(linearFromCode: (code: number) => number): CompandingTables {
  const linear = Int16Array.from({ length: 256 }, (_, code) => linearFromCode(code));
  const positive = [...linear.keys()].filter((code) => linear[code]! > 0 || isPositiveZero(linear, code));
  positive.sort((a, b) => linear[a]! - linear[b]!);
  const negativeOf = (code: number) => code ^ 0x80;
  const codes = new Uint8Array(16384);
  let interval = 0;
  for (let magnitude = 0; magnitude <= 8192; magnitude++) {
    while (interval < 127 && magnitude >= threshold(linear[positive[interval]!]!, linear[positive[interval + 1]!]!))
      interval++;
    if (magnitude < 8192) codes[8192 + magnitude] = positive[interval]!;
    if (magnitude > 0) codes[8192 - magnitude] = negativeOf(positive[interval]!);
  }
  return { linear, code: codes };
}

/** Half way between two output values, on the 14-bit scale. */
const threshold = (lower: number, upper: number) => (lower + upper + 4) >> 3;

/** µ-law has two codes for zero; the one with the sign bit set on the line is the positive one. */
const isPositiveZero = (linear: Int16Array, code: number) => linear[code] === 0 && (code & 0x80) !== 0;
