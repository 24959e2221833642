import type { Decoder } from '@offhook/codecs';
import {
  FRAME_BYTES,
  FRAME_SAMPLES,
  GAIN,
  isFrame,
  LAG,
  PARAMETERS,
  PAST,
  SUBFRAME_SAMPLES,
  subframeAt,
  unpackFrame,
} from './frame';
import { Lattice } from './lattice';
import { LogAreaRatios } from './log-area-ratios';
import { decodePulses } from './regular-pulses';
import { Substitution } from './substitution';
import { gains } from './tables';
import { add, multiplyRounded } from './words';

/** Decoder of GSM 06.10 §5.3, with the substitution of lost frames of GSM 06.11. */
export class GsmDecoder implements Decoder {
  readonly #ratios = new LogAreaRatios();
  readonly #lattice = new Lattice();
  readonly #residual = new Int16Array(PAST + FRAME_SAMPLES);
  readonly #pulses = new Int16Array(SUBFRAME_SAMPLES);
  readonly #frame = new Int16Array(FRAME_SAMPLES);
  readonly #parameters = new Uint8Array(PARAMETERS);
  readonly #substitution = new Substitution();
  /** Samples of a made-up frame that nobody has asked for yet. */
  #left = 0;
  #lag = SUBFRAME_SAMPLES;
  #level = 0;

  decode(payload: Uint8Array, out: Int16Array): number {
    const frames = payload.length / FRAME_BYTES;
    if (frames === 0 || !Number.isInteger(frames) || frames * FRAME_SAMPLES > out.length) return -1;
    for (let at = 0; at < payload.length; at += FRAME_BYTES) if (!isFrame(payload, at)) return -1;
    this.#left = 0;
    for (let frame = 0; frame < frames; frame++) {
      unpackFrame(payload, frame * FRAME_BYTES, this.#parameters);
      this.#substitution.received(this.#parameters);
      this.#decodeFrame(this.#parameters);
      out.set(this.#frame, frame * FRAME_SAMPLES);
    }
    return frames * FRAME_SAMPLES;
  }

  conceal(out: Int16Array, samples: number): number {
    for (let at = 0; at < samples; at++) {
      if (this.#left === 0) this.#substitute();
      out[at] = this.#frame[FRAME_SAMPLES - this.#left--]!;
    }
    return samples;
  }

  #substitute(): void {
    const parameters = this.#substitution.next();
    if (parameters) this.#decodeFrame(parameters);
    else this.#silence();
    this.#left = FRAME_SAMPLES;
  }

  #decodeFrame(parameters: Uint8Array): void {
    this.#ratios.read(parameters);
    for (let index = 0; index < 4; index++) this.#decodeSubframe(parameters, index);
    this.#lattice.synthesise(this.#ratios, this.#residual, PAST, this.#frame);
    this.#residual.copyWithin(0, FRAME_SAMPLES);
    this.#finish();
  }

  /** Long-term synthesis (§5.3.2). */
  #decodeSubframe(parameters: Uint8Array, index: number): void {
    const residual = this.#residual;
    const at = subframeAt(index);
    const lag = parameters[at + LAG]!;
    // A lag that cannot be is one that was damaged on the way: the last good one stays.
    if (lag >= SUBFRAME_SAMPLES && lag <= PAST) this.#lag = lag;
    const gain = gains[parameters[at + GAIN]!]!;
    decodePulses(parameters, at, this.#pulses);
    const now = PAST + index * SUBFRAME_SAMPLES;
    for (let k = 0; k < SUBFRAME_SAMPLES; k++) {
      residual[now + k] = add(this.#pulses[k]!, multiplyRounded(gain, residual[now + k - this.#lag]!));
    }
  }

  /** De-emphasis, and 13 bits as 16 (§5.3.5 to §5.3.7). */
  #finish(): void {
    const frame = this.#frame;
    for (let k = 0; k < FRAME_SAMPLES; k++) {
      this.#level = add(frame[k]!, multiplyRounded(this.#level, 28180));
      frame[k] = add(this.#level, this.#level) & ~7;
    }
  }

  #silence(): void {
    this.#ratios.reset();
    this.#lattice.reset();
    this.#residual.fill(0);
    this.#frame.fill(0);
    this.#lag = SUBFRAME_SAMPLES;
    this.#level = 0;
  }

  reset(): void {
    this.#silence();
    this.#substitution.reset();
    this.#left = 0;
  }
}
