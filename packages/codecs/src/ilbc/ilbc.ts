import type { Codec } from '../contract/codec';
import { defineCodec } from '../contract/define-codec';
import { CodecError } from '../contract/errors';
import { IlbcDecoder } from './ilbc-decoder';
import { IlbcEncoder } from './ilbc-encoder';
import { FORMATS } from './tables';

/** How an iLBC codec is made. */
export interface IlbcOptions {
  /** ms of a frame: 30 (13.33 kbit/s, the default, which every peer has) or 20 (15.2 kbit/s). */
  mode?: 20 | 30;
}

/**
 * Makes an iLBC codec: `iLBC/8000` with a dynamic payload type (RFC 3951, RFC 3952), in floating point. It sends frames of one
 * length, and decodes both.
 *
 * Frames of 20 ms are used only when both sides say `mode=20` (RFC 3952 §5): a codec made for them does not agree with a peer that
 * says anything else, and the next codec is tried.
 *
 * @throws CodecError `ERR_CODEC_OPTIONS` for another mode
 */
export function createIlbc({ mode = 30 }: IlbcOptions = {}): Codec {
  const format = FORMATS[mode];
  if (format === undefined) throw new CodecError('ERR_CODEC_OPTIONS', 'iLBC has frames of 20 and of 30 ms.');
  const local = `mode=${mode}`;
  return defineCodec({
    name: 'iLBC',
    sampleRate: 8000,
    clockRate: 8000,
    channels: 1,
    frameDurations: mode === 20 ? [20, 40, 60, 80, 100, 120] : [30, 60, 90, 120],
    defaultFrameDuration: mode,
    maxPayloadBytes: (frameDuration) => (frameDuration / mode) * format.bytes,
    fmtp: {
      offer: () => local,
      negotiate: (remote) =>
        mode === 30 || /(?:^|;)\s*mode\s*=\s*20\s*(?:;|$)/i.test(remote ?? '') ? { local } : false,
    },
    createEncoder: ({ frameDuration }) => new IlbcEncoder(format, frameDuration / mode),
    createDecoder: () => new IlbcDecoder(mode),
  });
}

/** iLBC with frames of 30 ms, 13.33 kbit/s: `iLBC/8000`, `mode=30`. */
export const ilbc: Codec = createIlbc();
