import {
  type IncomingSession,
  type OfferAnswerHandler,
  type OutgoingSession,
  type SessionBody,
  type SessionEnd,
  SipError,
  type SipRequest,
  type SipResponse,
  sessionBody,
  TypedEmitter,
} from '@offhook/sip-core';
import { DescriptionIdentity, directionOf, type MediaDirection, silentAnswer } from './descriptions';
import { ServerOffer, Solicitation } from './exchanges';

/** What a party offers when it was asked to (an INVITE or re-INVITE without a description): its ACK is owed until it has an answer. */
export interface Solicited {
  /** The party's offer. */
  readonly offer: SessionBody;
  /** Sends the ACK with the answer to it. Resolves when the exchange is over. */
  answer(description: SessionBody): Promise<void>;
  /** Sends the ACK with a refusal of all media: there is nobody to talk to. */
  refuse(): Promise<void>;
}

/** Events of a {@link Leg}. */
export interface LegEvents {
  /** The party rings, or says something else of its progress. @param status 101 to 199 */
  ringing: [status: number];
  /** The dialog is established. */
  established: [];
  /** The party has described itself anew on its own account, which may be a hold. */
  described: [direction: MediaDirection];
  /** The dialog is over. */
  ended: [end: SessionEnd];
}

/**
 * One dialog of the server with a party, and what is described in it. The server describes to it whoever it is to talk to ({@link offer}, {@link solicit}); what the
 * party changes on its own account is handed on to its {@link partner}.
 */
export class Leg extends TypedEmitter<LegEvents> implements OfferAnswerHandler {
  readonly session: IncomingSession | OutgoingSession;
  /** Whose media this party has: what one of both changes is offered to the other. Nobody: what it offers is answered with silence. */
  partner: Leg | undefined;
  /** The call, for X-Genesys-CallUUID of what is sent. */
  callUUID: string | undefined;
  /** What the party has said of itself last, its offer or its answer. */
  remote: SessionBody | undefined;
  /** The end of the dialog, once it has come. */
  end: SessionEnd | undefined;
  readonly #identity: DescriptionIdentity;
  #local: SessionBody | undefined;
  /** A change that goes through to the partner. */
  #passing: Solicited | 'offer' | undefined;
  /** Changes of the server under way; the party's have to wait. */
  #changes = 0;

  private constructor(session: IncomingSession | OutgoingSession, identity: DescriptionIdentity) {
    super();
    this.session = session;
    this.#identity = identity;
    session.on('ended', (end) => {
      this.end = end;
      this.partner = undefined;
      this.emit('ended', end);
    });
  }

  /** A party that has called. */
  static incoming(session: IncomingSession, id: string): Leg {
    const leg = new Leg(session, new DescriptionIdentity(id));
    leg.remote = sessionBody(session.invite);
    leg.#hearEvents(session.invite);
    session.on('established', () => leg.emit('established'));
    return leg;
  }

  /**
   * Calls a party.
   *
   * @param place sends the INVITE
   * @param description what is offered; without it the party offers
   */
  static outgoing(
    place: (offerAnswer: OfferAnswerHandler, delayedOffer: boolean) => OutgoingSession,
    id: string,
    description?: SessionBody,
  ): { leg: Leg; answered: Promise<SessionBody>; solicited: Promise<Solicited> } {
    const identity = new DescriptionIdentity(id);
    const owned = description && identity.own(description);
    const initial = owned ? new ServerOffer(() => owned) : new Solicitation();
    const session = place(initial, owned === undefined);
    const leg = new Leg(session, identity);
    leg.#local = owned;
    session.on('provisional', (response) => {
      leg.#hearEvents(response);
      leg.emit('ringing', response.status);
    });
    const established = new Promise<void>((resolve, reject) => {
      session.on('established', () => {
        if (session.offerAnswer instanceof ServerOffer) leg.remote = session.offerAnswer.answer;
        session.offerAnswer = leg;
        leg.emit('established');
        resolve();
      });
      session.on('ended', (end) => {
        const error = endError(end);
        if (initial instanceof Solicitation) initial.fail(error);
        reject(error);
      });
    });
    established.catch(() => {});
    const answered = established.then(() => {
      if (leg.remote) return leg.remote;
      throw new SipError('The party has not answered the offer.', { status: 488 });
    });
    answered.catch(() => {});
    const solicited =
      initial instanceof Solicitation
        ? initial.offer.then((offer) => leg.#solicited(initial, offer, established))
        : new Promise<Solicited>(() => {});
    solicited.catch(() => {});
    return { leg, answered, solicited };
  }

  /** What the server has described to the party last. */
  get local(): SessionBody | undefined {
    return this.#local;
  }

  /** Whether there is a dialog that can be changed. */
  get confirmed(): boolean {
    return this.session.state === 'confirmed';
  }

  /** Whether it has ended. */
  get over(): boolean {
    return this.session.state === 'terminated';
  }

  /** Whether the party takes a NOTIFY of this event without a subscription: its Allow-Events says so. */
  allowsEvent(name: string): boolean {
    return this.#allowEvents.includes(name);
  }

  #allowEvents: readonly string[] = [];

  #hearEvents({ headers }: SipRequest | SipResponse): void {
    const value = headers.get('Allow-Events');
    if (value !== undefined) this.#allowEvents = value.split(',').map((each) => each.trim().toLowerCase());
  }

