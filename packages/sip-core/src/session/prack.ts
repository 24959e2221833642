import type { SessionBody } from '../body/session-body';
import type { Dialog } from '../dialog/dialog';
import { RAck, RSeq } from '../headers/reliability';
import type { SipResponse } from '../message/response';
import type { InviteSession } from './invite-session';

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
  tries = 1,
): void {
  const prack = dialog.createRequest('PRACK');
  const { sequence, method } = response.cseq;
  RAck.write(prack, { rseq: RSeq.read(response)!, sequence, method });
  if (answer) prack.setBody(answer.contentType, answer.body);
  session.sendInDialog(prack, dialog, {
    final: (refusal) => {
      const { status } = refusal;
      // The response still waits to be acknowledged.
      const again = dialog.overtaken(refusal, tries) && session.state !== 'terminated';
      if (again) acknowledgeProvisional(session, dialog, response, answer, tries + 1);
      else if (status >= 300) session.host.logger.warn({ status }, 'A PRACK was refused.');
    },
    // The peer, which waits for it, ends the call by itself (§3).
    failed: (error) => session.host.logger.warn({ error: error.message }, 'A PRACK was not answered.'),
  });
}
