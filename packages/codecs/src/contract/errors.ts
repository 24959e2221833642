/** What goes wrong with a codec; stable. */
export type CodecErrorCode =
  /** A description that breaks the contract. */
  | 'ERR_CODEC_DEFINITION'
  /** Settings the codec cannot work with. */
  | 'ERR_CODEC_OPTIONS'
  /** One of the same name, clock rate and channels is registered already. */
  | 'ERR_CODEC_DUPLICATE'
  /** A module that was named as a plug-in cannot be loaded, or has no codec that works. */
  | 'ERR_CODEC_PLUGIN'
  /** This runtime cannot run the codec. */
  | 'ERR_CODEC_UNAVAILABLE';

/** A codec that breaks its contract, or settings no codec can work with. */
export class CodecError extends Error {
  override readonly name = 'CodecError';

  /**
   * @param code stable name of the failure
   * @param message a sentence that says what to do
   * @param options the error underneath, when there is one
   */
  constructor(
    readonly code: CodecErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
