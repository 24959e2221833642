import type { Codec, EncoderOptions } from './codec';
import { CodecError } from './errors';

/** Longest frame there may be, in ms: what decoders have room for. */
const LONGEST_FRAME = 120;
/** Largest payload in bytes that fits a UDP datagram beside the RTP header. */
const LARGEST_PAYLOAD = 65_000;
/** Token of RFC 4566 §9: what an encoding name may be made of. */
const token = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/;

const defined = new WeakSet<Codec>();

/**
 * Checks a codec's description and makes a plug-in of it. Encoders are only ever asked for frame durations it lists, and the
 * plug-in cannot be changed afterwards.
 *
 * @throws CodecError `ERR_CODEC_DEFINITION` with what is wrong
 */
export function defineCodec(codec: Codec): Codec {
  const fault = faultOf(codec);
  if (fault) throw new CodecError('ERR_CODEC_DEFINITION', `Codec ${codec.name || '(unnamed)'}: ${fault}.`);
  const durations = Object.freeze([...codec.frameDurations]);
  const plugin: Codec = Object.freeze({
    name: codec.name,
    sampleRate: codec.sampleRate,
    clockRate: codec.clockRate,
    channels: codec.channels,
    ...(codec.rtpmapChannels !== undefined && { rtpmapChannels: codec.rtpmapChannels }),
    ...(codec.payloadType !== undefined && { payloadType: codec.payloadType }),
    frameDurations: durations,
    defaultFrameDuration: codec.defaultFrameDuration,
    ...(codec.fmtp && { fmtp: codec.fmtp }),
    maxPayloadBytes: (frameDuration: number) => codec.maxPayloadBytes(frameDuration),
    createEncoder(options: EncoderOptions = {}) {
      const frameDuration = options.frameDuration ?? codec.defaultFrameDuration;
      if (!durations.includes(frameDuration)) {
        const known = durations.join(', ');
        throw new CodecError(
          'ERR_CODEC_OPTIONS',
          `${codec.name} has no frames of ${frameDuration} ms; ask for one of ${known} ms.`,
        );
      }
      return codec.createEncoder({ ...options, frameDuration });
    },
    createDecoder: (options = {}) => codec.createDecoder(options),
  });
  defined.add(plugin);
  return plugin;
}

/** Whether a codec came out of {@link defineCodec}. */
export function isDefinedCodec(codec: Codec): boolean {
  return defined.has(codec);
}

function faultOf(codec: Codec): string | undefined {
  if (typeof codec.name !== 'string' || !token.test(codec.name)) {
    return 'its name must be an encoding name as in a=rtpmap, such as PCMU';
  }
  for (const rate of ['sampleRate', 'clockRate'] as const) {
    if (!(Number.isInteger(codec[rate]) && codec[rate] > 0)) return `its ${rate} must be a whole number of Hz`;
  }
  if (codec.channels !== 1 && codec.channels !== 2) return 'it must have 1 or 2 channels';
  if (![undefined, 1, 2].includes(codec.rtpmapChannels)) return 'rtpmapChannels must be 1 or 2, or left out';
  if (codec.payloadType !== undefined && !isStaticPayloadType(codec.payloadType)) {
    return 'a static payload type is a whole number from 0 to 95; leave it out for a dynamic one';
  }
  for (const method of ['maxPayloadBytes', 'createEncoder', 'createDecoder'] as const) {
    if (typeof codec[method] !== 'function') return `${method} must be a function`;
  }
  if (codec.fmtp && (typeof codec.fmtp.offer !== 'function' || typeof codec.fmtp.negotiate !== 'function')) {
    return 'fmtp must have the functions offer and negotiate';
  }
  return faultOfFrames(codec);
}

function faultOfFrames(codec: Codec): string | undefined {
  const { frameDurations, defaultFrameDuration, sampleRate } = codec;
  if (!Array.isArray(frameDurations) || frameDurations.length === 0) return 'it must list at least one frame duration';
  let before = 0;
  for (const duration of frameDurations) {
    if (!(duration > 0 && duration <= LONGEST_FRAME)) {
      return `a frame of ${duration} ms is not between 0 and ${LONGEST_FRAME} ms`;
    }
    if (duration <= before) return 'its frame durations must ascend';
    before = duration;
    if (!Number.isInteger((duration * sampleRate) / 1000)) {
      return `a frame of ${duration} ms is no whole number of samples at ${sampleRate} Hz`;
    }
    const bytes = codec.maxPayloadBytes(duration);
    if (!(Number.isInteger(bytes) && bytes > 0 && bytes <= LARGEST_PAYLOAD)) {
      return `maxPayloadBytes(${duration}) must be a whole number of bytes from 1 to ${LARGEST_PAYLOAD}`;
    }
  }
  if (!frameDurations.includes(defaultFrameDuration)) return 'its default frame duration must be one of those it lists';
  return undefined;
}

const isStaticPayloadType = (payloadType: number) =>
  Number.isInteger(payloadType) && payloadType >= 0 && payloadType <= 95;
