/** The tables of GSM 06.10 §5.4. */

/** Quantisation of the log area ratios (tables 5.1 and 5.2): factor, offset, smallest code, largest code, inverse factor. */
export const larFactor = [20480, 20480, 20480, 20480, 13964, 15360, 8534, 9036] as const;
export const larOffset = [0, 0, 2048, -2560, 94, -1792, -341, -1144] as const;
export const larSmallest = [-32, -32, -16, -16, -8, -8, -4, -4] as const;
export const larLargest = [31, 31, 15, 15, 7, 7, 3, 3] as const;
export const larInverse = [13107, 13107, 13107, 13107, 19223, 17476, 31454, 29708] as const;

/** Long-term prediction gain: the decision levels, and the values (tables 5.3a and 5.3b). */
export const gainLimits = [6554, 16384, 26214] as const;
export const gains = Int16Array.of(3277, 11469, 21299, 32767);

/** Impulse response of the weighting filter (table 5.4). */
export const weighting = Int16Array.of(-134, -374, 0, 2054, 5741, 8192, 5741, 2054, 0, -374, -134);

/** Mantissa of the block maximum: its inverse, and its value (tables 5.5 and 5.6). */
export const inverseMantissas = Int16Array.of(29128, 26215, 23832, 21846, 20165, 18725, 17476, 16384);
export const mantissas = Int16Array.of(18431, 20479, 22527, 24575, 26623, 28671, 30719, 32767);
