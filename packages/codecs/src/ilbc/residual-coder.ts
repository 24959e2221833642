import { constructBlock } from './adaptive-codebook';
import type { FrameLayout } from './bit-layout';
import type { CodebookSearch } from './codebook-search';
import { constructState } from './start-state';
import { COEFFICIENTS, type FrameFormat, LONGEST_FRAME, MEMORY, STAGES, STATE, SUBFRAME } from './tables';

/** Samples of the memory that the remainder of the start state is predicted from (stMemLTbl). */
const STATE_MEMORY = 85;

/** What an encoder adds: where to look, and for what. */
export interface ResidualSearch {
  search: CodebookSearch;
  residual: Float64Array;
  /** Weighting filters of all sub-frames. */
  weights: Float64Array;
}

/**
 * Builds the residual of a frame from its start state outward: the rest of the start state's 80 samples, the sub-frames after it, and,
 * reversed in time, those before it (RFC 3951 §3.6, §4.3). An encoder goes the same way and finds the parameters of each block first.
 */
export class ResidualCoder {
  /** The residual of the latest frame. */
  readonly decoded = new Float64Array(LONGEST_FRAME);
  readonly #memory = new Float64Array(MEMORY);
  readonly #block = new Float64Array(SUBFRAME);
  readonly #target = new Float64Array(SUBFRAME);

  constructor(
    private readonly format: FrameFormat,
    private readonly layout: FrameLayout,
  ) {}

  /** @param encoding what is looked for; undefined when the parameters are known */
  run(parameters: Int32Array, filters: Float64Array, encoding?: ResidualSearch): void {
    const { format, layout, decoded } = this;
    const { stateSamples, subframes } = format;
    const start = parameters[layout.start]!;
    const stateFirst = parameters[layout.stateFirst] === 1;
    const stateAt = (start - 1) * SUBFRAME;
    const rest = STATE - stateSamples;
    const samplesAt = stateFirst ? stateAt : stateAt + rest;
    const filterAt = (start - 1) * COEFFICIENTS;
    constructState(parameters, layout.scale, layout.samples, stateSamples, filters, filterAt, decoded, samplesAt);

    this.#remember(samplesAt, stateSamples, stateFirst ? 1 : -1);
    const { extraIndex, extraGain } = layout;
    if (stateFirst)
      this.#code(0, samplesAt + stateSamples, 1, rest, start, parameters, extraIndex, extraGain, encoding);
    else this.#code(0, samplesAt - 1, -1, rest, start - 1, parameters, extraIndex, extraGain, encoding);

    let block = 0;
    this.#remember(stateAt, STATE, 1);
    for (let subframe = start + 1; subframe < subframes; subframe++, block++) {
      const offset = block * STAGES;
      const at = subframe * SUBFRAME;
      this.#code(
        block + 1,
        at,
        1,
        SUBFRAME,
        subframe,
        parameters,
        layout.index + offset,
        layout.gain + offset,
        encoding,
      );
    }
    this.#remember(stateAt, Math.min(MEMORY, SUBFRAME * (subframes + 1 - start)), -1);
    for (let subframe = start - 2; subframe >= 0; subframe--, block++) {
      const offset = block * STAGES;
      const at = (subframe + 1) * SUBFRAME - 1;
      this.#code(
        block + 1,
        at,
        -1,
        SUBFRAME,
        subframe,
        parameters,
        layout.index + offset,
        layout.gain + offset,
        encoding,
      );
    }
  }

  /** Fills the memory with what is decoded already, in the direction of time or against it. */
  #remember(at: number, length: number, direction: 1 | -1): void {
    const memory = this.#memory;
    memory.fill(0, 0, MEMORY - length);
    for (let k = 0; k < length; k++) {
      if (direction === 1) memory[MEMORY - length + k] = this.decoded[at + k]!;
      else memory[MEMORY - 1 - k] = this.decoded[at + k]!;
    }
  }

  #code(
    block: number,
    at: number,
    direction: 1 | -1,
    length: number,
    subframe: number,
    parameters: Int32Array,
    indexAt: number,
    gainAt: number,
    encoding: ResidualSearch | undefined,
  ): void {
    const memory = this.#memory;
    const memoryLength = block === 0 ? STATE_MEMORY : MEMORY;
    if (encoding) {
      const { search, residual, weights } = encoding;
      for (let k = 0; k < length; k++) this.#target[k] = residual[at + direction * k]!;
      const filter = subframe * COEFFICIENTS;
      search.search(block, memory, memoryLength, this.#target, length, weights, filter, parameters, indexAt, gainAt);
    }
    constructBlock(memory, memoryLength, length, parameters, indexAt, gainAt, this.#block);
    for (let k = 0; k < length; k++) this.decoded[at + direction * k] = this.#block[k]!;
    memory.copyWithin(0, length);
    for (let k = 0; k < length; k++) memory[MEMORY - length + k] = this.#block[k]!;
  }
}
