import type { Dialog } from '../dialog/dialog';
import { RAck, RSeq } from '../headers/reliability';
import type { SipResponse } from '../message/response';
import type { InviteSession } from './invite-session';
import type { SessionBody } from './offer-answer-handler';

/** PRACKs sent, one after the other, that are overtaken by other requests of ours. */
const TRIES = 5;

/**
 * @internal Acknowledges a reliable provisional response of a dialog (RFC 3262 §4).
 *
 * @param answer when the response had an offer
 */
export function acknowledgeProvisional(
  session: InviteSession,
  dialog: Dialog,
  response: SipResponse,
  answer?: SessionBody,
  tries = TRIES,
): void {
  const prack = dialog.createRequest('PRACK');
  const { sequence, method } = response.cseq;
  RAck.write(prack, { rseq: RSeq.read(response)!, sequence, method });
  if (answer) prack.setBody(answer.contentType, answer.body);
  session.sendInDialog(prack, dialog, {
    final: ({ status }) => {
      // RFC 3261 §12.2.2: a request with a higher number was there first. The response still waits to be acknowledged.
      if (status === 500 && tries > 1 && session.state !== 'terminated')
        acknowledgeProvisional(session, dialog, response, answer, tries - 1);
      else if (status >= 300) session.host.logger.warn({ status }, 'A PRACK was refused.');
    },
    // The peer, which waits for it, ends the call by itself (§3).
    failed: (error) => session.host.logger.warn({ error: error.message }, 'A PRACK was not answered.'),
  });
}
