import {
  type IncomingSession,
  type OutgoingSession,
  type SessionEnd,
  SipError,
  sessionBody,
  TypedEmitter,
} from '@offhook/sip-core';
import { BridgeSide, OfferAnswerBridge } from './offer-answer-bridge';

/** Events of a {@link TwoPartyCall}. */
export interface TwoPartyCallEvents {
  /** Both parties are in the call. */
  established: [];
  /** Both legs are over. */
  ended: [];
}

/** Begins the leg to the callee with the side of the call that makes its offers and answers. */
export type PlaceCallee = (side: BridgeSide, delayedOffer: boolean) => OutgoingSession;

/**
 * A call through a back-to-back user agent: two dialogs, each of its own, and between them nothing but signalling. What
 * happens on one leg is done on the other: ringing, answer, refusal, change of the session, end.
 */
export class TwoPartyCall extends TypedEmitter<TwoPartyCallEvents> {
  readonly caller: IncomingSession;
  readonly callee: OutgoingSession;
  readonly #bridge: OfferAnswerBridge;
  readonly #callerOffers: boolean;

  /** @internal @param placeCallee begins the leg to the callee */
  constructor(caller: IncomingSession, placeCallee: PlaceCallee) {
    super();
    const offer = sessionBody(caller.invite);
    this.#callerOffers = offer !== undefined;
    this.#bridge = new OfferAnswerBridge(offer, () => this.#acceptCaller());
    this.caller = caller;
    caller.offerAnswer = this.#bridge.side('caller');
    this.callee = placeCallee(this.#bridge.side('callee'), offer === undefined);
    this.#followCaller();
    this.#followCallee();
  }

  /** Ends both legs, whatever state they are in. */
  async terminate(): Promise<void> {
    await Promise.all([this.caller.terminate(), this.callee.terminate()]);
  }

  #followCaller(): void {
    this.caller.on('established', () => {
      this.#bridge.connect('caller', this.caller);
      this.#checkEstablished();
    });
    this.caller.on('ended', () => {
      this.#bridge.refuse(new SipError('The caller has hung up.', { status: 487 }));
      void this.callee.terminate();
      this.#checkEnded();
    });
  }

  #followCallee(): void {
    this.callee.on('provisional', ({ status }) => this.#ringCaller(status));
    this.callee.on('established', () => {
      this.#bridge.connect('callee', this.callee);
      if (this.callee.offerAnswer instanceof BridgeSide) this.callee.offerAnswer.commit();
      if (this.#callerOffers) this.#acceptCaller();
      this.#checkEstablished();
    });
    this.callee.on('ended', (end) => {
      this.#bridge.refuse(new SipError('The callee has hung up.', { status: 487 }));
      this.#releaseCaller(end);
      this.#checkEnded();
    });
  }

  #ringCaller(status: number): void {
    const { state } = this.caller;
    if (state === 'proceeding' || state === 'early') this.caller.ring({ status }).catch(() => {});
  }

  #acceptCaller(): void {
    // A failure ends the caller's leg, and with it this call.
    this.caller.accept().catch(() => {});
  }

  /** Tells the caller why there is no callee, or hangs up on him. */
  #releaseCaller({ status, reason }: SessionEnd): void {
    const { state } = this.caller;
    if (state !== 'proceeding' && state !== 'early') {
      void this.caller.terminate();
      return;
    }
    // A callee nobody heard of is unavailable; a challenge or redirection would mean nothing to the caller.
    const passable = status !== undefined && status >= 400 && status !== 401 && status !== 407;
    if (passable) this.caller.reject(status, reason);
    else this.caller.reject(480);
  }

  #checkEstablished(): void {
    if (this.caller.state === 'confirmed' && this.callee.state === 'confirmed') this.emit('established');
  }

  #checkEnded(): void {
    if (this.caller.state === 'terminated' && this.callee.state === 'terminated') this.emit('ended');
  }
}
