import type { Encoder } from '@offhook/codecs';
import {
  FRAME_BYTES,
  FRAME_SAMPLES,
  GAIN,
  LAG,
  PARAMETERS,
  PAST,
  packFrame,
  SUBFRAME_SAMPLES,
  subframeAt,
} from './frame';
import { Lattice } from './lattice';
import { LinearPrediction } from './linear-prediction';
import { LogAreaRatios } from './log-area-ratios';
import { findLag } from './long-term-prediction';
import { Preprocessing } from './preprocessing';
import { decodePulses, encodePulses } from './regular-pulses';
import { gains } from './tables';
import { add, multiplyRounded, subtract } from './words';

/** Encoder of GSM 06.10 §5.2. */
export class GsmEncoder implements Encoder {
  readonly #preprocessing = new Preprocessing();
  readonly #prediction = new LinearPrediction();
  readonly #ratios = new LogAreaRatios();
  readonly #lattice = new Lattice();
  readonly #samples = new Int16Array(FRAME_SAMPLES);
  /** The residual as the decoder will have it. */
  readonly #residual = new Int16Array(PAST + FRAME_SAMPLES);
  readonly #predicted = new Int16Array(SUBFRAME_SAMPLES);
  readonly #error = new Int16Array(SUBFRAME_SAMPLES);
  readonly #parameters = new Uint8Array(PARAMETERS);

  /** @param frameSamples samples of a packet: a multiple of 160 */
  constructor(readonly frameSamples: number) {}

  encode(pcm: Int16Array, out: Uint8Array): number {
    let bytes = 0;
    for (let from = 0; from < this.frameSamples; from += FRAME_SAMPLES, bytes += FRAME_BYTES) {
      this.#preprocessing.run(pcm, from, this.#samples);
      this.#prediction.analyse(this.#samples, this.#parameters);
      this.#ratios.read(this.#parameters);
      this.#lattice.analyse(this.#ratios, this.#samples);
      for (let index = 0; index < 4; index++) this.#encodeSubframe(index);
      this.#residual.copyWithin(0, FRAME_SAMPLES);
      packFrame(this.#parameters, out, bytes);
    }
    return bytes;
  }

  #encodeSubframe(index: number): void {
    const parameters = this.#parameters;
    const residual = this.#residual;
    const predicted = this.#predicted;
    const error = this.#error;
    const at = subframeAt(index);
    const from = index * SUBFRAME_SAMPLES;
    const now = PAST + from;
    findLag(this.#samples, from, residual, now, parameters, at);
    const start = now - parameters[at + LAG]!;
    const gain = gains[parameters[at + GAIN]!]!;
    for (let k = 0; k < SUBFRAME_SAMPLES; k++) {
      const sample = multiplyRounded(gain, residual[start + k]!);
      predicted[k] = sample;
      error[k] = subtract(this.#samples[from + k]!, sample);
    }
    encodePulses(error, parameters, at);
    decodePulses(parameters, at, error);
    for (let k = 0; k < SUBFRAME_SAMPLES; k++) residual[now + k] = add(error[k]!, predicted[k]!);
  }

  reset(): void {
    this.#preprocessing.reset();
    this.#ratios.reset();
    this.#lattice.reset();
    this.#residual.fill(0);
  }
}
