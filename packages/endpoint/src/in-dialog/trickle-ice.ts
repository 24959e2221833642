import { parseTrickleFragment, SdpError, TRICKLE_FRAGMENT_TYPE, type TrickleFragment } from '@offhook/sdp';
import type { SipInfo } from '../sip/sip-session';
import { bareValue } from './header-value';

/** The Info Package of candidates that follow their description (RFC 8840 §10.1). */
export const TRICKLE_ICE = 'trickle-ice';

/** The candidates of an INFO; undefined when it is about something else, or malformed: it has been answered, and is left. */
export function candidatesOf({ package: about, body }: SipInfo): TrickleFragment | undefined {
  if (about !== TRICKLE_ICE || !body || bareValue(body.contentType) !== TRICKLE_FRAGMENT_TYPE) return undefined;
  try {
    return parseTrickleFragment(new TextDecoder().decode(body.body));
  } catch (error) {
    if (error instanceof SdpError) return undefined;
    throw error;
  }
}
