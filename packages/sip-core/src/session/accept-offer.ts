import type { SessionBody } from '../body/session-body';
import { SipError } from '../platform/errors';
import type { OfferAnswerHandler } from './offer-answer-handler';

/**
 * Answers an offer that came in a response: by ACK or PRACK, which goes in any case, with a refusal of all media when there is no better answer
 * (RFC 3261 §13.2.2.4, RFC 3262 §5).
 *
 * @param acknowledge sends it, with the answer when there is one
 * @throws SipError `ERR_SIP_NO_OFFER` when there was no offer; what the handler throws: the peer has been answered in both cases
 */
export async function acceptOffer(
  handler: OfferAnswerHandler,
  offer: SessionBody | undefined,
  acknowledge: (answer?: SessionBody) => void,
): Promise<void> {
  if (!offer) {
    acknowledge();
    throw new SipError('The peer was asked for an offer and gave none.', { code: 'ERR_SIP_NO_OFFER' });
  }
  let answer: SessionBody;
  try {
    answer = await handler.createAnswer(offer);
  } catch (error) {
    acknowledge(await refusal(handler, offer));
    throw error;
  }
  acknowledge(answer);
}

async function refusal(handler: OfferAnswerHandler, offer: SessionBody): Promise<SessionBody | undefined> {
  try {
    return await handler.refuseOffer?.(offer);
  } catch {
    // An offer that nobody can read has no answer at all.
    return undefined;
  }
}
