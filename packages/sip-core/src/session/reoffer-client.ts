import type { Dialog } from '../dialog/dialog';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import type { Timer } from '../platform/clock';
import { SipError, SipResponseError, SipStateError } from '../platform/errors';
import type { InviteSession } from './invite-session';
import { sessionBody } from './offer-answer-handler';
import type { HeaderList } from './session-events';

/** Settings of {@link InviteSession.reinvite}. */
export interface ReinviteOptions {
  /** Whether it goes without an offer: the peer offers in its 200, we answer in the ACK. */
  delayedOffer?: boolean;
  headers?: HeaderList;
}

/** Our re-INVITEs of one session (RFC 3261 §14.1). */
export class ReofferClient {
  readonly #session: InviteSession;
  #queue: Promise<unknown> = Promise.resolve();
  #timer: Timer | undefined;
  #giveUp: ((error: SipError) => void) | undefined;
  /** An INVITE transaction of ours is under way. */
  busy = false;

  constructor(session: InviteSession) {
    this.#session = session;
  }

  reinvite(options: ReinviteOptions): Promise<void> {
    const done = this.#queue.then(() => this.#run(options));
    this.#queue = done.catch(() => {});
    return done;
  }

  /** The session is over. */
  close(): void {
    this.#timer?.cancel();
    this.#giveUp?.(new SipStateError('The session has ended.'));
  }

  async #run(options: ReinviteOptions): Promise<void> {
    const { clock, environment } = this.#session.host;
    // Behind a back-to-back user agent glare lasts until its other leg is done: as long as any request may take.
    const patience = clock.now() + 64 * environment.layer.timers.T1;
    for (;;) {
      await this.#session.idle();
      const { dialog, state } = this.#session;
      if (state !== 'confirmed' || !dialog)
        throw new SipStateError(`The session cannot be changed while it is ${state}.`);
      const refusal = await this.#attempt(dialog, options);
      if (!refusal) return;
      const pause = this.#pauseAfter(refusal);
      if (pause === undefined || clock.now() + pause > patience) throw refusal;
      await this.#wait(pause);
    }
  }

  /** Answers undefined when it went well, or the refusal. */
  async #attempt(dialog: Dialog, options: ReinviteOptions): Promise<SipResponseError | undefined> {
    const session = this.#session;
    const { offerAnswer } = session;
    this.busy = true;
    try {
      const offer = options.delayedOffer ? undefined : await offerAnswer.createOffer();
      if (session.state !== 'confirmed') {
        if (offer) offerAnswer.rollback();
        throw new SipStateError('The session has ended.');
      }
      const request = dialog.createRequest('INVITE');
      for (const [name, value] of options.headers ?? []) request.headers.append(name, value);
      if (offer) request.setBody(offer.contentType, offer.body);
      const { response, sent } = await this.#exchange(request, dialog);
      if (response.status >= 300) {
        if (!options.delayedOffer) offerAnswer.rollback();
        session.checkLost(response);
        return new SipResponseError(response.status, response.reason, response);
      }
      dialog.refreshTarget(response);
      // The transaction is over; what the peer begins from now on is no glare.
      this.busy = false;
      await session.settle(this.#complete(dialog, sent, response, options));
      return undefined;
    } finally {
      this.busy = false;
      this.#giveUp = undefined;
    }
  }

  #exchange(request: SipRequest, dialog: Dialog): Promise<{ response: SipResponse; sent: SipRequest }> {
    const session = this.#session;
    return new Promise((resolve, reject) => {
      let answered = false;
      this.#giveUp = reject;
      session.sendInDialog(request, dialog, {
        final: (response, sent) => {
          if (response.status >= 300) resolve({ response, sent });
          else if (answered) session.acknowledger.repeat(dialog, response.cseq.sequence);
          else if (session.state === 'terminated') session.acknowledger.acknowledge(dialog, sent);
          else resolve({ response, sent });
          answered = true;
        },
        failed: (error) => {
          if (request.body.length > 0) session.offerAnswer.rollback();
          reject(error);
          session.failedInDialog(error);
        },
      });
    });
  }

  async #complete(dialog: Dialog, sent: SipRequest, response: SipResponse, options: ReinviteOptions): Promise<void> {
    const { offerAnswer, acknowledger } = this.#session;
    const body = sessionBody(response);
    if (options.delayedOffer) {
      if (!body) {
        acknowledger.acknowledge(dialog, sent);
        throw new SipError('The peer was asked for an offer and gave none.', { code: 'ERR_SIP_NO_OFFER' });
      }
      try {
        acknowledger.acknowledge(dialog, sent, await offerAnswer.createAnswer(body));
      } catch (error) {
        acknowledger.acknowledge(dialog, sent);
        throw error;
      }
      return;
    }
    acknowledger.acknowledge(dialog, sent);
    if (!body) {
      offerAnswer.rollback();
      throw new SipError('The peer accepted without answering the offer.', { code: 'ERR_SIP_NO_ANSWER' });
    }
    try {
      await offerAnswer.acceptAnswer(body);
    } catch (error) {
      offerAnswer.rollback();
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
