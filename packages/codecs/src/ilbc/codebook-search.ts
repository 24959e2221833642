import { AUGMENTED, augmentedVector, expandMemory, SHORTEST_LAG, sectionSize } from './adaptive-codebook';
import { correlate, energies } from './correlation';
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
  /** The augmented vectors of both sections. */
  readonly #augmented = new Float64Array(2 * AUGMENTED * SUBFRAME);
  /** Of each vector: the reciprocal of its energy, and its product with the target. */
  readonly #inverse = new Float64Array(256);
  readonly #products = new Float64Array(256);
  /** What the best vector so far explains, and its gain: numbers in fields would take memory whenever they change. */
  readonly #found = new Float64Array(2);
  /** Gains of the stages, quantized. */
  readonly #gains = new Float64Array(STAGES);
  #best = 0;
  #length = 0;
  #end = 0;
  #section = 0;
  /** Vectors of a section that are not augmented. */
  #plain = 0;
  #memoryLength = 0;
  /** The augmented vectors of the second section are made when one is looked at. */
  #secondKnown = false;

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
    this.#prepare(memory, memoryLength, target, length, filters, weights);
    this.#coded.fill(0);
    for (let stage = 0; stage < STAGES; stage++) {
      this.#findVector(stage, ranges[block]![stage]!);
      parameters[indexAt + stage] = this.#best;
      this.#quantizeGain(stage, parameters, gainAt + stage);
      this.#take(stage);
    }
    this.#matchEnergy(parameters, gainAt);
  }

  /** The memory as the ear hears it, and what is known of its vectors before any target. */
  #prepare(
    memory: Float64Array,
    memoryLength: number,
    target: Float64Array,
    length: number,
    filters: Float64Array,
    weights: number,
  ): void {
    const weighted = this.#weighted;
    const inverse = this.#inverse;
    weighted.fill(0, 0, ORDER);
    for (let i = 0; i < memoryLength; i++) weighted[ORDER + i] = memory[MEMORY - memoryLength + i]!;
    for (let i = 0; i < length; i++) weighted[ORDER + memoryLength + i] = target[i]!;
    allPole(weighted, ORDER, memoryLength + length, filters, weights);
    const end = ORDER + memoryLength;
    for (let i = 0; i < length; i++) this.#target[i] = weighted[end + i]!;
    expandMemory(weighted, ORDER, memoryLength, 0, memoryLength, this.#expanded);

    const section = sectionSize(memoryLength, length);
    const plain = length === SUBFRAME ? section - AUGMENTED : section;
    this.#end = end;
    this.#length = length;
    this.#memoryLength = memoryLength;
    this.#section = section;
    this.#plain = plain;
    this.#secondKnown = false;
    energies(weighted, end - length, length, plain, inverse, 0);
    energies(this.#expanded, memoryLength - length, length, plain, inverse, section);
    invert(inverse, 0, plain);
    invert(inverse, section, plain);
    if (plain < section) this.#augment(weighted, end, 0);
  }

  /** Makes the augmented vectors of a section. */
  #augment(memory: Float64Array, end: number, first: 0 | 1): void {
    const augmented = this.#augmented;
    const inverse = this.#inverse;
    const inverseAt = first * this.#section + this.#plain;
    for (let i = 0; i < AUGMENTED; i++) {
      const at = (first * AUGMENTED + i) * SUBFRAME;
      augmentedVector(memory, end, SHORTEST_LAG + i, augmented, at);
      let energy = 0;
      for (let k = at; k < at + SUBFRAME; k++) energy += augmented[k]! * augmented[k]!;
      inverse[inverseAt + i] = energy;
    }
    invert(inverse, inverseAt, AUGMENTED);
  }

  #findVector(stage: number, range: number): void {
    this.#best = 0;
    this.#found[0] = -1e7;
    this.#found[1] = 0;
    this.#considerPlain(this.#weighted, this.#end, 0, 0, range, stage);
    if (this.#plain < this.#section) this.#considerAugmented(0, 0, AUGMENTED, stage);
    this.#considerAround(this.#best, range, this.#plain, this.#section, stage);
  }

  /** Vectors that lie in the memory as they are: no copy is made. */
  #considerPlain(memory: Float64Array, end: number, first: number, from: number, to: number, stage: number): void {
    const length = this.#length;
    correlate(this.#target, 0, length, memory, end - length - from, to - from, this.#products, first + from);
    this.#judge(first + from, first + to, stage);
  }

  #considerAugmented(first: 0 | 1, from: number, to: number, stage: number): void {
    const target = this.#target;
    const vectors = this.#augmented;
    const at = first * this.#section + this.#plain;
    for (let i = from; i < to; i += 2) {
      const row = (first * AUGMENTED + i) * SUBFRAME;
      const next = i + 1 < to ? row + SUBFRAME : row;
      let s0 = 0;
      let s1 = 0;
      for (let k = 0; k < SUBFRAME; k++) {
        const sample = target[k]!;
        s0 += sample * vectors[row + k]!;
        s1 += sample * vectors[next + k]!;
      }
      this.#products[at + i] = s0;
      if (i + 1 < to) this.#products[at + i + 1] = s1;
    }
    this.#judge(at + from, at + to, stage);
  }

  #judge(from: number, to: number, stage: number): void {
    const products = this.#products;
    const inverse = this.#inverse;
    const found = this.#found;
    let most = found[0]!;
    for (let i = from; i < to; i++) {
      const product = products[i]!;
      // Gains of the first stage are positive.
      if (stage === 0 && product <= 0) continue;
      const gain = product * inverse[i]!;
      if (product * gain > most && Math.abs(gain) < MOST_GAIN) {
        most = product * gain;
        found[0] = most;
        found[1] = gain;
        this.#best = i;
      }
    }
  }

  /** The second section, near the best of the first (RFC 3951 §3.6.4.1). Places are as in one section, augmented ones at its end. */
  #considerAround(best: number, range: number, plain: number, section: number, stage: number): void {
    let from = best - AROUND / 2;
    let to = from + AROUND;
    let augmentedFrom = 0;
    let augmentedTo = 0;
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
      augmentedTo = AUGMENTED;
      from = 0;
    } else if (best < plain) {
      if (to > range) {
        from -= to - range;
        to = range;
      }
    } else {
      augmentedFrom = Math.max(0, from - plain);
      augmentedTo = AUGMENTED;
      from = 0;
      to = AROUND - (augmentedTo - augmentedFrom);
    }
    this.#considerPlain(this.#expanded, this.#memoryLength, section, Math.max(0, from), to, stage);
    if (augmentedFrom >= augmentedTo) return;
    if (!this.#secondKnown) {
      this.#augment(this.#expanded, this.#memoryLength, 1);
      this.#secondKnown = true;
    }
    this.#considerAugmented(1, augmentedFrom, augmentedTo, stage);
  }

  /** Adds the best vector to what is coded, and takes it from what is wanted. */
  #take(stage: number): void {
    const gain = this.#gains[stage]!;
    const length = this.#length;
    const section = this.#section;
    const second = this.#best >= section;
    const index = second ? this.#best - section : this.#best;
    let memory = second ? this.#expanded : this.#weighted;
    let at = (second ? this.#memoryLength : this.#end) - length - index;
    if (index >= this.#plain) {
      memory = this.#augmented;
      at = ((second ? AUGMENTED : 0) + index - this.#plain) * SUBFRAME;
    }
    for (let i = 0; i < length; i++) {
      const sample = gain * memory[at + i]!;
      this.#coded[i]! += sample;
      this.#target[i]! -= sample;
    }
  }

  #quantizeGain(stage: number, parameters: Int32Array, at: number): void {
    const found = this.#found[1]!;
    const wanted = stage === 0 ? Math.max(0, Math.min(MOST_GAIN, found)) : found;
    const levels = GAINS[stage]!;
    const scale = stage === 0 ? 1 : Math.max(0.1, Math.abs(this.#gains[stage - 1]!));
    let nearest = 0;
    for (let i = 1; i < levels.length; i++) {
      if (Math.abs(wanted - scale * levels[i]!) < Math.abs(wanted - scale * levels[nearest]!)) nearest = i;
    }
    parameters[at] = nearest;
    this.#gains[stage] = scale * levels[nearest]!;
  }

  /** Raises the first gain so that the block is as loud as it was (RFC 3951 §3.7). */
  #matchEnergy(parameters: Int32Array, at: number): void {
    let wanted = 0;
    let energy = 0;
    for (let i = 0; i < this.#length; i++) {
      const sample = this.#weighted[this.#end + i]!;
      wanted += sample * sample;
      energy += this.#coded[i]! * this.#coded[i]!;
    }
    const levels = GAINS[0]!;
    const first = this.#gains[0]!;
    let chosen = parameters[at]!;
    for (let i = chosen; i < levels.length; i++) {
      const level = levels[i]!;
      if (energy * level * level < wanted * first * first && levels[chosen]! < 2 * first) chosen = i;
    }
    parameters[at] = chosen;
  }
}

/** Energies become their reciprocals. */
function invert(values: Float64Array, from: number, count: number): void {
  for (let i = from; i < from + count; i++) values[i] = values[i]! > 0 ? 1 / (values[i]! + TINY) : 0;
}
