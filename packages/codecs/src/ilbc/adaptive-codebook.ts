import { EXPANSION, GAINS, MEMORY, STAGES, SUBFRAME } from './tables';

/** How many vectors of a sub-frame are made of two pieces, because the memory is shorter than twice their lag (§3.6.3.2). */
export const AUGMENTED = 20;
/** The shortest of their lags. */
export const SHORTEST_LAG = 20;
/** Samples over which the two pieces are blended. */
const BLEND = 4;

/** How many vectors one section of the codebook has: those that lie in the memory as they are, and the augmented ones. */
export function sectionSize(memory: number, length: number): number {
  return memory - length + 1 + (length === SUBFRAME ? AUGMENTED : 0);
}

/** The memory as the second section of the codebook sees it: filtered, with silence around (RFC 3951 §3.6.3.3). */
export function expandMemory(memory: Float64Array, at: number, length: number, out: Float64Array): void {
  for (let k = 0; k < length; k++) {
    let sum = 0;
    for (let j = 0; j < EXPANSION.length; j++) {
      const i = k + j - 3;
      if (i >= 0 && i < length) sum += memory[at + i]! * EXPANSION[EXPANSION.length - 1 - j]!;
    }
    out[k] = sum;
  }
}

/**
 * One vector of a section.
 *
 * @param end where the memory ends in `memory`
 * @param index 0 for the newest samples; from the size less {@link AUGMENTED} on, an augmented one
 */
export function codebookVector(
  memory: Float64Array,
  end: number,
  index: number,
  section: number,
  length: number,
  out: Float64Array,
): void {
  const plain = length === SUBFRAME ? section - AUGMENTED : section;
  if (index < plain) {
    const from = end - length - index;
    for (let i = 0; i < length; i++) out[i] = memory[from + i]!;
    return;
  }
  const lag = index - plain + SHORTEST_LAG;
  for (let i = 0; i < lag - BLEND; i++) out[i] = memory[end - lag + i]!;
  for (let i = lag - BLEND; i < lag; i++) {
    const weight = (i - (lag - BLEND) + 1) / (BLEND + 1);
    out[i] = (1 - weight) * memory[end - lag + i]! + weight * memory[end - 2 * lag + i]!;
  }
  for (let i = lag; i < length; i++) out[i] = memory[end - 2 * lag + i]!;
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
  const start = MEMORY - memoryLength;
  expandMemory(memory, start, memoryLength, expanded);
  out.fill(0, 0, length);
  let gain = 0;
  for (let stage = 0; stage < STAGES; stage++) {
    // An index past the end of the codebook can only come from a damaged payload.
    const index = Math.min(parameters[indexAt + stage]!, 2 * section - 1);
    // Gains after the first are relative to the one before (RFC 3951 §3.6.4.2).
    const scale = stage === 0 ? 1 : Math.max(0.1, Math.abs(gain));
    gain = GAINS[stage]![parameters[gainAt + stage]!]! * scale;
    if (index < section) codebookVector(memory, MEMORY, index, section, length, vector);
    else codebookVector(expanded, memoryLength, index - section, section, length, vector);
    for (let i = 0; i < length; i++) out[i]! += gain * vector[i]!;
  }
}
