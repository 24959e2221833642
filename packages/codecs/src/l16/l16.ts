import type { Codec } from '../contract/codec';
import { defineCodec } from '../contract/define-codec';
import { CodecError } from '../contract/errors';
import { L16Decoder } from './l16-decoder';
import { L16Encoder } from './l16-encoder';

/** How an L16 codec is made. */
export interface L16Options {
  /** Hz, of PCM and of the RTP clock; 8000 to 48000. */
  sampleRate: number;
  /** 1 when absent. */
  channels?: 1 | 2;
}

/** What fits a packet on any path: an Ethernet frame less IP, UDP, RTP and what a tunnel may add. */
const PACKET_BYTES = 1400;
const durations = [5, 10, 20, 30, 40, 60];

/**
 * Makes an L16 codec: 16-bit samples uncompressed, `L16/rate/channels` (RFC 3551 §4.5.11). Frames have those durations whose
 * packets no path has to fragment, or else the shortest. At 44.1 kHz it has a static payload type, 10 in stereo and 11 in mono (RFC 3551 §6).
 *
 * @throws CodecError `ERR_CODEC_OPTIONS` for a rate out of range
 */
export function createL16({ sampleRate, channels = 1 }: L16Options): Codec {
  if (!(Number.isInteger(sampleRate) && sampleRate >= 8000 && sampleRate <= 48000)) {
    throw new CodecError('ERR_CODEC_OPTIONS', 'L16 takes a sampleRate from 8000 to 48000 Hz.');
  }
  const bytes = (frameDuration: number) => ((sampleRate * frameDuration) / 1000) * channels * 2;
  const whole = durations.filter((each) => Number.isInteger((sampleRate * each) / 1000));
  if (whole.length === 0)
    throw new CodecError('ERR_CODEC_OPTIONS', `L16 has no frames of whole samples at ${sampleRate} Hz.`);
  const fitting = whole.filter((each) => bytes(each) <= PACKET_BYTES);
  const frameDurations = fitting.length > 0 ? fitting : whole.slice(0, 1);
  return defineCodec({
    name: 'L16',
    ...(sampleRate === 44100 && { payloadType: channels === 2 ? 10 : 11 }),
    sampleRate,
    clockRate: sampleRate,
    channels,
    frameDurations,
    defaultFrameDuration: frameDurations.includes(20) ? 20 : frameDurations.at(-1)!,
    maxPayloadBytes: bytes,
    createEncoder: ({ frameDuration }) => new L16Encoder((sampleRate * frameDuration) / 1000),
    createDecoder: () => new L16Decoder(sampleRate, channels),
  });
}

/** L16 at 8 kHz, mono: `L16/8000`. */
export const l16x8: Codec = createL16({ sampleRate: 8000 });
/** L16 at 16 kHz, mono: `L16/16000`. */
export const l16x16: Codec = createL16({ sampleRate: 16000 });
/** L16 at 44.1 kHz, mono: `L16/44100`, payload type 11. */
export const l16x44: Codec = createL16({ sampleRate: 44100 });
/** L16 at 44.1 kHz, stereo: `L16/44100/2`, payload type 10. */
export const l16x44Stereo: Codec = createL16({ sampleRate: 44100, channels: 2 });
/** L16 at 48 kHz, mono: `L16/48000`. */
export const l16x48: Codec = createL16({ sampleRate: 48000 });
