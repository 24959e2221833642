import type { SessionBody } from '../body/session-body';
import { Dialog } from '../dialog/dialog';
import type { HeaderList } from '../message/header-list';
import type { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import type { Timer } from '../platform/clock';
import { SipStateError } from '../platform/errors';
import { TypedEmitter } from '../platform/typed-emitter';
import type { StackHost } from '../stack/stack-host';
import type { ServerTransaction } from '../transaction/server-transaction';
import { accepts } from './accepted-types';
import type { EventName } from './event';
import { acceptSubscribe, Notifier, type SubscriptionDurations } from './notifier';
import type { SubscriptionEnd } from './subscription-events';
import type { TerminationReason } from './subscription-state';

/** Events of an {@link IncomingSubscription}. */
export interface IncomingSubscriptionEvents {
  /** The subscriber has prolonged it. Unless the listener notifies a fresh state, the last one is told again. */
  refreshed: [request: SipRequest];
  /** It is over; always the last event, and comes once. `reason` is `timeout` when it expired or the subscriber ended it. */
  ended: [end: SubscriptionEnd];
}

/** How a subscription is taken. */
export interface AcceptSubscriptionOptions {
  /** Seconds, at most what was asked for. */
  expires?: number;
  /** The state for the first NOTIFY. */
  body?: SessionBody;
  /** Header fields of the 200. */
  headers?: HeaderList;
}

/** @internal What an {@link IncomingSubscription} needs of its server. */
export interface IncomingSubscriptionSetting {
  readonly transaction: ServerTransaction;
  readonly event: EventName;
  /** Seconds granted. */
  readonly expires: number;
  readonly durations: SubscriptionDurations;
  /** The dialog, when the SUBSCRIBE came inside one. */
  readonly dialog?: Dialog | undefined;
  readonly interval: number;
  readonly coalesce: boolean;
  ended(): void;
}

/** A SUBSCRIBE nobody decides about is answered as a pending subscription after this time, in ms: its transaction cannot wait longer. */
const PATIENCE = 2_000;

/**
 * Somebody's subscription to a state of ours (RFC 6665 §4.2). Brought by {@link EventServer}: {@link accept}, {@link pend} or {@link reject} it,
 * then {@link notify} each state.
 */
export class IncomingSubscription extends TypedEmitter<IncomingSubscriptionEvents> {
  readonly event: EventName;
  /** The SUBSCRIBE. */
  readonly request: SipRequest;
  readonly dialog: Dialog;
  readonly #host: StackHost;
  readonly #setting: IncomingSubscriptionSetting;
  readonly #notifier: Notifier;
  #undecided: Timer | undefined;
  #over = false;

  /** @internal @throws SipSyntaxError (400) when the SUBSCRIBE cannot open a dialog */
  constructor(host: StackHost, setting: IncomingSubscriptionSetting) {
    super();
    const { transaction, event, durations, interval, coalesce } = setting;
    this.#host = host;
    this.#setting = setting;
    this.event = event;
    this.request = transaction.request;
    this.dialog = setting.dialog ?? Dialog.fromRequest(this.request, transaction.toTag);
    this.dialog.heard(this.request, transaction.flow);
    if (!setting.dialog) this.dialog.confirm();
    this.#notifier = new Notifier(host, {
      dialog: this.dialog,
      event,
      durations,
      interval,
      coalesce,
      user: this.request.to.sipUri?.user,
      refreshed: (request) => this.emit('refreshed', request),
      ended: (end) => this.#ended(end),
    });
    this.#undecided = host.clock.setTimer(PATIENCE, () => this.pend());
  }

  /** `initial` before it is accepted, made to wait, or refused. */
  get state(): 'initial' | 'pending' | 'active' | 'terminated' {
    if (this.#over) return 'terminated';
    return this.#undecided ? 'initial' : this.#notifier.state;
  }

  /** Who subscribes. */
  get remote(): NameAddr {
    return this.request.from;
  }

  /** Seconds left. */
  get expires(): number {
    return this.#undecided ? this.#setting.expires : this.#notifier.remaining;
  }

  /** Whether the subscriber can read a content type. One that does not say what it reads, reads what the event package prescribes. */
  accepts(contentType: string): boolean {
    return accepts(this.request, contentType);
  }

  /**
   * Takes the subscription: 200, then a NOTIFY. One that was made to wait becomes active.
   *
   * @throws SipStateError when it is over
   */
  accept(options: AcceptSubscriptionOptions = {}): void {
    this.#requireAlive();
    if (this.#undecided) this.#begin('active', options);
    else this.#notifier.activate(options.body);
  }

  /**
   * Lets the subscriber wait: 200, then a NOTIFY that says `pending`. {@link accept} or {@link reject} it later.
   *
   * @throws SipStateError when it has been decided about
   */
  pend(options: AcceptSubscriptionOptions = {}): void {
    this.#requireAlive();
    if (!this.#undecided) throw new SipStateError(`The subscription is ${this.state} already.`);
    this.#begin('pending', options);
  }

  /**
   * Refuses the subscription. One that was made to wait is ended with the reason `rejected`.
   *
   * @param status 300 to 699; 403 when absent
   * @throws SipStateError when it is over
   */
  reject(status = 403, headers: HeaderList = []): void {
    this.#requireAlive();
    if (!this.#undecided) {
      void this.#notifier.terminate('rejected');
      return;
    }
    this.#setting.transaction.reply(status, { headers });
    this.#ended({ by: 'local', status });
  }

  /**
   * Tells the subscriber a state. Gives what the NOTIFY was answered: this one, or the one with the newer state that has replaced it.
   *
   * @throws SipStateError when the subscription is over, or nobody has accepted it; SipTimeoutError, SipTransportError: through the promise,
   *   which may be left alone
   */
  notify(body?: SessionBody, options: { headers?: HeaderList } = {}): Promise<SipResponse> {
    this.#requireAlive();
    if (this.#undecided) throw new SipStateError('The subscription has to be accepted, or made to wait, first.');
    return this.#notifier.notify(body, options.headers);
  }

  /**
   * Ends the subscription (RFC 6665 §4.1.3 says what the reasons make a subscriber do). Resolves when the subscriber has been told.
   *
   * @param options.retryAfter seconds after which the subscriber may come again
   * @param options.body the last state; the one told before when absent
   */
  terminate(reason: TerminationReason, options: { retryAfter?: number; body?: SessionBody } = {}): Promise<void> {
    if (this.#undecided) {
      this.reject(480);
      return Promise.resolve();
    }
    return this.#notifier.terminate(reason, options.retryAfter, options.body);
  }

  /** @internal */
  abandon(): void {
    if (this.#undecided) this.#ended({ by: 'local' });
    else this.#notifier.abandon();
  }

  #begin(state: 'pending' | 'active', { expires, body, headers }: AcceptSubscriptionOptions): void {
    const { transaction } = this.#setting;
    const seconds = Math.min(expires ?? this.#setting.expires, this.#setting.expires);
    this.#decided();
    acceptSubscribe(this.#host, transaction, seconds, this.request.to.sipUri?.user, headers);
    this.#notifier.begin(state, seconds, body);
  }

  #decided(): void {
    this.#undecided?.cancel();
    this.#undecided = undefined;
  }

  #ended(end: SubscriptionEnd): void {
    if (this.#over) return;
    this.#decided();
    this.#over = true;
    this.#setting.ended();
    this.emit('ended', end);
  }

  #requireAlive(): void {
    if (this.#over) throw new SipStateError('The subscription is over.');
  }
}
