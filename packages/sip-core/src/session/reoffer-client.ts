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

/** How often a re-INVITE is tried when it keeps meeting the peer's own. */
const MAX_ATTEMPTS = 5;

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
    for (let attempt = 1; ; attempt++) {
      await this.#session.reinvited;
      const { dialog, state } = this.#session;
      if (state !== 'confirmed' || !dialog)
        throw new SipStateError(`The session cannot be changed while it is ${state}.`);
      const refusal = await this.#attempt(dialog, options);
      if (!refusal) return;
      if (refusal.status !== 491 || attempt >= MAX_ATTEMPTS) throw refusal;
      await this.#wait();
    }
  }

  /** Answers undefined when it went well, or the refusal. */
  async #attempt(dialog: Dialog, options: ReinviteOptions): Promise<SipResponseError | undefined> {
    const session = this.#session;
    const { offerAnswer } = session;
    const request = dialog.createRequest('INVITE');
    for (const [name, value] of options.headers ?? []) request.headers.append(name, value);
    this.busy = true;
    try {
      if (!options.delayedOffer) {
        const offer = await offerAnswer.createOffer();
        request.setBody(offer.contentType, offer.body);
      }
      if (session.state !== 'confirmed') throw new SipStateError('The session has ended.');
      const { response, sent } = await this.#exchange(request, dialog);
      if (response.status >= 300) {
        if (!options.delayedOffer) offerAnswer.rollback();
        const refusal = new SipResponseError(response.status, response.reason, response);
        // RFC 3261 §12.2.1.2: the peer has lost the dialog.
        if (response.status === 481)
          session.end({ by: 'remote', status: 481, reason: response.reason, error: refusal });
        if (response.status === 408) await session.terminate();
        return refusal;
      }
      dialog.refreshTarget(response);
      await this.#complete(dialog, sent, response, options);
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
          if (answered) session.acknowledger.repeat(response.cseq.sequence);
          answered = true;
          resolve({ response, sent });
        },
        failed: (error) => {
          session.offerAnswer.rollback();
          reject(error);
          session.end({ by: 'error', error, ...(error.status === undefined ? {} : { status: error.status }) });
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

  /** RFC 3261 §14.1: who owns the Call-ID waits 2.1 to 4 s, the other up to 2 s, in steps of 10 ms. */
  #wait(): Promise<void> {
    const session = this.#session;
    const chance = session.host.random(1)[0]! / 255;
    const steps = session.direction === 'outgoing' ? 210 + Math.round(chance * 190) : Math.round(chance * 200);
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      this.#timer = session.host.clock.setTimer(steps * 10, resolve);
    });
  }
}
