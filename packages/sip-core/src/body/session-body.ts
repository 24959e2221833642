/** A body of a SIP message and what it is. */
export interface SessionBody {
  /** Such as `application/sdp`. */
  readonly contentType: string;
  readonly body: Uint8Array;
}
