import { AUGMENTED, codebookVector, expandMemory, sectionSize } from './adaptive-codebook';
import { allPole } from './filters';
import { GAINS, MEMORY, ORDER, STAGES, SUBFRAME } from './tables';

/** Vectors of the first section that each stage looks at, by block: the remainder of the start state, then sub-frames (search_rangeTbl). */
const ranges = [
  [58, 58, 58],
  [108, 44, 44],
  [108, 108, 108],
  [108, 108, 108],
  [108, 108, 108],
] as const;
/** Vectors of the second section looked at, around the best of the first (CB_RESRANGE). */
const AROUND = 34;
const MOST_GAIN = 1.3;
const TINY = 2.220446e-16;

/** Finds indices and gains of the adaptive codebook for a block, by analysis and synthesis of the weighted signal (RFC 3951 §3.6.4). */
export class CodebookSearch {
  readonly #weighted = new Float64Array(ORDER + MEMORY + SUBFRAME);
  readonly #expanded = new Float64Array(MEMORY);
  readonly #target = new Float64Array(SUBFRAME);
  readonly #coded = new Float64Array(SUBFRAME);
  readonly #vector = new Float64Array(SUBFRAME);
  /** The reciprocal of each vector's energy; NaN where it is not known yet. */
  readonly #inverse = new Float64Array(256);
  #length = 0;
  #end = 0;
  #section = 0;
  #memoryLength = 0;
  #first = true;
  #best = 0;
  #measure = 0;
  #gain = 0;

