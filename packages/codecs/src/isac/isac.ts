import type { Codec } from '../contract/codec';
import { defineCodec } from '../contract/define-codec';
import { CodecError } from '../contract/errors';
import { WidebandDecoder } from './wideband-decoder';
import { PAYLOAD_LIMITS, WidebandEncoder } from './wideband-encoder';

/** How an iSAC codec is made. */
export interface IsacOptions {
  /** Target in bit/s, 10000 to 32000 (the default); the rate itself follows the signal. */
  rate?: number;
}

/**
 * Makes an iSAC codec: wideband, `ISAC/16000` with a dynamic payload type, one frame of 30 ms in a packet or two. It sends at a target
 * rate; of a super-wideband packet it plays the lower band.
 *
 * @throws CodecError `ERR_CODEC_OPTIONS` for a rate outside 10000 to 32000
 */
export function createIsac({ rate = 32000 }: IsacOptions = {}): Codec {
  if (!(rate >= 10000 && rate <= 32000)) {
    throw new CodecError('ERR_CODEC_OPTIONS', 'iSAC has a target rate of 10000 to 32000 bit/s.');
  }
  return defineCodec({
    name: 'ISAC',
    sampleRate: 16000,
    clockRate: 16000,
    channels: 1,
    frameDurations: [30, 60],
    defaultFrameDuration: 30,
    maxPayloadBytes: (frameDuration) => PAYLOAD_LIMITS[frameDuration === 60 ? 60 : 30],
    createEncoder: ({ frameDuration }) => new WidebandEncoder(frameDuration === 60 ? 60 : 30, rate),
    createDecoder: () => new WidebandDecoder(),
  });
}

/** iSAC in wideband at 32 kbit/s: `ISAC/16000`. */
export const isac: Codec = createIsac();
