import type { Encoder } from '../contract/codec';
import { FrameLayout } from './bit-layout';
import { CodebookSearch } from './codebook-search';
import { allZero, inputHighPass } from './filters';
import { dequantizeSpectra, interpolateFilters, quantizeSpectrum } from './line-spectrum';
import { ResidualCoder, type ResidualSearch } from './residual-coder';
import { SpectrumAnalysis } from './spectrum-analysis';
import { searchState } from './start-state';
import { COEFFICIENTS, type FrameFormat, LONGEST_FRAME, LSF_MEAN, ORDER, STATE, SUBFRAME } from './tables';

/** By how much the weighting filter's coefficients shrink (LPC_CHIRP_WEIGHTDENUM). */
const WEIGHT_CHIRP = 0.4222;
/** Energy at the edges of the start state counts less, and so does a start state at the edges of the frame (RFC 3951 §3.4). */
const EDGE = 5;
const placeWeights: Readonly<Record<20 | 30, readonly number[]>> = { 20: [0.9, 1, 0.9], 30: [0.8, 0.9, 1, 0.9, 0.8] };

/** iLBC encoder in floating point (RFC 3951 §3); packets of one or more frames. */
export class IlbcEncoder implements Encoder {
  readonly frameSamples: number;
  readonly #layout: FrameLayout;
  readonly #highPass = inputHighPass();
  readonly #analysis: SpectrumAnalysis;
  readonly #coder: ResidualCoder;
  readonly #parameters: Int32Array;
  /** The input behind the last ten samples of the frame before. */
  readonly #signal = new Float64Array(ORDER + LONGEST_FRAME);
  readonly #frame = new Float64Array(LONGEST_FRAME);
  readonly #residual = new Float64Array(LONGEST_FRAME);
  readonly #lsf = new Float64Array(2 * ORDER);
  readonly #quantized = new Float64Array(2 * ORDER);
  readonly #oldLsf = LSF_MEAN.slice();
  readonly #oldQuantized = LSF_MEAN.slice();
  readonly #between = new Float64Array(ORDER);
  readonly #filters = new Float64Array(6 * COEFFICIENTS);
  readonly #weights = new Float64Array(6 * COEFFICIENTS);
  readonly #encoding: ResidualSearch;

  constructor(
    private readonly format: FrameFormat,
    private readonly frames: number,
  ) {
    this.frameSamples = format.samples * frames;
    this.#layout = new FrameLayout(format);
    this.#analysis = new SpectrumAnalysis(format);
    this.#coder = new ResidualCoder(format, this.#layout);
    this.#parameters = new Int32Array(this.#layout.length);
    this.#encoding = { search: new CodebookSearch(), residual: this.#residual, weights: this.#weights };
  }

  encode(pcm: Int16Array, out: Uint8Array): number {
    const { samples, bytes } = this.format;
    for (let i = 0; i < this.frames; i++) this.#encodeFrame(pcm, i * samples, out, i * bytes);
    return this.frames * bytes;
  }

  #encodeFrame(pcm: Int16Array, at: number, out: Uint8Array, outAt: number): void {
    const { samples, subframes, spectra, stateSamples } = this.format;
    const layout = this.#layout;
    const parameters = this.#parameters;
    const signal = this.#signal;
    const frame = this.#frame;
    for (let i = 0; i < samples; i++) frame[i] = pcm[at + i]!;
    this.#highPass.run(frame, 0, samples);
    for (let i = 0; i < samples; i++) signal[ORDER + i] = frame[i]!;
    this.#analysis.analyse(frame, this.#lsf);
    for (let i = 0; i < spectra; i++) quantizeSpectrum(this.#lsf, i * ORDER, parameters, layout.lsf + 3 * i);
    dequantizeSpectra(this.format, parameters, this.#quantized);
    interpolateFilters(this.format, this.#oldQuantized, this.#quantized, this.#between, this.#filters);
    interpolateFilters(this.format, this.#oldLsf, this.#lsf, this.#between, this.#weights);
    for (let i = 0; i < subframes; i++) {
      for (let k = 1, factor = WEIGHT_CHIRP; k <= ORDER; k++, factor *= WEIGHT_CHIRP) {
        this.#weights[i * COEFFICIENTS + k]! *= factor;
      }
    }
    for (let i = 0; i < ORDER; i++) {
      this.#oldLsf[i] = this.#lsf[(spectra - 1) * ORDER + i]!;
      this.#oldQuantized[i] = this.#quantized[(spectra - 1) * ORDER + i]!;
    }
    this.#findResidual();
    signal.copyWithin(0, samples, samples + ORDER);

    const start = this.#classify();
    const first = (start - 1) * SUBFRAME;
    const rest = STATE - stateSamples;
    const stateFirst = this.#energy(first, stateSamples) > this.#energy(first + rest, stateSamples);
    parameters[layout.start] = start;
    parameters[layout.stateFirst] = stateFirst ? 1 : 0;
    const filterAt = (start - 1) * COEFFICIENTS;
    const stateAt = stateFirst ? first : first + rest;
    const { scale, samples: samplesAt } = layout;
    searchState(
      this.#residual,
      stateAt,
      stateSamples,
      stateFirst,
      this.#filters,
      this.#weights,
      filterAt,
      parameters,
      scale,
      samplesAt,
    );
    this.#coder.run(parameters, this.#filters, this.#encoding);
    layout.pack(parameters, out, outAt, this.format.bytes);
  }

  /** Takes the prediction away from the input (RFC 3951 §3.3). */
  #findResidual(): void {
    const signal = this.#signal;
    for (let subframe = 0; subframe < this.format.subframes; subframe++) {
      const at = subframe * SUBFRAME;
      allZero(signal, ORDER + at, SUBFRAME, this.#filters, subframe * COEFFICIENTS, this.#residual, at);
    }
  }

  /** The two neighbouring sub-frames of most energy (RFC 3951 §3.4): the number of the second, from 1. */
  #classify(): number {
    const weights = placeWeights[this.format.mode];
    let best = 1;
    let most = -1;
    for (let start = 1; start < this.format.subframes; start++) {
      const at = (start - 1) * SUBFRAME;
      let energy = 0;
      for (let i = 0; i < STATE; i++) {
        const edge = Math.min(i, STATE - 1 - i);
        const sample = this.#residual[at + i]!;
        energy += (edge < EDGE ? (edge + 1) / (EDGE + 1) : 1) * sample * sample;
      }
      energy *= weights[start - 1]!;
      if (energy > most) {
        most = energy;
        best = start;
      }
    }
    return best;
  }

  #energy(at: number, length: number): number {
    let energy = 0;
    for (let i = at; i < at + length; i++) energy += this.#residual[i]! * this.#residual[i]!;
    return energy;
  }

  reset(): void {
    this.#highPass.reset();
    this.#analysis.reset();
    this.#signal.fill(0);
    this.#oldLsf.set(LSF_MEAN);
    this.#oldQuantized.set(LSF_MEAN);
  }
}
