/** Constants of RFC 3951, each under the name its appendix A.8 has for it. */

/** Most samples in a frame. */
export const LONGEST_FRAME = 240;
/** Samples in a sub-frame (SUBL), in the start state (STATE_LEN), and in the memory of the adaptive codebook (CB_MEML). */
export const SUBFRAME = 40;
export const STATE = 80;
export const MEMORY = 147;
/** Order of linear prediction, and coefficients of a filter, the leading 1 included. */
export const ORDER = 10;
export const COEFFICIENTS = ORDER + 1;
/** Stages of the adaptive codebook. */
export const STAGES = 3;

/** Output levels of the start state's samples (state_sq3Tbl). */
export const STATE_LEVELS = Float64Array.of(
  ...[-3.719849, -2.17749, -1.130005, -0.309692, 0.444214, 1.329712, 2.436279, 3.983887],
);
/** Decimal logarithm of the start state's largest sample (state_frgqTbl). */
export const STATE_SCALES = Float64Array.of(
  ...[1.000085, 1.071695, 1.140395, 1.206868, 1.277188, 1.351503, 1.42938, 1.500727, 1.569049, 1.639599, 1.707071],
  ...[1.781531, 1.840799, 1.90155, 1.956695, 2.00675, 2.055474, 2.102787, 2.142819, 2.183592, 2.217962, 2.257177],
  ...[2.295739, 2.332967, 2.369248, 2.402792, 2.43508, 2.468598, 2.503394, 2.539284, 2.572944, 2.605036, 2.636331],
  ...[2.668939, 2.69878, 2.729101, 2.759786, 2.789834, 2.818679, 2.848074, 2.87747, 2.906899, 2.936655, 2.967804],
  ...[3.000115, 3.033367, 3.066355, 3.104231, 3.141499, 3.183012, 3.222952, 3.265433, 3.308441, 3.350823, 3.395275],
  ...[3.442793, 3.490801, 3.542514, 3.604064, 3.66605, 3.740994, 3.830749, 3.93877, 4.101764],
);

/** Gains of the adaptive codebook by stage (gain_sq5Tbl, gain_sq4Tbl, gain_sq3Tbl): steps in 16384ths. */
const steps = (count: number, first: number, step: number) =>
  Float64Array.from({ length: count }, (_, i) => Math.round((first + step * i) * 16384) / 16384);
export const GAINS: readonly Float64Array[] = [
  steps(32, 0.0375, 0.0375),
  steps(16, -1.05, 0.15),
  Float64Array.of(-1, -0.659973, -0.330017, 0, 0.25, 0.5, 0.75, 1),
];

/** The filter that expands the adaptive codebook (cbfiltersTbl). */
export const EXPANSION = Float64Array.of(
  ...[-0.03418, 0.108887, -0.184326, 0.806152, 0.713379, -0.144043, 0.08374, -0.033691],
);

/** Where the line spectral frequencies are at first, in radians per sample (lsfmeanTbl). */
export const LSF_MEAN = Float64Array.of(
  ...[0.281738, 0.445801, 0.66333, 0.962524, 1.251831, 1.533081, 1.850586, 2.137817, 2.481445, 2.777344],
);

/** What is unlike in frames of 20 and of 30 ms (RFC 3951 §2.1, §3). */
export interface FrameFormat {
  readonly mode: 20 | 30;
  readonly samples: number;
  readonly bytes: number;
  readonly subframes: number;
  /** Sets of line spectral frequencies. */
  readonly spectra: 1 | 2;
  /** Samples of the start state that are coded one by one. */
  readonly stateSamples: number;
  /** Sub-frames coded by the adaptive codebook alone. */
  readonly blocks: number;
}

export const FORMATS: Readonly<Record<20 | 30, FrameFormat>> = {
  20: { mode: 20, samples: 160, bytes: 38, subframes: 4, spectra: 1, stateSamples: 57, blocks: 2 },
  30: { mode: 30, samples: 240, bytes: 50, subframes: 6, spectra: 2, stateSamples: 58, blocks: 4 },
};
