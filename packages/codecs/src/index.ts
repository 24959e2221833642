export { PitchConcealment } from './concealment/pitch-concealment';
export type {
  Codec,
  CodecFmtp,
  Decoder,
  DecoderOptions,
  Encoder,
  EncoderOptions,
  StaticPayloadType,
} from './contract/codec';
export type { CodecDefinition, EncoderRequest } from './contract/codec-definition';
export { defineCodec } from './contract/define-codec';
export { CodecError, type CodecErrorCode } from './contract/errors';
export { pcma, pcmu } from './g711/g711';
export { createG722, type G722Options, g722 } from './g722/g722';
export { createIlbc, type IlbcOptions, ilbc } from './ilbc/ilbc';
export { createL16, type L16Options, l16x8, l16x16, l16x44, l16x44Stereo, l16x48 } from './l16/l16';
export { CodecRegistry } from './registry/codec-registry';
export { defaultRegistry } from './registry/default-registry';
export { type LoadCodecsOptions, loadCodecs } from './registry/load-codecs';
