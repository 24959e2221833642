export { PitchConcealment } from './concealment/pitch-concealment';
export type { Codec, CodecFmtp, Decoder, DecoderOptions, Encoder, EncoderOptions } from './contract/codec';
export { defineCodec } from './contract/define-codec';
export { CodecError, type CodecErrorCode } from './contract/errors';
export { pcma, pcmu } from './g711/g711';
export { CodecRegistry } from './registry/codec-registry';
export { defaultRegistry } from './registry/default-registry';
