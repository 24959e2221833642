/** What goes wrong with a codec; stable. */
export type CodecErrorCode =
  /** A description that breaks the contract. */
  | 'ERR_CODEC_DEFINITION'
  /** Settings the codec cannot work with. */
  | 'ERR_CODEC_OPTIONS'
  /** One of the same name, clock rate and channels is registered already. */
  | 'ERR_CODEC_DUPLICATE'
  /** This runtime cannot run the codec. */
  | 'ERR_CODEC_UNAVAILABLE';

/** A codec that breaks its contract, or settings no codec can work with. */
export class CodecError extends Error {
  override readonly name = 'CodecError';

  /**
   * @param code stable name of the failure
   * @param message a sentence that says what to do
   */
  constructor(
    readonly code: CodecErrorCode,
    message: string,
  ) {
    super(message);
  }
}
