import { allPole, allZero } from './filters';
import { COEFFICIENTS, ORDER, STATE_LEVELS, STATE_SCALES, SUBFRAME } from './tables';

/** Half of the longest start state; the all-pass filter runs over it twice. */
const LONGEST = 58;
/** Largest sample after scaling. */
const FULL_SCALE = 4.5;

const input = new Float64Array(ORDER + 2 * LONGEST);
const output = new Float64Array(ORDER + 2 * LONGEST);
const backward = new Float64Array(COEFFICIENTS);
const shaped = new Float64Array(ORDER + LONGEST);

/** Filters `length` samples and as many of silence by A(1/z)/A(z), and folds the second half onto the first (RFC 3951 §3.5.1). */
function allPassCircular(length: number, filters: Float64Array, at: number): void {
  input.fill(0, ORDER + length, ORDER + 2 * length);
  output.fill(0, 0, ORDER);
  for (let k = 0; k <= ORDER; k++) backward[k] = filters[at + ORDER - k]!;
  allZero(input, ORDER, 2 * length, backward, 0, output, ORDER);
  allPole(output, ORDER, 2 * length, filters, at);
  for (let n = 0; n < length; n++) output[ORDER + n]! += output[ORDER + length + n]!;
}

/** Decodes the samples of the start state (RFC 3951 §4.2). */
export function constructState(
  parameters: Int32Array,
  scaleAt: number,
  samplesAt: number,
  length: number,
  filters: Float64Array,
  at: number,
  out: Float64Array,
  start: number,
): void {
  const scale = 10 ** STATE_SCALES[parameters[scaleAt]!]! / FULL_SCALE;
  input.fill(0, 0, ORDER);
  for (let k = 0; k < length; k++) {
    input[ORDER + k] = scale * STATE_LEVELS[parameters[samplesAt + length - 1 - k]!]!;
  }
  allPassCircular(length, filters, at);
  for (let k = 0; k < length; k++) out[start + k] = output[ORDER + length - 1 - k]!;
}

/** Encodes them, with the noise shaped by the weighting filter (RFC 3951 §3.5). */
export function searchState(
  residual: Float64Array,
  start: number,
  length: number,
  stateFirst: boolean,
  filters: Float64Array,
  weights: Float64Array,
  at: number,
  parameters: Int32Array,
  scaleAt: number,
  samplesAt: number,
): void {
  input.fill(0, 0, ORDER);
  for (let k = 0; k < length; k++) input[ORDER + k] = residual[start + k]!;
  allPassCircular(length, filters, at);
  let largest = 10;
  for (let k = 0; k < length; k++) largest = Math.max(largest, Math.abs(output[ORDER + k]!));
  const scale = nearest(STATE_SCALES, Math.log10(largest));
  parameters[scaleAt] = scale;
  const factor = FULL_SCALE / 10 ** STATE_SCALES[scale]!;
  for (let k = 0; k < length; k++) output[ORDER + k]! *= factor;

  // The second of the two sub-frames has a filter of its own.
  const boundary = stateFirst ? SUBFRAME : length - SUBFRAME;
  allPole(output, ORDER, boundary, weights, at);
  allPole(output, ORDER + boundary, length - boundary, weights, at + COEFFICIENTS);
  shaped.fill(0, 0, ORDER);
  for (let n = 0; n < length; n++) {
    const filter = n < boundary ? at : at + COEFFICIENTS;
    let predicted = 0;
    for (let k = 1; k <= ORDER; k++) predicted -= weights[filter + k]! * shaped[ORDER + n - k]!;
    const index = nearest(STATE_LEVELS, output[ORDER + n]! - predicted);
    parameters[samplesAt + n] = index;
    shaped[ORDER + n] = STATE_LEVELS[index]! + predicted;
  }
}

/** The index of the level nearest to a value; levels ascend. */
function nearest(levels: Float64Array, value: number): number {
  let found = 0;
  while (found < levels.length - 1 && value > (levels[found]! + levels[found + 1]!) / 2) found++;
  return found;
}
