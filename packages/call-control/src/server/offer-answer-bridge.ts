import { type OfferAnswerHandler, type SessionBody, SipError } from '@offhook/sip-core';

/** What the bridge needs of a leg once its call is up: a re-INVITE of its own. */
export interface RenegotiableLeg {
  reinvite(options?: { delayedOffer?: boolean }): Promise<void>;
}

/** The two legs of a back-to-back call: the caller's and the callee's. */
export type LegName = 'caller' | 'callee';

/** One offer and its answer (RFC 3264) on their way through. */
interface Exchange {
  /** The leg the offer comes from. */
  readonly from: LegName;
  readonly offer: Deferred<SessionBody>;
  readonly answer: Deferred<SessionBody>;
}

/**
 * Carries offers and answers between two dialogs untouched, so that media flows between the two parties and never here:
 * an offer that arrives on one leg leaves on the other, and the answer takes the way back. An INVITE without an offer is
 * passed on without one; the offer then comes with the 2xx and the answer with the ACK (RFC 3261 §13.2.1).
 */
export class OfferAnswerBridge {
  readonly #legs: Partial<Record<LegName, RenegotiableLeg>> = {};
  readonly #callerMayAnswer: () => void;
  #exchange: Exchange | undefined;

  /**
   * @param initialOffer the offer of the caller's INVITE; undefined when it had none
   * @param acceptCaller called when the callee's offer is there and the caller, who made none, has to be answered with it
   */
  constructor(initialOffer: SessionBody | undefined, acceptCaller: () => void) {
    this.#callerMayAnswer = acceptCaller;
    this.#exchange = this.#open(initialOffer ? 'caller' : 'callee');
    if (initialOffer) this.#exchange.offer.resolve(initialOffer);
  }

  /** Makes the leg known, so that a re-INVITE on the other can be passed on to it. */
  connect(name: LegName, leg: RenegotiableLeg): void {
    this.#legs[name] = leg;
  }

  /** The end of a call: nobody waits for an answer any longer. */
  close(error: SipError): void {
    this.#exchange?.offer.reject(error);
    this.#exchange?.answer.reject(error);
    this.#exchange = undefined;
  }

  /** The seam to the INVITE session of a leg. */
  handler(leg: LegName): OfferAnswerHandler {
    return {
      createOffer: () => this.#createOffer(leg),
      createAnswer: (offer) => this.#createAnswer(leg, offer),
      acceptAnswer: (answer) => this.#acceptAnswer(answer),
      rollback: () => this.#refuse(new SipError('The other party refused the offer.', { status: 488 })),
    };
  }

  #createOffer(leg: LegName): Promise<SessionBody> {
    if (!this.#exchange) {
      this.#exchange = this.#open(other(leg));
      this.#renegotiate(other(leg), { delayedOffer: true });
    }
    return this.#exchange.offer.promise;
  }

  #createAnswer(leg: LegName, offer: SessionBody): Promise<SessionBody> {
    const pending = this.#exchange;
    if (pending?.from === leg) {
      const wasAwaited = !pending.offer.settled;
      pending.offer.resolve(offer);
      if (wasAwaited && leg === 'callee') this.#callerMayAnswer();
      return pending.answer.promise;
    }
    if (pending) throw new SipError('The other party is renegotiating; try again in a moment.', { status: 491 });
    this.#exchange = this.#open(leg);
    this.#exchange.offer.resolve(offer);
    const answer = this.#exchange.answer.promise;
    this.#renegotiate(other(leg), {});
    return answer;
  }

  #acceptAnswer(answer: SessionBody): void {
    this.#exchange?.answer.resolve(answer);
    this.#exchange = undefined;
  }

  #refuse(error: SipError): void {
    this.close(error);
  }

  #renegotiate(name: LegName, options: { delayedOffer?: boolean }): void {
    const leg = this.#legs[name];
    const done = leg
      ? leg.reinvite(options)
      : Promise.reject(new SipError('The other party is not in the call yet.', { status: 491 }));
    done.catch((error: unknown) => {
      const status = error instanceof SipError ? error.status : undefined;
      this.#refuse(
        new SipError('The other party did not agree to the change.', { status: status ?? 500, cause: error }),
      );
    });
  }

  #open(from: LegName): Exchange {
    return { from, offer: new Deferred(), answer: new Deferred() };
  }
}

const other = (leg: LegName): LegName => (leg === 'caller' ? 'callee' : 'caller');

/** A promise settled from outside; nobody has to listen to its rejection. */
class Deferred<T> {
  readonly promise: Promise<T>;
  settled = false;
  #resolve!: (value: T) => void;
  #reject!: (error: Error) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.promise.catch(() => {});
  }

  resolve(value: T): void {
    this.settled = true;
    this.#resolve(value);
  }

  reject(error: Error): void {
    this.settled = true;
    this.#reject(error);
  }
}
