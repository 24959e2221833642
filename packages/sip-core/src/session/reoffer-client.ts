import type { Dialog } from '../dialog/dialog';
import type { HeaderList } from '../message/header-list';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import type { Timer } from '../platform/clock';
import { SipError, SipResponseError, SipStateError } from '../platform/errors';
import type { OutgoingRequest } from '../sending/outgoing-request';
import { acceptOffer } from './accept-offer';
import { sessionBody } from './description';
import type { InviteSession } from './invite-session';
import { type OfferAnswerHandler, rollBack } from './offer-answer-handler';

/** Settings of {@link InviteSession.reinvite}. */
export interface ReinviteOptions {
  /** Whether it goes without an offer: the peer offers in its 200, we answer in the ACK. */
  delayedOffer?: boolean;
  /** Header fields beyond those the stack writes itself. */
  headers?: HeaderList;
  /** Who makes and takes the descriptions of this exchange alone; the session's `offerAnswer` when absent. */
  offerAnswer?: OfferAnswerHandler;
}

/** Settings of {@link InviteSession.update}. */
export interface UpdateOptions {
  /** False: nothing is offered; only our Contact and the session timer are refreshed. */
  offer?: boolean;
  /** Header fields beyond those the stack writes itself. */
  headers?: HeaderList;
}

/** What goes out: by which method, and with what. */
interface Plan {
  readonly method: 'INVITE' | 'UPDATE';
  readonly offers: boolean;
  readonly headers: HeaderList;
  readonly handler?: OfferAnswerHandler | undefined;
}

/** Our re-INVITEs and UPDATEs of one session (RFC 3261 §14.1, RFC 3311 §5.1). */
export class ReofferClient {
  readonly #session: InviteSession;
  #queue: Promise<unknown> = Promise.resolve();
  #timer: Timer | undefined;
  #outgoing: OutgoingRequest | undefined;
  #giveUp: ((error: SipError) => void) | undefined;
  /** An INVITE transaction, or an offer, of ours is under way. */
  busy = false;

  constructor(session: InviteSession) {
    this.#session = session;
  }

  reinvite({ delayedOffer = false, headers = [], offerAnswer }: ReinviteOptions): Promise<void> {
    return this.#enqueue({ method: 'INVITE', offers: !delayedOffer, headers, handler: offerAnswer });
  }

  update({ offer = true, headers = [] }: UpdateOptions): Promise<void> {
    return this.#enqueue({ method: 'UPDATE', offers: offer, headers });
  }

  /** The session is over. */
  close(): void {
    this.#timer?.cancel();
    this.#outgoing?.release();
    this.#giveUp?.(new SipStateError('The session has ended.'));
  }

