import type { Codec } from '../contract/codec';
import { defineCodec } from '../contract/define-codec';
import { OpusDecoder } from './opus-decoder';
import { OpusEncoder } from './opus-encoder';
import { opusFmtp } from './opus-fmtp';
import { type OpusOptions, opusSettings } from './opus-options';

/** Most bytes of one Opus frame (RFC 6716 §3.4 [R2]), of at most 20 ms in packets of more than one. */
const FRAME_BYTES = 1275;
/** What a packet of several frames has beside them: table of contents, count, and two bytes of length each (RFC 6716 §3.2.5). */
const packetBytes = (frames: number) => (frames === 1 ? 1 : 2 + 2 * (frames - 1)) + frames * FRAME_BYTES;

/**
 * Makes an Opus codec: `opus/48000/2` with a dynamic payload type (RFC 6716, RFC 7587), by libopus in WebAssembly, which is
 * compiled when the first encoder or decoder is made.
 *
 * @throws CodecError `ERR_CODEC_OPTIONS` for an option out of range
 */
export function createOpus(options: OpusOptions = {}): Codec {
  const settings = opusSettings(options);
  const { sampleRate, channels } = settings;
  return defineCodec({
    name: 'opus',
    sampleRate,
    clockRate: 48000,
    channels,
    rtpmapChannels: 2,
    frameDurations: [2.5, 5, 10, 20, 40, 60, 80, 100, 120],
    defaultFrameDuration: 20,
    maxPayloadBytes: (frameDuration) => packetBytes(Math.ceil(frameDuration / 20)),
    fmtp: opusFmtp(settings),
    createEncoder: ({ frameDuration, remoteFmtp }) => new OpusEncoder(settings, frameDuration, remoteFmtp),
    createDecoder: () => new OpusDecoder(sampleRate, channels),
  });
}

/** Opus with its defaults: mono PCM at 48 kHz, 32 kbit/s, in-band error correction for peers that ask for it. */
export const opus: Codec = createOpus();
