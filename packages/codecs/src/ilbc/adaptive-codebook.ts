import { EXPANSION, GAINS, MEMORY, STAGES, SUBFRAME } from './tables';

/** How many vectors of a sub-frame are made of two pieces, because the memory is shorter than twice their lag (§3.6.3.2). */
export const AUGMENTED = 20;
/** The shortest of their lags. */
export const SHORTEST_LAG = 20;
/** Samples over which the two pieces are blended. */
const BLEND = 4;
const TAPS = EXPANSION.length;
const backward = EXPANSION.slice().reverse();

/** How many vectors one section of the codebook has: those that lie in the memory as they are, and the augmented ones. */
export function sectionSize(memory: number, length: number): number {
  return memory - length + 1 + (length === SUBFRAME ? AUGMENTED : 0);
}

/**
 * Samples `from` to `to` of the memory as the second section of the codebook sees it: filtered, with silence around
 * (RFC 3951 §3.6.3.3).
 */
export function expandMemory(
  memory: Float64Array,
  at: number,
  length: number,
  from: number,
  to: number,
  out: Float64Array,
): void {
  for (let k = from; k < to; k++) {
    const first = k >= 3 ? 0 : 3 - k;
    const last = k + TAPS - 3 <= length ? TAPS : length - k + 3;
    let sum = 0;
    for (let j = first; j < last; j++) sum += memory[at + k + j - 3]! * backward[j]!;
    out[k] = sum;
  }
}

/** An augmented vector: the newest `lag` samples, blended into what was a period before, and those again (RFC 3951 §3.6.3.2). */
export function augmentedVector(memory: Float64Array, end: number, lag: number, out: Float64Array, at: number): void {
  const whole = lag - BLEND;
  for (let i = 0; i < whole; i++) out[at + i] = memory[end - lag + i]!;
  for (let i = whole; i < lag; i++) {
    const weight = (i - whole + 1) / (BLEND + 1);
    out[at + i] = (1 - weight) * memory[end - lag + i]! + weight * memory[end - 2 * lag + i]!;
  }
  for (let i = lag; i < SUBFRAME; i++) out[at + i] = memory[end - 2 * lag + i]!;
}

const expanded = new Float64Array(MEMORY);
const vector = new Float64Array(SUBFRAME);

/** Makes a block out of its codebook indices and gains (RFC 3951 §4.4). */
export function constructBlock(
  memory: Float64Array,
  memoryLength: number,
  length: number,
  parameters: Int32Array,
  indexAt: number,
  gainAt: number,
  out: Float64Array,
): void {
  const section = sectionSize(memoryLength, length);
  const plain = length === SUBFRAME ? section - AUGMENTED : section;
  out.fill(0, 0, length);
  let gain = 0;
  for (let stage = 0; stage < STAGES; stage++) {
    // An index past the end of the codebook can only come from a damaged payload.
    const index = Math.min(parameters[indexAt + stage]!, 2 * section - 1);
    // Gains after the first are relative to the one before (RFC 3951 §3.6.4.2).
    const scale = stage === 0 ? 1 : Math.max(0.1, Math.abs(gain));
    gain = GAINS[stage]![parameters[gainAt + stage]!]! * scale;
    const second = index >= section;
    const place = second ? index - section : index;
    const augmented = place >= plain;
    const lag = place - plain + SHORTEST_LAG;
    // Where the samples that are needed begin and end, counted from the start of the memory in use.
    const end = augmented ? memoryLength : memoryLength - place;
    const from = augmented ? memoryLength - 2 * lag : end - length;
    let source = memory;
    let origin = MEMORY - memoryLength;
    if (second) {
      expandMemory(memory, origin, memoryLength, from, end, expanded);
      source = expanded;
      origin = 0;
    }
    if (augmented) {
      augmentedVector(source, origin + memoryLength, lag, vector, 0);
      for (let i = 0; i < length; i++) out[i]! += gain * vector[i]!;
    } else for (let i = 0; i < length; i++) out[i]! += gain * source[origin + from + i]!;
  }
}
