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
 * length, several in a packet when asked for, and decodes both.
 *
 * Frames of 20 ms are sent only when both sides say `mode=20`: otherwise both use 30 (RFC 3952 §5), and so does a codec made for 20.
 *
 * @throws CodecError `ERR_CODEC_OPTIONS` for another mode
 */
export function createIlbc({ mode = 30 }: IlbcOptions = {}): Codec {
  if (FORMATS[mode] === undefined) throw new CodecError('ERR_CODEC_OPTIONS', 'iLBC has frames of 20 and of 30 ms.');
  const agreed = (remote: string | undefined) => (mode === 20 && saysMode20(remote) ? 20 : 30);
  const modeOf = (frameDuration: number) => (mode === 20 && frameDuration % 20 === 0 ? 20 : 30);
  const bytesOf = (frameDuration: number) => {
    const each = modeOf(frameDuration);
    return (frameDuration / each) * FORMATS[each].bytes;
  };
  return defineCodec({
    name: 'iLBC',
    sampleRate: 8000,
    clockRate: 8000,
    channels: 1,
    frameDurations: mode === 20 ? [20, 30, 40, 60, 80, 90, 100, 120] : DURATIONS[30],
    defaultFrameDuration: mode,
    maxPayloadBytes: bytesOf,
    fmtp: {
      offer: () => `mode=${mode}`,
      negotiate: (remote) => ({ local: `mode=${agreed(remote)}` }),
      frameDurations: (remote) => DURATIONS[agreed(remote)],
    },
    createEncoder({ frameDuration, remoteFmtp }) {
      const each = remoteFmtp === undefined ? modeOf(frameDuration) : agreed(remoteFmtp);
      return new IlbcEncoder(FORMATS[each], frameDuration / each);
    },
    createDecoder: () => new IlbcDecoder(mode),
  });
}

/** ms of whole frames in a packet, up to 120. */
const DURATIONS: Readonly<Record<20 | 30, readonly number[]>> = {
  20: [20, 40, 60, 80, 100, 120],
  30: [30, 60, 90, 120],
};

/** A peer that says nothing means 30, which every peer has. */
const saysMode20 = (fmtp: string | undefined) => /(?:^|;)\s*mode\s*=\s*20\s*(?:;|$)/i.test(fmtp ?? '');

/** iLBC with frames of 30 ms, 13.33 kbit/s: `iLBC/8000`, `mode=30`. */
export const ilbc: Codec = createIlbc();
