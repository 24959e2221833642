import { FrameLayout } from './bit-layout';
import { Enhancer } from './enhancer';
import { allPole, outputHighPass } from './filters';
import { dequantizeSpectra, interpolateFilters } from './line-spectrum';
import { ResidualCoder } from './residual-coder';
import { ResidualConcealment } from './residual-concealment';
import { COEFFICIENTS, type FrameFormat, LONGEST_FRAME, LSF_MEAN, ORDER, SUBFRAME } from './tables';

/** Decodes frames of one length (RFC 3951 §4). */
export class FrameDecoder {
  readonly #layout: FrameLayout;
  readonly #parameters: Int32Array;
  readonly #coder: ResidualCoder;
  readonly #concealment: ResidualConcealment;
  readonly #enhancer: Enhancer;
  readonly #highPass = outputHighPass();
  readonly #lsf = new Float64Array(2 * ORDER);
  readonly #oldLsf = LSF_MEAN.slice();
  readonly #between = new Float64Array(ORDER);
  readonly #filters = new Float64Array(6 * COEFFICIENTS);
  readonly #oldFilters = new Float64Array(6 * COEFFICIENTS);
  readonly #concealed = new Float64Array(LONGEST_FRAME);
  readonly #enhanced = new Float64Array(LONGEST_FRAME);
  /** The output behind the last ten samples of the frame before. */
  readonly #signal = new Float64Array(ORDER + LONGEST_FRAME);
  #lag = 20;
  #afterLoss = false;

  constructor(readonly format: FrameFormat) {
    this.#layout = new FrameLayout(format);
    this.#parameters = new Int32Array(this.#layout.length);
    this.#coder = new ResidualCoder(format, this.#layout);
    this.#concealment = new ResidualConcealment(format);
    this.#enhancer = new Enhancer(format);
    this.reset();
  }

  /**
   * Decodes a frame, or makes one up when it says that it is none.
   *
   * @param payload undefined for a frame that was lost
   */
  decode(payload: Uint8Array | undefined, offset: number, out: Int16Array, outAt: number): void {
    const { format } = this;
    const { samples, subframes, spectra } = format;
    const filters = this.#filters;
    let residual = this.#coder.decoded;
    const good = payload !== undefined && this.#layout.unpack(payload, offset, format, this.#parameters);
    if (good) {
      dequantizeSpectra(format, this.#parameters, this.#lsf);
      interpolateFilters(format, this.#oldLsf, this.#lsf, this.#between, filters);
      for (let i = 0; i < ORDER; i++) this.#oldLsf[i] = this.#lsf[(spectra - 1) * ORDER + i]!;
      this.#coder.run(this.#parameters, filters);
      this.#concealment.received(residual, filters, (subframes - 1) * COEFFICIENTS);
    } else {
      residual = this.#concealed;
      this.#concealment.conceal(this.#lag, residual);
      for (let i = 0; i < subframes; i++) filters.set(this.#concealment.filter, i * COEFFICIENTS);
    }
    this.#lag = this.#enhancer.process(residual, this.#afterLoss, this.#enhanced);
    this.#afterLoss = !good;
    this.#synthesise(out, outAt);
    this.#oldFilters.set(filters);
    this.#signal.copyWithin(0, samples, samples + ORDER);
  }

  /** Filters the residual with the filters of its sub-frames, which are late by what the enhancer delays (RFC 3951 §4.7, §4.8). */
  #synthesise(out: Int16Array, outAt: number): void {
    const { samples, subframes, mode } = this.format;
    const signal = this.#signal;
    const late = mode === 20 ? 1 : 2;
    for (let i = 0; i < samples; i++) signal[ORDER + i] = this.#enhanced[i]!;
    for (let subframe = 0; subframe < subframes; subframe++) {
      const old = subframe < late;
      const at = (old ? subframe + subframes - late : subframe - late) * COEFFICIENTS;
      allPole(signal, ORDER + subframe * SUBFRAME, SUBFRAME, old ? this.#oldFilters : this.#filters, at);
    }
    // The output filter must not change what the next frame is predicted from.
    const heard = this.#enhanced;
    for (let i = 0; i < samples; i++) heard[i] = signal[ORDER + i]!;
    this.#highPass.run(heard, 0, samples);
    for (let i = 0; i < samples; i++) {
      out[outAt + i] = Math.max(-32768, Math.min(32767, Math.round(heard[i]!)));
    }
  }

  reset(): void {
    this.#oldLsf.set(LSF_MEAN);
    this.#oldFilters.fill(0);
    for (let i = 0; i < 6; i++) this.#oldFilters[i * COEFFICIENTS] = 1;
    this.#signal.fill(0);
    this.#highPass.reset();
    this.#concealment.reset();
    this.#enhancer.reset();
    this.#lag = 20;
    this.#afterLoss = false;
  }
}
