import type { OfferAnswerHandler, SessionBody } from '@offhook/sip-core';
import { SipError } from '@offhook/sip-core';
import { Deferred } from './deferred';

/** One description offered to a party by an INVITE or re-INVITE, and what it answered. */
export class ServerOffer implements OfferAnswerHandler {
  readonly #description: () => SessionBody;
  answer: SessionBody | undefined;

  constructor(description: () => SessionBody) {
    this.#description = description;
  }

  createOffer(): SessionBody {
    return this.#description();
  }

  createAnswer(): never {
    throw new SipError('Nothing may be offered here.', { status: 488 });
  }

  acceptAnswer(answer: SessionBody): void {
    this.answer = answer;
  }

  rollback(): void {}

  /** Each dialog of a forked INVITE has an answer of its own. */
  fork(): ServerOffer {
    return new ServerOffer(this.#description);
  }
}

/** An INVITE or re-INVITE without a description: the offer the party made in its 200, and the answer that goes with the ACK. */
export class Solicitation implements OfferAnswerHandler {
  readonly #offer = new Deferred<SessionBody>();
  readonly #answer = new Deferred<SessionBody>();

  /** What the party offers. */
  get offer(): Promise<SessionBody> {
    return this.#offer.promise;
  }

  /** Sends the ACK with the answer. */
  answer(description: SessionBody): void {
    this.#answer.resolve(description);
  }

  /** There will be no answer, or no offer. The ACK refuses what was offered. */
  fail(error: Error): void {
    this.#offer.reject(error);
    this.#answer.reject(error);
  }

  createOffer(): never {
    throw new SipError('The party has to make the offer.', { status: 500 });
  }

  createAnswer(offer: SessionBody): Promise<SessionBody> {
    this.#offer.resolve(offer);
    return this.#answer.promise;
  }

  acceptAnswer(): void {}

  rollback(): void {}

  fork(): Solicitation {
    // Only the first dialog that offers is answered; the others are ended once one is confirmed.
    return this;
  }
}