  #enqueue(plan: Plan): Promise<void> {
    const done = this.#queue.then(() => this.#run(plan));
    this.#queue = done.catch(() => {});
    return done;
  }

  async #run(plan: Plan): Promise<void> {
    const { clock, environment } = this.#session.host;
    // Behind a back-to-back user agent glare lasts until its other leg is done: as long as any request may take.
    const patience = clock.now() + 64 * environment.layer.timers.T1;
    for (;;) {
      await this.#session.idle();
      const refusal = await this.#attempt(this.#dialogFor(plan), plan);
      if (!refusal) return;
      if (this.#session.timer.longer(refusal.response)) continue;
      const pause = this.#pauseAfter(refusal);
      if (pause === undefined || clock.now() + pause > patience) throw refusal;
      await this.#wait(pause);
    }
  }

  #dialogFor({ method, offers }: Plan): Dialog {
    const { dialog, state } = this.#session;
    const early = method === 'UPDATE';
    if (!dialog || state === 'terminated' || (state !== 'confirmed' && !early)) {
      throw new SipStateError(`The session cannot be changed while it is ${state}.`);
    }
    if (offers && !this.#session.handlerOf(dialog)) {
      throw new SipStateError(
        'Nothing can be offered before the first offer has been answered for good (RFC 3311 §5.1).',
      );
    }
    return dialog;
  }

  /** Answers undefined when it went well, or the refusal. */
  async #attempt(dialog: Dialog, plan: Plan): Promise<SipResponseError | undefined> {
    const session = this.#session;
    // Without an offer of ours, a re-INVITE is answered by the peer's, which has to be answered too.
    const handler = plan.handler ?? session.handlerOf(dialog) ?? session.offerAnswer;
    this.busy = plan.method === 'INVITE' || plan.offers;
    try {
      const offer = plan.offers ? await handler.createOffer() : undefined;
      if (session.state === 'terminated') {
        if (offer) rollBack(handler, this.#session.host.logger);
        throw new SipStateError('The session has ended.');
      }
      const request = dialog.createRequest(plan.method);
      for (const [name, value] of plan.headers) request.headers.append(name, value);
      session.timer.ask(request);
      if (offer) request.setBody(offer.contentType, offer.body);
      const { response, sent } = await this.#exchange(request, dialog, handler);
      session.hear(response);
      if (response.status >= 300) {
        if (offer) rollBack(handler, this.#session.host.logger);
        session.checkLost(response);
        return new SipResponseError(response.status, response.reason, response);
      }
      dialog.refreshTarget(response);
      session.timer.granted(response);
      // The transaction is over; what the peer begins from now on is no glare.
      this.busy = false;
      await session.settle(this.#complete(dialog, sent, response, plan, handler));
      return undefined;
    } finally {
      this.busy = false;
      this.#giveUp = this.#outgoing = undefined;
    }
  }

  #exchange(
    request: SipRequest,
    dialog: Dialog,
    handler: OfferAnswerHandler,
  ): Promise<{ response: SipResponse; sent: SipRequest }> {
    const session = this.#session;
    const isInvite = request.method === 'INVITE';
    return new Promise((resolve, reject) => {
      let answered = false;
      this.#giveUp = reject;
      this.#outgoing = session.sendInDialog(request, dialog, {
        final: (response, sent) => {
          if (response.status >= 300 || !isInvite) resolve({ response, sent });
          else if (answered) session.acknowledger.repeat(dialog, response.cseq.sequence);
          else if (session.state === 'terminated') session.acknowledger.acknowledge(dialog, sent);
          else resolve({ response, sent });
          answered = true;
        },
        failed: (error) => {
          if (request.body.length > 0) rollBack(handler, this.#session.host.logger);
          reject(error);
          session.failedInDialog(error, dialog);
        },
      });
    });
  }

  async #complete(
    dialog: Dialog,
    sent: SipRequest,
    response: SipResponse,
    { method, offers }: Plan,
    handler: OfferAnswerHandler,
  ): Promise<void> {
    const { acknowledger } = this.#session;
    const body = sessionBody(response);
    if (!offers) {
      if (method === 'UPDATE') return;
      await acceptOffer(handler, body, (answer) => acknowledger.acknowledge(dialog, sent, answer));
      return;
    }
    if (method === 'INVITE') acknowledger.acknowledge(dialog, sent);
    try {
      if (!body) throw new SipError('The peer accepted without answering the offer.', { code: 'ERR_SIP_NO_ANSWER' });
      await handler.acceptAnswer(body);
    } catch (error) {
      rollBack(handler, this.#session.host.logger);
      throw error;
    }
  }

  /**
   * How long to wait before it is tried again, in ms; undefined when it has been refused for good. After a 491 who owns the Call-ID waits
   * 2.1 to 4 s, the other up to 2 s, in steps of 10 ms (RFC 3261 §14.1). A 500 says itself how long, when the peer was not ready (§14.2).
   */
  #pauseAfter({ status, response }: SipResponseError): number | undefined {
    const { direction, host } = this.#session;
    if (status === 491) {
      const chance = host.random(1)[0]! / 255;
      return 10 * (direction === 'outgoing' ? 210 + Math.round(chance * 190) : Math.round(chance * 200));
    }
    const seconds = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
    return status === 500 && seconds >= 0 && seconds <= 10 ? Math.max(seconds * 1_000, 100) : undefined;
  }

  #wait(pause: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      this.#timer = this.#session.host.clock.setTimer(pause, resolve);
    });
  }
}
