/** What goes wrong with a session description; stable. */
export type SdpErrorCode =
  /** It is not a session description (RFC 4566). */
  | 'ERR_SDP_SYNTAX'
  /** It is one, but nothing in it can be agreed to. */
  | 'ERR_SDP_NOT_ACCEPTABLE'
  /** An answer that does not fit its offer (RFC 3264 §6). */
  | 'ERR_SDP_ANSWER'
  /** An offer or answer at a moment when none may come (RFC 3264 §4). */
  | 'ERR_SDP_STATE'
  /** A value of our own that cannot stand in a session description. */
  | 'ERR_SDP_VALUE'
  /** `adjustLocal` or `adjustRemote` failed, or changed what has to stay. */
  | 'ERR_SDP_ADJUSTMENT';

/** A session description that cannot be used, with the SIP status that says so. */
export class SdpError extends Error {
  override readonly name = 'SdpError';

  /**
   * @param code stable name of the failure
   * @param status SIP status that refuses the description: 400 for bad syntax, 488 when nothing can be agreed to, 491 for
   *   glare, 500 for a mistake of our own
   * @param message a sentence that says what is wrong
   * @param warning code for a `Warning` header (RFC 3261 §20.43): 302 for the profile, 304 for the kind of media, 305 for
   *   the codecs, 330 for multicast; undefined when none fits
   */
  constructor(
    readonly code: SdpErrorCode,
    readonly status: number,
    message: string,
    readonly warning?: number,
  ) {
    super(message);
  }
}
