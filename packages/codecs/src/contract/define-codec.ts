import type { Codec, Decoder, Encoder, EncoderOptions } from './codec';
import type { CodecDefinition } from './codec-definition';
import { CodecError } from './errors';

/** Longest frame there may be, in ms: what decoders have room for. */
const LONGEST_FRAME = 120;
/** Largest payload in bytes that fits a UDP datagram beside the RTP header. */
const LARGEST_PAYLOAD = 65_000;
/** Token of RFC 4566 §9: what an encoding name may be made of. */
const token = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/;

const defined = new WeakSet<Codec>();

/**
 * Checks a codec's description and makes a plug-in of it. Encoders are only ever asked for frame durations it lists, what it makes is
 * looked at before it is used, and the plug-in cannot be changed afterwards.
 *
 * @throws CodecError `ERR_CODEC_DEFINITION` with what is wrong; so do `createEncoder` and `createDecoder` of the plug-in, when what
 *   the codec makes is no encoder or decoder
 */
export function defineCodec<const Durations extends readonly number[]>(definition: CodecDefinition<Durations>): Codec {
  const codec = definition as CodecDefinition;
  const fault = faultOf(codec);
  if (fault) throw wrong(codec, fault);
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
      const taken = takenBy(codec, options.remoteFmtp) ?? durations;
      const usual = taken.includes(codec.defaultFrameDuration) ? codec.defaultFrameDuration : taken[0]!;
      const frameDuration = options.frameDuration ?? usual;
      if (!durations.includes(frameDuration) || !taken.includes(frameDuration)) {
        const known = taken.join(', ');
        throw new CodecError(
          'ERR_CODEC_OPTIONS',
          `${codec.name} has no frames of ${frameDuration} ms; ask for one of ${known} ms.`,
        );
      }
      const encoder = codec.createEncoder({ ...options, frameDuration });
      const bad = faultOfEncoder(encoder, frameDuration, codec.sampleRate);
      if (bad) throw wrong(codec, bad);
      return encoder;
    },
    createDecoder(options = {}) {
      const decoder = codec.createDecoder(options);
      const bad = missing(decoder, ['decode', 'conceal', 'reset'], 'createDecoder');
      if (bad) throw wrong(codec, bad);
      return decoder;
    },
  });
  defined.add(plugin);
  return plugin;
}

/** Frame durations that a peer takes, when it is known and the codec tells. */
function takenBy(codec: CodecDefinition, remoteFmtp: string | undefined): readonly number[] | undefined {
  return remoteFmtp === undefined ? undefined : codec.fmtp?.frameDurations?.(remoteFmtp);
}

/** Whether a codec came out of {@link defineCodec}. */
export function isDefinedCodec(codec: Codec): boolean {
  return defined.has(codec);
}

const wrong = (codec: CodecDefinition, fault: string): CodecError =>
  new CodecError('ERR_CODEC_DEFINITION', `Codec ${String(codec?.name || '(unnamed)')}: ${fault}.`);

function faultOf(codec: CodecDefinition): string | undefined {
  if (typeof codec !== 'object' || codec === null) return 'its description must be an object';
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
  if (
    codec.fmtp !== undefined &&
    (typeof codec.fmtp?.offer !== 'function' || typeof codec.fmtp.negotiate !== 'function')
  ) {
    return 'fmtp must have the functions offer and negotiate';
  }
  if (!['undefined', 'function'].includes(typeof codec.fmtp?.frameDurations)) {
    return 'frameDurations of fmtp must be a function, or left out';
  }
  return faultOfFrames(codec);
}

function faultOfEncoder(encoder: Encoder, frameDuration: number, sampleRate: number): string | undefined {
  const bad = missing(encoder, ['encode', 'reset'], 'createEncoder');
  if (bad) return bad;
  const samples = (frameDuration * sampleRate) / 1000;
  if (encoder.frameSamples === samples) return undefined;
  return `its encoder says frameSamples ${encoder.frameSamples}, but ${frameDuration} ms at ${sampleRate} Hz are ${samples}`;
}

function missing<Made extends Encoder | Decoder>(made: Made, methods: (keyof Made)[], by: string): string | undefined {
  if (typeof made !== 'object' || made === null) return `${by} returned ${made === null ? 'null' : typeof made}`;
  const method = methods.find((each) => typeof made[each] !== 'function');
  return method === undefined ? undefined : `what ${by} returned has no function ${String(method)}`;
}

function faultOfFrames(codec: CodecDefinition): string | undefined {
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