  /** Answers the party's INVITE. @param description answers its offer, or is one when it made none @returns what it has said of itself */
  async accept(description: SessionBody): Promise<SessionBody> {
    const session = this.session as IncomingSession;
    const offered = sessionBody(session.invite);
    const answer = this.own(description);
    const handler: OfferAnswerHandler = {
      createOffer: () => answer,
      createAnswer: () => answer,
      acceptAnswer: (theirs) => {
        this.remote = theirs;
      },
      rollback: () => {},
    };
    session.offerAnswer = handler;
    const off = session.on('established', () => {
      session.offerAnswer = this;
    });
    try {
      await session.accept();
    } finally {
      off();
    }
    this.remote ??= offered;
    if (!this.remote) throw new SipError('The party has not answered the offer.', { status: 488 });
    return this.remote;
  }

  /** Describes somebody to the party by a re-INVITE. @returns its answer */
  async offer(description: SessionBody): Promise<SessionBody> {
    const handler = new ServerOffer(() => this.own(description));
    this.#changes++;
    try {
      await this.session.reinvite({ offerAnswer: handler, headers: this.callHeaders });
    } finally {
      this.#changes--;
    }
    this.remote = handler.answer!;
    return this.remote;
  }

  /** Asks the party to describe itself anew, by a re-INVITE without a description: some phones move when a call is retrieved. */
  async solicit(): Promise<Solicited> {
    const handler = new Solicitation();
    this.#changes++;
    const done = this.session
      .reinvite({ delayedOffer: true, offerAnswer: handler, headers: this.callHeaders })
      .finally(() => this.#changes--);
    done.catch((error: unknown) => handler.fail(error as Error));
    return this.#solicited(handler, await handler.offer, done);
  }

  #solicited(handler: Solicitation, offer: SessionBody, done: Promise<void>): Solicited {
    this.remote = offer;
    return {
      offer,
      answer: (description) => {
        handler.answer(this.own(description));
        return done;
      },
      refuse: () => {
        handler.answer(this.own(silentAnswer(offer)));
        return done;
      },
    };
  }

  /** Header fields that tell the party which call it is in. */
  get callHeaders(): [string, string][] {
    return this.callUUID === undefined ? [] : [['X-Genesys-CallUUID', this.callUUID]];
  }

  /**
   * Tells the phone to `talk` or to `hold`, without a subscription.
   *
   * @throws SipError when it refuses
   */
  async notify(event: 'talk' | 'hold' | 'dtmf'): Promise<void> {
    const { status, reason } = await this.session.send('NOTIFY', {
      headers: [['Event', event], ['Subscription-State', 'active'], ...this.callHeaders],
    });
    if (status >= 300)
      throw new SipError(`The phone does not take a NOTIFY ${event}: ${status} ${reason}.`, { status });
  }

  /** How a party that has called and was not answered is refused; 603 when nothing better is known. */
  refusal: { status: number; reason?: string } | undefined;

  /** Ends the dialog, whatever state it is in: CANCEL, BYE or a refusal. Never rejects. */
  hangUp(): Promise<void> {
    const { session, refusal } = this;
    const refusable = session.direction === 'incoming' && (session.state === 'proceeding' || session.state === 'early');
    if (refusable && refusal) {
      (session as IncomingSession).reject(refusal.status, refusal.reason);
      return Promise.resolve();
    }
    return session.terminate();
  }

  /** The description as it is sent to this party. */
  own(description: SessionBody): SessionBody {
    this.#local = this.#identity.own(description);
    return this.#local;
  }

  // What follows the session asks for when the party has begun the exchange, or refreshes the dialog.

  async createOffer(asked?: SipRequest): Promise<SessionBody> {
    if (!asked) return this.#local ?? notNow();
    const partner = this.#free();
    if (!partner) return this.#local ?? notNow();
    this.#passing = 'offer';
    try {
      this.#passing = await partner.solicit();
    } catch (error) {
      this.#passing = undefined;
      throw passable(error);
    }
    return this.own(this.#passing.offer);
  }

  async createAnswer(offer: SessionBody): Promise<SessionBody> {
    const partner = this.#free();
    const direction = directionOf(offer) ?? 'inactive';
    if (!partner) {
      this.#described(offer, direction);
      return this.own(silentAnswer(offer));
    }
    this.#passing = 'offer';
    try {
      const answer = await partner.offer(offer);
      this.#described(offer, direction);
      return this.own(answer);
    } catch (error) {
      throw passable(error);
    } finally {
      this.#passing = undefined;
    }
  }

  async acceptAnswer(answer: SessionBody): Promise<void> {
    const passing = this.#passing;
    this.#passing = undefined;
    this.#described(answer, directionOf(answer) ?? 'inactive');
    if (typeof passing === 'object') await passing.answer(answer);
  }

  rollback(): void {
    const passing = this.#passing;
    this.#passing = undefined;
    // The party never took the offer: its partner goes on without.
    if (typeof passing === 'object') passing.refuse().catch(() => {});
  }

  #described(description: SessionBody, direction: MediaDirection): void {
    this.remote = description;
    this.emit('described', direction);
  }

  /** The partner, unless something is being changed already. */
  #free(): Leg | undefined {
    const { partner } = this;
    if (this.#changes > 0 || (partner && (partner.#passing !== undefined || partner.#changes > 0))) return notNow();
    return partner && !partner.over ? partner : undefined;
  }
}

function notNow(): never {
  throw new SipError('The other party is renegotiating; try again in a moment.', { status: 491 });
}

/** What the partner has refused is refused with its status. */
function passable(error: unknown): SipError {
  const status = error instanceof SipError ? error.status : undefined;
  return new SipError('The other party did not agree to the change.', { status: status ?? 500, cause: error });
}

/** How a dialog that was never established ended, as an error. */
export function endError({ status, reason, error }: SessionEnd): SipError {
  if (error instanceof SipError) return error;
  return new SipError(reason ?? 'The call has ended.', { status: status ?? 487, ...(error && { cause: error }) });
}
