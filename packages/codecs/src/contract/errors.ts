/** A codec that breaks its contract, or settings no codec can work with. `code` is stable: `ERR_CODEC_DEFINITION`, `ERR_CODEC_OPTIONS`, `ERR_CODEC_DUPLICATE`. */
export class CodecError extends Error {
  override readonly name = 'CodecError';

  constructor(
    readonly code: 'ERR_CODEC_DEFINITION' | 'ERR_CODEC_OPTIONS' | 'ERR_CODEC_DUPLICATE',
    message: string,
  ) {
    super(message);
  }
}
