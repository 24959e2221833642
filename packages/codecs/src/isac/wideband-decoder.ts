import type { Decoder } from '../contract/codec';
import { LowerBandDecoder } from './lower-band-decoder';

const MOST_LAYERS = 10;
const LONGEST_LAYER = 600;

/** Decoder of `isac/16000`; of a super-wideband packet it plays the lower band. */
export class WidebandDecoder implements Decoder {
  readonly #lower = new LowerBandDecoder();

  decode(payload: Uint8Array, out: Int16Array): number {
    const samples = this.#lower.decode(payload, out);
    return samples > 0 && layersEnd(payload, this.#lower.length) ? samples : -1;
  }

  conceal(out: Int16Array, samples: number): number {
    out.fill(0, 0, samples);
    return samples;
  }

  reset(): void {
    this.#lower.reset();
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
