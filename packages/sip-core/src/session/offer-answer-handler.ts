import type { SessionBody } from '../body/session-body';
import type { SipRequest } from '../message/request';
import type { Logger } from '../platform/logger';

/**
 * Who makes and takes the session descriptions of an INVITE session. The session decides when (RFC 3261 §13.2.1, RFC 3264,
 * RFC 6337) and never reads one.
 */
export interface OfferAnswerHandler {
  /**
   * Makes an offer: for our INVITE or re-INVITE, or because the peer asked for one by an INVITE without.
   *
   * @param asked the peer's re-INVITE that asks for it; undefined when the INVITE is ours, or the first
   */
  createOffer(asked?: SipRequest): SessionBody | Promise<SessionBody>;
  /** Answers an offer. Throws a SipError whose status refuses it (488 when it has none). */
  createAnswer(offer: SessionBody): SessionBody | Promise<SessionBody>;
  /** Takes the answer to our offer. Throws when it cannot be used: a new call is then ended. */
  acceptAnswer(answer: SessionBody): void | Promise<void>;
  /** Our offer was refused, lost to glare, or never answered. */
  rollback(): void;
  /**
   * A handler with the same open offer, for a dialog of its own: each early dialog of a forked INVITE, and each answer of
   * one dialog that differs from the one before, gets one. Without it the one handler takes the first answer only.
   */
  fork?(): OfferAnswerHandler;
  /** This fork is not asked any more: another callee has answered, this one has refused (RFC 6228), or its answer was replaced by another. */
  dropped?(): void;
  /**
   * Answers an offer by refusing all its media (RFC 3264 §6): {@link createAnswer} could not, but the peer has to have an answer, as its offer
   * came in a response. Without it the ACK goes without one.
   */
  refuseOffer?(offer: SessionBody): SessionBody | Promise<SessionBody>;
}

/** Tells a handler that its offer came to nothing. One that fails over that does not keep the session from going on, or from ending. */
export function rollBack(handler: OfferAnswerHandler, logger: Logger): void {
  try {
    handler.rollback();
  } catch (error) {
    logger.error({ error }, 'An offerAnswer threw when its offer was rolled back.');
  }
}

/** Tells a fork that it is not asked any more; likewise. */
export function dropHandler(handler: OfferAnswerHandler, logger: Logger): void {
  try {
    handler.dropped?.();
  } catch (error) {
    logger.error({ error }, 'An offerAnswer threw when it was dropped.');
  }
}

/** Whether two bodies are the same, byte for byte. */
export function sameBody(a: SessionBody | undefined, b: SessionBody | undefined): boolean {
  if (!a || !b) return a === b;
  return a.body.length === b.body.length && a.body.every((byte, index) => byte === b.body[index]);
}
