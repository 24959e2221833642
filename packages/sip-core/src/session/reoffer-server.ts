import type { SessionBody } from '../body/session-body';
import type { Dialog } from '../dialog/dialog';
import { secureContact } from '../dialog/sips';
import type { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import { SipError } from '../platform/errors';
import type { ServerTransaction } from '../transaction/server-transaction';
import { AcceptedResponse } from './accepted-response';
import { refusalOfBody, sessionBody } from './description';
import type { InviteSession } from './invite-session';
import { type OfferAnswerHandler, rollBack } from './offer-answer-handler';
import { statusOf, warning } from './refusal';

/** A 2xx of ours that waits for its ACK. */
interface Accepted {
  readonly sequence: number;
  readonly response: AcceptedResponse;
  /** Whether the ACK has to bring the answer. */
  readonly offered: boolean;
  acknowledged(): void;
}

/** The peer's re-INVITEs and UPDATEs of one session (RFC 3261 §14.2, RFC 3311 §5.2), and the ACKs of all our 2xx. */
export class ReofferServer {
  readonly #session: InviteSession;
  #accepted: Accepted | undefined;
  /** The request being served. */
  #working: ServerTransaction | undefined;
  #done: (() => void) | undefined;
  /** Resolves when the exchange under way is over; undefined when none is. */
  busy: Promise<void> | undefined;

  constructor(session: InviteSession) {
    this.#session = session;
  }

  /** Answers a re-INVITE or UPDATE. */
  async receive(transaction: ServerTransaction, dialog: Dialog): Promise<void> {
    const session = this.#session;
    const { request } = transaction;
    const isInvite = request.method === 'INVITE';
    const refusal = refusalOfBody(request, session.host.accept);
    if (refusal) {
      transaction.reply(refusal.status, refusal);
      return;
    }
    const offer = sessionBody(request);
    if (!isInvite && !offer) {
      this.#refreshOnly(transaction, dialog);
      return;
    }
    if (isInvite && this.#accepted && !this.#accepted.offered) this.#impliedAck(this.#accepted);
    // §14.2, RFC 3311 §5.2: another one is being served.
    if (this.#working) {
      this.#tryLater(transaction);
      return;
    }
    // §14.2: it crosses an INVITE of ours, or an offer of ours has no answer yet.
    if (session.reinviting || this.#accepted?.offered) {
      transaction.reply(491);
      return;
    }
    this.#begin(transaction);
    transaction.handlers.cancelled = () => {
      if (!transaction.answered) transaction.reply(487);
    };
    try {
      await session.settling;
      const handler = session.handlerOf(dialog);
      if (handler && (session.state === 'confirmed' || !isInvite))
        await this.#serve(transaction, dialog, handler, offer);
      // RFC 3311 §5.2: the first exchange is not over. Whose offer it was decides.
      else if (session.state === 'terminated') transaction.reply(487);
      else if (isInvite || session.direction === 'outgoing') transaction.reply(491);
      else this.#tryLater(transaction);
    } catch (error) {
      if (!transaction.answered) transaction.reply(statusOf(error), { headers: warning(error) });
    } finally {
      this.#working = undefined;
      if (!this.#accepted) this.#end();
    }
  }

  async #serve(
    transaction: ServerTransaction,
    dialog: Dialog,
    offerAnswer: OfferAnswerHandler,
    offer: SessionBody | undefined,
  ): Promise<void> {
    const session = this.#session;
    const { request } = transaction;
    const body = await (offer ? offerAnswer.createAnswer(offer) : offerAnswer.createOffer(request));
    if (transaction.answered || session.state === 'terminated') {
      if (!offer) rollBack(offerAnswer, session.host.logger);
      if (!transaction.answered) transaction.reply(487);
      return;
    }
    const response = this.#accepting(transaction).setBody(body.contentType, body.body);
    dialog.refreshTarget(request);
    if (request.method === 'INVITE') {
      this.accept(transaction, response, !offer, () => session.emit('reoffered', request));
    } else {
      transaction.respond(response);
      session.emit('reoffered', request);
    }
  }

  /** An UPDATE without an offer changes no more than the target (RFC 3311 §5.2). */
  #refreshOnly(transaction: ServerTransaction, dialog: Dialog): void {
    dialog.refreshTarget(transaction.request);
    transaction.respond(this.#accepting(transaction));
  }

  #accepting(transaction: ServerTransaction): SipResponse {
    const { host } = this.#session;
    const response = SipResponse.for(transaction.request, 200, undefined, { toTag: transaction.toTag });
    response.headers.copyFrom(transaction.request.headers, 'Record-Route');
    response.contact = this.#session.ownContact(transaction.flow);
    secureContact(response, transaction.request, transaction.flow);
    host.decorate(response);
    this.#session.timer.grant(transaction.request, response);
    return response;
  }

  #tryLater(transaction: ServerTransaction): void {
    const seconds = Math.floor((this.#session.host.random(1)[0]! / 256) * 11);
    transaction.reply(500, { headers: [['Retry-After', String(seconds)]] });
  }

  /**
   * Sends a 2xx to an INVITE until its ACK comes. Serves the first INVITE of an incoming session as well.
   *
   * @param offered whether the 2xx has our offer, so that the ACK has to bring the answer
   * @param done called when the ACK, and the answer in it, are there
   */
  accept(transaction: ServerTransaction, response: SipResponse, offered: boolean, done: () => void): void {
    const session = this.#session;
    const { clock, environment } = session.host;
    this.#accepted = {
      sequence: transaction.request.cseq.sequence,
      offered,
      acknowledged: done,
      response: new AcceptedResponse(
        clock,
        environment.layer.timers,
        () => {
          // Timer L of the transaction is as long as this one: at the very end there may be nothing left to send through.
          if (transaction.state === 'proceeding' || transaction.state === 'accepted') transaction.respond(response);
        },
        () => {
          this.#accepted = undefined;
          if (offered) rollBack(session.offerAnswer, session.host.logger);
          this.#end();
          // §13.3.1.4: no ACK came in 64*T1.
          void session.hangUp({ by: 'error', status: 408, error: noAck() });
        },
      ),
    };
  }

  /** An ACK of a 2xx has come. */
  acknowledged(ack: SipRequest): void {
    const accepted = this.#accepted;
    if (!accepted || ack.cseq.sequence !== accepted.sequence) return;
    accepted.response.stop();
    this.#accepted = undefined;
    if (accepted.offered) {
      void this.#session.settle(this.#takeAnswer(accepted, ack));
      this.#end();
    } else {
      this.#finish(accepted);
    }
  }

  /** Whose next INVITE comes has our 2xx to the last one, though the ACK was lost or overtaken (RFC 5407 §3.1). */
  #impliedAck(accepted: Accepted): void {
    accepted.response.stop();
    this.#accepted = undefined;
    this.#finish(accepted);
  }

  #finish(accepted: Accepted): void {
    this.#end();
    if (this.#session.state !== 'terminated') accepted.acknowledged();
  }

  async #takeAnswer(accepted: Accepted, ack: SipRequest): Promise<void> {
    const session = this.#session;
    const answer = sessionBody(ack);
    try {
      if (!answer) throw new SipError('The ACK brought no answer to our offer.', { code: 'ERR_SIP_NO_ANSWER' });
      await session.offerAnswer.acceptAnswer(answer);
    } catch (error) {
      rollBack(session.offerAnswer, session.host.logger);
      const failure = error instanceof Error ? error : new Error(String(error));
      // A first INVITE without agreed media is no call; after a re-INVITE the session goes on as it was.
      if (session.state !== 'confirmed') void session.hangUp({ by: 'error', status: 488, error: failure });
      return;
    }
    if (session.state !== 'terminated') accepted.acknowledged();
  }

  /** Whether a 2xx of ours waits for its ACK. */
  get waitsForAck(): boolean {
    return this.#accepted !== undefined;
  }

  /** The session is over: nothing is repeated any more, and what is being served gets 487 (RFC 3261 §15.1.2). */
  close(): void {
    if (this.#working?.answered === false) this.#working.reply(487);
    this.#accepted?.response.stop();
    this.#accepted = undefined;
    this.#end();
  }

  #begin(transaction: ServerTransaction): void {
    this.#working = transaction;
    this.busy = new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  #end(): void {
    this.#done?.();
    this.#done = undefined;
    this.busy = undefined;
  }
}

const noAck = () =>
  new SipError('The peer did not acknowledge the answered call.', { code: 'ERR_SIP_NO_ACK', status: 408 });
