import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import type { IncomingReferral } from '../refer/incoming-referral';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { IncomingInfo } from './info';

/**
 * Where a session stands: `initial` (nothing has been answered), `proceeding` (100 or 1xx without a tag), `early` (a dialog
 * is there), `answering` (we have sent a 2xx and wait for the ACK, or prepare it), `confirmed`, `terminated`.
 */
export type InviteSessionState = 'initial' | 'proceeding' | 'early' | 'answering' | 'confirmed' | 'terminated';

/** How a session ended. */
export interface SessionEnd {
  /** Who ended it; `error` when nobody did. */
  readonly by: 'local' | 'remote' | 'error';
  /** SIP status of the refusal, when there was one. */
  readonly status?: number;
  /** Reason phrase, or the text of a Reason header field (RFC 3326). */
  readonly reason?: string;
  readonly error?: Error;
  /** The response or request that ended it, when one came. */
  readonly message?: SipResponse | SipRequest;
}

/** Events of an {@link InviteSession}. */
export interface InviteSessionEvents {
  state: [state: InviteSessionState];
  /** The peer said something: a request inside the session, or a response to an INVITE or UPDATE of ours; not the ACK. Comes before it is acted on. */
  heard: [message: SipRequest | SipResponse];
  /** Outgoing: a 101 to 199 came. */
  provisional: [response: SipResponse];
  /** The ACK was sent or has come. */
  established: [];
  /** The peer changed the session by a re-INVITE or UPDATE of its own. */
  reoffered: [request: SipRequest];
  /** The peer has sent an INFO about an Info Package that is received, `infoPackages` of the stack; it has been answered 200. */
  info: [info: IncomingInfo];
  /** The peer refers us elsewhere: a transfer. Needs a {@link ReferServer}; what nobody listens to here is the stack's event. */
  refer: [referral: IncomingReferral];
  /**
   * A request inside the dialog that the session does not answer itself; unless somebody listens, 405 or 489. When the session ends before
   * it is answered it gets 487.
   */
  request: [transaction: ServerTransaction];
  /** The session is over; always the last event, and comes once. */
  ended: [end: SessionEnd];
}
