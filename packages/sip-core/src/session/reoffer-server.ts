import type { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import { SipError } from '../platform/errors';
import type { ServerTransaction } from '../transaction/server-transaction';
import { AcceptedResponse } from './accepted-response';
import type { InviteSession } from './invite-session';
import { sessionBody } from './offer-answer-handler';

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
  #working = false;
  #done: (() => void) | undefined;
  /** Resolves when the exchange under way is over; undefined when none is. */
  busy: Promise<void> | undefined;

  constructor(session: InviteSession) {
    this.#session = session;
  }

  /** Answers a re-INVITE or UPDATE. */
  async receive(transaction: ServerTransaction): Promise<void> {
    const session = this.#session;
    const { request } = transaction;
    const isInvite = request.method === 'INVITE';
    if (this.#working || (isInvite && this.#accepted)) {
      // §14.2: another one is being served.
      const seconds = Math.floor((session.host.random(1)[0]! / 256) * 11);
      transaction.reply(500, { headers: [['Retry-After', String(seconds)]] });
      return;
    }
    // §14.2: it crosses one of ours.
    if (session.reinviting) {
      transaction.reply(491);
      return;
    }
    if (session.state !== 'confirmed' && isInvite) {
      transaction.reply(491);
      return;
    }
    const offer = sessionBody(request);
    if (offer && !session.host.accept.includes(mediaType(offer.contentType))) {
      transaction.reply(415, { headers: [['Accept', session.host.accept.join(', ')]] });
      return;
    }
    this.#begin();
    transaction.handlers.cancelled = () => {
      if (!transaction.answered) transaction.reply(487);
    };
    try {
      const response = SipResponse.for(request, 200, undefined, { toTag: transaction.toTag });
      response.headers.copyFrom(request.headers, 'Record-Route');
      response.contact = session.host.contact(transaction.flow, session.localUser);
      if (offer) {
        const answer = await session.offerAnswer.createAnswer(offer);
        response.setBody(answer.contentType, answer.body);
      } else if (isInvite) {
        const own = await session.offerAnswer.createOffer();
        response.setBody(own.contentType, own.body);
      }
      session.host.decorate(response);
      if (transaction.answered || session.state === 'terminated') {
        if (!offer && isInvite) session.offerAnswer.rollback();
        if (!transaction.answered) transaction.reply(487);
        this.#end();
        return;
      }
      session.dialog?.refreshTarget(request);
      if (!isInvite) {
        transaction.respond(response);
        this.#end();
        session.emit('reoffered', request);
        return;
      }
      this.accept(transaction, response, !offer, () => session.emit('reoffered', request));
    } catch (error) {
      if (!transaction.answered) transaction.reply(statusOf(error), { headers: warning(error) });
      this.#end();
    } finally {
      this.#working = false;
    }
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
          if (offered) session.offerAnswer.rollback();
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
    void this.#finish(accepted, ack);
  }

  async #finish(accepted: Accepted, ack: SipRequest): Promise<void> {
    const session = this.#session;
    this.#accepted = undefined;
    if (accepted.offered) {
      const answer = sessionBody(ack);
      try {
        if (!answer) throw new SipError('The ACK brought no answer to our offer.', { code: 'ERR_SIP_NO_ANSWER' });
        await session.offerAnswer.acceptAnswer(answer);
      } catch (error) {
        session.offerAnswer.rollback();
        this.#end();
        const failure = error instanceof Error ? error : new Error(String(error));
        // A first INVITE without agreed media is no call; after a re-INVITE the session goes on as it was.
        if (session.state !== 'confirmed') await session.hangUp({ by: 'error', status: 488, error: failure });
        return;
      }
    }
    this.#end();
    if (session.state !== 'terminated') accepted.acknowledged();
  }

  /** Whether a 2xx of ours waits for its ACK. */
  get waitsForAck(): boolean {
    return this.#accepted !== undefined;
  }

  /** The session is over: nothing is repeated any more. */
  close(): void {
    this.#accepted?.response.stop();
    this.#accepted = undefined;
    this.#end();
  }

  #begin(): void {
    this.#working = true;
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

/** Type and subtype of a Content-Type, without parameters. */
export const mediaType = (contentType: string): string => contentType.split(';', 1)[0]!.trim().toLowerCase();

/** The status an error of an {@link OfferAnswerHandler} stands for; 488 when it has none. */
export function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | undefined)?.status;
  return typeof status === 'number' && status >= 300 && status <= 699 ? status : 488;
}

/** A Warning that says in words why a description was refused (RFC 3261 §20.43, code 399). */
export function warning(error: unknown): HeaderFields {
  const text = error instanceof Error ? error.message : String(error);
  const plain = text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/[\\"]/g, "'")
    .slice(0, 200);
  return [['Warning', `399 offhook "${plain}"`]];
}

type HeaderFields = [name: string, value: string][];