  /**
   * @param block 0 for the remainder of the start state, else the number of the sub-frame in coding order
   * @param weights where the weighting filter of the block begins in `filters`
   */
  search(
    block: number,
    memory: Float64Array,
    memoryLength: number,
    target: Float64Array,
    length: number,
    filters: Float64Array,
    weights: number,
    parameters: Int32Array,
    indexAt: number,
    gainAt: number,
  ): void {
    const weighted = this.#weighted;
    weighted.fill(0, 0, ORDER);
    for (let i = 0; i < memoryLength; i++) weighted[ORDER + i] = memory[MEMORY - memoryLength + i]!;
    for (let i = 0; i < length; i++) weighted[ORDER + memoryLength + i] = target[i]!;
    allPole(weighted, ORDER, memoryLength + length, filters, weights);
    this.#end = ORDER + memoryLength;
    this.#length = length;
    this.#memoryLength = memoryLength;
    const section = sectionSize(memoryLength, length);
    this.#section = section;
    expandMemory(weighted, ORDER, memoryLength, this.#expanded);
    this.#inverse.fill(Number.NaN);
    let wanted = 0;
    for (let i = 0; i < length; i++) {
      const sample = weighted[this.#end + i]!;
      this.#target[i] = sample;
      wanted += sample * sample;
    }
    this.#coded.fill(0);

    let before = 0;
    let firstGain = 0;
    for (let stage = 0; stage < STAGES; stage++) {
      const range = ranges[block]![stage]!;
      this.#first = stage === 0;
      this.#best = 0;
      this.#measure = -1e7;
      this.#gain = 0;
      const plain = length === SUBFRAME ? section - AUGMENTED : section;
      this.#considerPlain(weighted, this.#end, 0, 0, range);
      this.#considerAugmented(0, plain, section);
      this.#considerAround(this.#best, range, plain);
      parameters[indexAt + stage] = this.#best;
      const gain = this.#quantizeGain(stage, before, parameters, gainAt + stage);
      if (stage === 0) firstGain = gain;
      before = gain;
      this.#fetch(this.#best);
      for (let i = 0; i < length; i++) {
        this.#coded[i]! += gain * this.#vector[i]!;
        this.#target[i]! -= gain * this.#vector[i]!;
      }
    }
    this.#matchEnergy(wanted, firstGain, parameters, gainAt);
  }

  #fetch(index: number): void {
    const section = this.#section;
    if (index < section) codebookVector(this.#weighted, this.#end, index, section, this.#length, this.#vector);
    else codebookVector(this.#expanded, this.#memoryLength, index - section, section, this.#length, this.#vector);
  }

  /** Vectors of a section from the shortest lag on that are whole lie in the memory as they are: no copy is made. */
  #considerPlain(memory: Float64Array, end: number, first: number, from: number, to: number): void {
    const target = this.#target;
    const length = this.#length;
    for (let i = from; i < to; i++) {
      const start = end - length - i;
      let dot = 0;
      for (let k = 0; k < length; k++) dot += target[k]! * memory[start + k]!;
      if (Number.isNaN(this.#inverse[first + i]!)) inverseEnergy(memory, start, length, this.#inverse, first + i);
      this.#judge(first + i, dot);
    }
  }

  #considerAugmented(first: number, from: number, to: number): void {
    const target = this.#target;
    const vector = this.#vector;
    for (let index = first + from; index < first + to; index++) {
      this.#fetch(index);
      let dot = 0;
      for (let k = 0; k < SUBFRAME; k++) dot += target[k]! * vector[k]!;
      if (Number.isNaN(this.#inverse[index]!)) inverseEnergy(vector, 0, SUBFRAME, this.#inverse, index);
      this.#judge(index, dot);
    }
  }

  #judge(index: number, dot: number): void {
    // Gains of the first stage are positive.
    if (this.#first && dot <= 0) return;
    const gain = dot * this.#inverse[index]!;
    const measure = dot * gain;
    if (measure > this.#measure && Math.abs(gain) < MOST_GAIN) {
      this.#measure = measure;
      this.#best = index;
      this.#gain = gain;
    }
  }

  /** The second section, near the best of the first (RFC 3951 §3.6.4.1). Places are as in one section, augmented ones at its end. */
  #considerAround(best: number, range: number, plain: number): void {
    const section = this.#section;
    let from = best - AROUND / 2;
    let to = from + AROUND;
    let augmentedFrom = 0;
    let augmentedTo = -1;
    if (this.#length !== SUBFRAME) {
      if (from < 0) {
        to -= from;
        from = 0;
      }
      if (to > range) {
        from -= to - range;
        to = range;
      }
    } else if (from < 0) {
      // Short lags go on where the shortest of the plain vectors begin.
      augmentedFrom = AUGMENTED + from;
      augmentedTo = AUGMENTED - 1;
      from = 0;
    } else if (best < plain) {
      if (to > range) {
        from -= to - range;
        to = range;
      }
    } else if (from < plain) {
      const last = AROUND - 1;
      augmentedTo = AUGMENTED - 1;
      from = 0;
      to = last - augmentedTo;
    } else {
      augmentedFrom = from - plain;
      augmentedTo = AUGMENTED - 1;
      from = 0;
      to = AROUND - (augmentedTo - augmentedFrom + 1);
    }
    this.#considerPlain(this.#expanded, this.#memoryLength, section, Math.max(0, from), to);
    this.#considerAugmented(section + plain, augmentedFrom, augmentedTo + 1);
  }

  #quantizeGain(stage: number, before: number, parameters: Int32Array, at: number): number {
    const wanted = stage === 0 ? Math.max(0, Math.min(MOST_GAIN, this.#gain)) : this.#gain;
    const levels = GAINS[stage]!;
    const scale = stage === 0 ? 1 : Math.max(0.1, Math.abs(before));
    let nearest = 0;
    for (let i = 1; i < levels.length; i++) {
      if (Math.abs(wanted - scale * levels[i]!) < Math.abs(wanted - scale * levels[nearest]!)) nearest = i;
    }
    parameters[at] = nearest;
    return scale * levels[nearest]!;
  }

  /** Raises the first gain so that the block is as loud as it was (RFC 3951 §3.7). */
  #matchEnergy(wanted: number, firstGain: number, parameters: Int32Array, at: number): void {
    let energy = 0;
    for (let i = 0; i < this.#length; i++) energy += this.#coded[i]! * this.#coded[i]!;
    const levels = GAINS[0]!;
    let chosen = parameters[at]!;
    for (let i = chosen; i < levels.length; i++) {
      const level = levels[i]!;
      if (energy * level * level < wanted * firstGain * firstGain && levels[chosen]! < 2 * firstGain) chosen = i;
    }
    parameters[at] = chosen;
  }
}

/** Writes the reciprocal, as numbers that functions return may take memory. */
function inverseEnergy(vector: Float64Array, at: number, length: number, out: Float64Array, index: number): void {
  let energy = 0;
  for (let i = at; i < at + length; i++) energy += vector[i]! * vector[i]!;
  out[index] = energy > 0 ? 1 / (energy + TINY) : 0;
}
