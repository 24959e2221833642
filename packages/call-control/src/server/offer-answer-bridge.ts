import { type OfferAnswerHandler, type SessionBody, SipError } from '@offhook/sip-core';
import { Deferred } from './deferred';

/** What the bridge needs of a leg once its call is up: a re-INVITE of its own. */
export interface RenegotiableLeg {
  reinvite(options?: { delayedOffer?: boolean }): Promise<void>;
}

/** The two legs of a back-to-back call: the caller's and the callee's. */
export type LegName = 'caller' | 'callee';

/** One offer and its answer (RFC 3264) on their way through. */
interface Exchange {
  /** The leg whose INVITE began it. */
  readonly begunBy: LegName;
  /** The leg the offer comes from: the same one, or with an INVITE that had none the other. */
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
  readonly #acceptCaller: () => void;
  /** The exchange of the INVITE, until the caller has asked for its answer. */
  #initial: Exchange | undefined;
  #current: Exchange | undefined;

  /**
   * @param initialOffer the offer of the caller's INVITE; undefined when it had none
   * @param acceptCaller called when the callee's offer is there and the caller, who made none, has to be answered with it
   */
  constructor(initialOffer: SessionBody | undefined, acceptCaller: () => void) {
    this.#acceptCaller = acceptCaller;
    const exchange = this.#open('caller', initialOffer ? 'caller' : 'callee');
    if (initialOffer) {
      this.#initial = exchange;
      exchange.offer.resolve(initialOffer);
    }
  }

  /** The side of a leg: what its INVITE session makes and takes descriptions with. */
  side(leg: LegName): BridgeSide {
    return new BridgeSide(this, leg);
  }

  /** Makes the leg known, so that a re-INVITE on the other can be passed on to it. */
  connect(name: LegName, leg: RenegotiableLeg): void {
    this.#legs[name] = leg;
  }

  /** Ends the exchange under way: nobody waits for its offer or answer any longer. */
  refuse(error: SipError): void {
    this.#current?.offer.reject(error);
    this.#current?.answer.reject(error);
    this.#current = undefined;
  }

  /** @internal */
  createOffer(leg: LegName): Promise<SessionBody> {
    if (!this.#current) {
      this.#open(leg, other(leg));
      this.#renegotiate(other(leg), { delayedOffer: true });
    }
    return this.#current!.offer.promise;
  }

  /** @internal */
  createAnswer(leg: LegName, offer: SessionBody): Promise<SessionBody> {
    if (this.#initial && leg === 'caller') {
      const { answer } = this.#initial;
      this.#initial = undefined;
      return answer.promise;
    }
    const awaited = this.#current;
    if (awaited?.from === leg) {
      awaited.offer.resolve(offer);
      if (!this.#legs.caller) this.#acceptCaller();
      return awaited.answer.promise;
    }
    if (awaited) throw new SipError('The other party is renegotiating; try again in a moment.', { status: 491 });
    const exchange = this.#open(leg, leg);
    exchange.offer.resolve(offer);
    this.#renegotiate(other(leg), {});
    return exchange.answer.promise;
  }

  /** @internal */
  acceptAnswer(answer: SessionBody): void {
    this.#current?.answer.resolve(answer);
    this.#current = undefined;
  }

  /** @internal */
  rollback(leg: LegName): void {
    // An INVITE of ours that met a 491 is sent again; when it finally fails, its own failure says so.
    if (this.#current?.begunBy === leg) this.refuse(new SipError('The offer was not answered.', { status: 488 }));
  }

  #renegotiate(name: LegName, options: { delayedOffer?: boolean }): void {
    const leg = this.#legs[name];
    const done = leg
      ? leg.reinvite(options)
      : Promise.reject(new SipError('The other party is not in the call yet.', { status: 491 }));
    done.catch((error: unknown) => {
      const status = error instanceof SipError ? error.status : undefined;
      this.refuse(
        new SipError('The other party did not agree to the change.', { status: status ?? 500, cause: error }),
      );
    });
  }

  #open(begunBy: LegName, from: LegName): Exchange {
    this.#current = { begunBy, from, offer: new Deferred(), answer: new Deferred() };
    return this.#current;
  }
}

/** The side of one leg of an {@link OfferAnswerBridge}. */
export class BridgeSide implements OfferAnswerHandler {
  readonly #bridge: OfferAnswerBridge;
  readonly #leg: LegName;
  /** Set in a dialog that the callee's INVITE has opened, until it is the one that is answered. */
  #tentative: boolean;
  #answer: SessionBody | undefined;

  /** @internal Made by {@link OfferAnswerBridge.side}. */
  constructor(bridge: OfferAnswerBridge, leg: LegName, tentative = false) {
    this.#bridge = bridge;
    this.#leg = leg;
    this.#tentative = tentative;
  }

  createOffer(): Promise<SessionBody> {
    return this.#bridge.createOffer(this.#leg);
  }

  createAnswer(offer: SessionBody): Promise<SessionBody> {
    return this.#bridge.createAnswer(this.#leg, offer);
  }

  acceptAnswer(answer: SessionBody): void {
    // Of several early answers only that of the callee who picks up may reach the caller.
    if (this.#tentative) this.#answer = answer;
    else this.#bridge.acceptAnswer(answer);
  }

  rollback(): void {
    this.#bridge.rollback(this.#leg);
  }

  fork(): BridgeSide {
    return new BridgeSide(this.#bridge, this.#leg, true);
  }

  /** The dialog of this side is the one that was answered: its answer goes on to the caller. */
  commit(): void {
    this.#tentative = false;
    if (this.#answer) this.#bridge.acceptAnswer(this.#answer);
    this.#answer = undefined;
  }
}

const other = (leg: LegName): LegName => (leg === 'caller' ? 'callee' : 'caller');
