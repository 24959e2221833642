export { PitchConcealment } from './concealment/pitch-concealment';
export type { Codec, CodecFmtp, Decoder, DecoderOptions, Encoder, EncoderOptions } from './contract/codec';
export { defineCodec } from './contract/define-codec';
export { CodecError, type CodecErrorCode } from './contract/errors';
export { pcma, pcmu } from './g711/g711';
export { createG722, type G722Options, g722 } from './g722/g722';
export { createL16, type L16Options, l16x8, l16x16, l16x48 } from './l16/l16';
export { CodecRegistry } from './registry/codec-registry';
export { defaultRegistry } from './registry/default-registry';
