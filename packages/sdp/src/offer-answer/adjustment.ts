import { parseSessionDescription } from '../description/session-description';
import { SdpError } from '../errors';

/** What a description is in the offer/answer model. */
export type DescriptionKind = 'offer' | 'answer';

/**
 * Reads and changes the text of a description.
 *
 * @param sdp the whole text, with CRLF in ours; keys stand in it in clear
 * @returns the text to use, or undefined to leave it as it is
 */
export type AdjustDescription = (sdp: string, kind: DescriptionKind) => string | undefined;

/** The raw descriptions, open to the application. */
export interface AdjustmentOptions {
  /**
   * Sees and changes each description of ours before it is sent. Attributes, bandwidth and the like may be added and taken away; number,
   * order, kinds, profiles and refusals of the media lines have to stay, or `ERR_SDP_ADJUSTMENT` is thrown. Payload types of formats
   * have to stay as well: answers are understood by them. The version in the `o=` line rises when the adjusted text changed.
   */
  adjustLocal?: AdjustDescription;
  /** Sees and changes each description of the peer before it is read, such as to mend what a known peer writes wrongly. */
  adjustRemote?: AdjustDescription;
}

/** @throws SdpError `ERR_SDP_ADJUSTMENT` (500) when it throws, or gives something else than a text */
export function adjusted(sdp: string, kind: DescriptionKind, adjust: AdjustDescription | undefined): string {
  if (!adjust) return sdp;
  let result: unknown;
  try {
    result = adjust(sdp, kind);
  } catch (error) {
    throw failure(`the function threw: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  if (result === undefined) return sdp;
  if (typeof result !== 'string') throw failure('the function gave no text');
  return result;
}

/** @throws SdpError `ERR_SDP_ADJUSTMENT` (500) also when the media lines are others than before */
export function adjustedLocal(sdp: string, kind: DescriptionKind, adjust: AdjustDescription | undefined): string {
  const text = adjusted(sdp, kind, adjust);
  if (text === sdp) return sdp;
  let after: string;
  try {
    after = shape(text);
  } catch (error) {
    throw failure((error as Error).message, error);
  }
  if (after !== shape(sdp)) throw failure('number, kinds, profiles and refusals of the media lines have to stay');
  return text;
}

const shape = (sdp: string): string =>
  JSON.stringify(parseSessionDescription(sdp).media.map(({ type, protocol, port }) => [type, protocol, port > 0]));

function failure(what: string, cause?: unknown): SdpError {
  const error = new SdpError('ERR_SDP_ADJUSTMENT', 500, `The description cannot be adjusted so: ${what}`);
  if (cause !== undefined) error.cause = cause;
  return error;
}
