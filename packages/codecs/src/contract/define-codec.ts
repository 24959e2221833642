import type { Codec, EncoderOptions } from './codec';
import { CodecError } from './errors';

/** Token of RFC 4566 §9: what an encoding name may be made of. */
const token = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/;

/**
 * Checks a codec's description and makes a plug-in of it. Encoders are only ever asked for frame durations it lists.
 *
 * @throws CodecError `ERR_CODEC_DEFINITION` naming what is wrong
 */
export function defineCodec(codec: Codec): Codec {
  const wrong = (what: string) =>
    new CodecError('ERR_CODEC_DEFINITION', `Codec ${codec.name || '(unnamed)'}: ${what}.`);
  if (!token.test(codec.name)) throw wrong('its name must be an encoding name as in a=rtpmap');
  for (const rate of ['sampleRate', 'clockRate'] as const) {
    if (!Number.isInteger(codec[rate]) || codec[rate] <= 0) throw wrong(`its ${rate} must be a whole number of Hz`);
  }
  if (codec.channels !== 1 && codec.channels !== 2) throw wrong('it must have 1 or 2 channels');
  if (
    codec.payloadType !== undefined &&
    !(Number.isInteger(codec.payloadType) && codec.payloadType >= 0 && codec.payloadType <= 95)
  ) {
    throw wrong('a static payload type is a whole number from 0 to 95; leave it out for a dynamic one');
  }
  const durations = codec.frameDurations;
  if (durations.length === 0) throw wrong('it must list at least one frame duration');
  durations.forEach((duration, index) => {
    if (!(duration > 0) || duration > 120) throw wrong(`a frame of ${duration} ms is not between 0 and 120 ms`);
    if (index > 0 && duration <= durations[index - 1]!) throw wrong('its frame durations must ascend');
    if (!Number.isInteger((duration * codec.sampleRate) / 1000)) {
      throw wrong(`a frame of ${duration} ms is no whole number of samples at ${codec.sampleRate} Hz`);
    }
    const bytes = codec.maxPayloadBytes(duration);
    if (!Number.isInteger(bytes) || bytes <= 0 || bytes > 65_000) {
      throw wrong(`maxPayloadBytes(${duration}) must be a whole number of bytes that fits a datagram`);
    }
  });
  if (!durations.includes(codec.defaultFrameDuration))
    throw wrong('its default frame duration must be one of those it lists');

  return Object.freeze({
    ...codec,
    frameDurations: Object.freeze([...durations]),
    createEncoder(options: EncoderOptions = {}) {
      const duration = options.frameDuration ?? codec.defaultFrameDuration;
      if (!durations.includes(duration)) {
        throw new CodecError(
          'ERR_CODEC_OPTIONS',
          `${codec.name} has no frames of ${duration} ms; it has ${durations.join(', ')} ms.`,
        );
      }
      return codec.createEncoder({ ...options, frameDuration: duration });
    },
  });
}
