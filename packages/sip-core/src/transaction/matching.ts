import type { SipRequest } from '../message/request';
import { joined } from '../platform/joined';

/** How a branch begins that follows RFC 3261 (§8.1.1.7). */
export const MAGIC_COOKIE = 'z9hG4bK';

/** Which client transaction a response belongs to (RFC 3261 §17.1.3): its branch and the method of its CSeq. */
export const clientKey = (branch: string, method: string): string => joined(branch, method);

/**
 * Which server transaction a request belongs to (RFC 3261 §17.2.3). An ACK belongs to the INVITE it acknowledges. A request
 * without the magic cookie, or with nothing after it, comes from an RFC 2543 element and is known by its addresses and numbers instead.
 *
 * @param method the method to look for when it is not the request's own: `INVITE` finds what a CANCEL is to cancel
 */
export function serverKey(request: SipRequest, method = request.method === 'ACK' ? 'INVITE' : request.method): string {
  const { via } = request;
  const { branch } = via;
  if (branch?.startsWith(MAGIC_COOKIE) && branch.length > MAGIC_COOKIE.length) {
    return joined(branch, via.host, via.port ?? '', method);
  }
  const { callId, cseq, from } = request;
  // The tag of To is left out: an INVITE has none where its ACK has one, and Call-ID with CSeq tells calls apart.
  const { uriText } = request;
  return joined(2543, uriText, from.tag ?? '', callId, cseq.sequence, via.host, via.port ?? '', method);
}
