import type { Codec } from '../contract/codec';
import { defineCodec } from '../contract/define-codec';
import { CodecError } from '../contract/errors';
import { G722Decoder } from './g722-decoder';
import { G722Encoder } from './g722-encoder';

/** How a G.722 codec is made. */
export interface G722Options {
  /**
   * Mode of operation (ITU-T G.722 §1.3): 1 with 64 kbit/s of audio, 2 with 56 and 3 with 48, where the lowest one or two bits
   * of each byte carry something else. RTP has only mode 1 (RFC 3551 §4.5.2), the default.
   */
  mode?: 1 | 2 | 3;
}

/** Samples in a ms at 16 kHz, and bytes. */
const SAMPLES = 16;
const BYTES = 8;
/** Bits of a byte that are audio, by mode. */
const masks = { 1: 0xff, 2: 0xfe, 3: 0xfc } as const;

/**
 * Makes a G.722 codec in a mode of operation.
 *
 * @throws CodecError `ERR_CODEC_OPTIONS` for a mode there is not
 */
export function createG722({ mode = 1 }: G722Options = {}): Codec {
  const mask = masks[mode];
  if (mask === undefined) throw new CodecError('ERR_CODEC_OPTIONS', 'G.722 has modes 1, 2 and 3.');
  return defineCodec({
    name: 'G722',
    payloadType: 9,
    sampleRate: 16000,
    // RFC 1890 said 8000 by mistake, and it has stayed (RFC 3551 §4.5.2).
    clockRate: 8000,
    channels: 1,
    frameDurations: [10, 20, 30, 40, 60],
    defaultFrameDuration: 20,
    maxPayloadBytes: (frameDuration) => frameDuration * BYTES,
    createEncoder: ({ frameDuration }) => new G722Encoder(frameDuration * SAMPLES, mask),
    createDecoder: () => new G722Decoder(mode),
  });
}

/** G.722, wideband at 64 kbit/s: `G722/8000`, payload type 9, audio at 16 kHz (ITU-T G.722, RFC 3551 §4.5.2). */
export const g722: Codec = createG722();
