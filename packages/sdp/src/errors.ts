/** What goes wrong with a session description; stable. */
export type SdpErrorCode =
  /** It is not a session description (RFC 4566). */
  | 'ERR_SDP_SYNTAX'
  /** It is one, but nothing in it can be agreed to. */
  | 'ERR_SDP_NOT_ACCEPTABLE'
  /** An answer that does not fit its offer (RFC 3264 §6). */
  | 'ERR_SDP_ANSWER'
  /** An offer or answer at a moment when none may come (RFC 3264 §4). */
  | 'ERR_SDP_STATE';

/** A session description that cannot be used, with the SIP status that says so. */
export class SdpError extends Error {
  override readonly name = 'SdpError';

  /**
   * @param code stable name of the failure
   * @param status SIP status that refuses the description: 400 for bad syntax, 488 when nothing can be agreed to
   * @param message a sentence that says what is wrong
   */
  constructor(
    readonly code: SdpErrorCode,
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}
