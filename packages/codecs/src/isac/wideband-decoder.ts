import { PitchConcealment } from '../concealment/pitch-concealment';
import type { Decoder } from '../contract/codec';
import { LowerBandDecoder } from './lower-band-decoder';

const MOST_LAYERS = 10;
const LONGEST_LAYER = 600;

/** Decoder of `isac/16000`; of a super-wideband packet it plays the lower band. */
export class WidebandDecoder implements Decoder {
  readonly #lower = new LowerBandDecoder();
  readonly #concealment = new PitchConcealment(16000);

  decode(payload: Uint8Array, out: Int16Array): number {
    const samples = this.#lower.decode(payload, out);
    if (samples < 0 || !layersEnd(payload, this.#lower.length)) return -1;
    this.#concealment.received(out, samples);
    return samples;
  }

  conceal(out: Int16Array, samples: number): number {
    this.#concealment.conceal(out, samples);
    return samples;
  }

  reset(): void {
    this.#lower.reset();
    this.#concealment.reset();
  }
}

/** Whether layers of the length they say fill the payload behind the lower band. */
export function layersEnd(payload: Uint8Array, lowerBand: number): boolean {
  if (lowerBand > LONGEST_LAYER) return false;
  let at = lowerBand;
  for (let layers = 1; at < payload.length; layers++) {
    if (payload[at] === 0 || layers > MOST_LAYERS) return false;
    at += payload[at]!;
  }
  return at === payload.length;
}
