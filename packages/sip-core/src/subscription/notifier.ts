import type { DigestClient } from '../auth/digest-client';
import type { SessionBody } from '../body/session-body';
import type { Dialog } from '../dialog/dialog';
import type { DialogUsage } from '../dialog/dialog-registry';
import { requestInDialog } from '../dialog/dialog-request';
import { secureContact } from '../dialog/sips';
import { SubscriptionState } from '../headers/events';
import type { HeaderList } from '../message/header-list';
import type { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import type { Timer } from '../platform/clock';
import { SipTimeoutError } from '../platform/errors';
import type { StackHost } from '../stack/stack-host';
import type { ServerTransaction } from '../transaction/server-transaction';
import { type EventName, eventOf, eventText } from './event';
import { type NotifyContent, NotifyQueue } from './notify-queue';
import { endsSubscription } from './resubscription';
import type { SubscriptionEnd } from './subscription-events';
import type { SubscriptionStateValue, TerminationReason } from './subscription-state';

/** How long subscriptions may last, in seconds. */
export interface SubscriptionDurations {
  /** The least that may be asked for; less is refused (423). */
  readonly least: number;
  /** The most that is given. */
  readonly most: number;
  /** Given when nothing is asked for. */
  readonly usual: number;
}

/** @internal Settings of a {@link Notifier}. */
export interface NotifierOptions {
  readonly dialog: Dialog;
  readonly event: EventName;
  /** User part of our Contact. */
  readonly user: string | undefined;
  readonly durations: SubscriptionDurations;
  readonly digest?: DigestClient | undefined;
  /** Least time between two NOTIFYs, in ms. */
  readonly interval?: number;
  /** Whether a state that waits to be told is replaced by a newer one. */
  readonly coalesce?: boolean;
  /** A SUBSCRIBE has prolonged the subscription: the place to give a fresh state. */
  refreshed?(request: SipRequest): void;
  ended(end: SubscriptionEnd): void;
}

/** @internal The notifier's part in one subscription (RFC 6665 §4.2): its NOTIFYs, its time, and the SUBSCRIBEs that prolong or end it. */
export class Notifier implements DialogUsage {
  readonly #host: StackHost;
  readonly #options: NotifierOptions;
  readonly #queue: NotifyQueue;
  #state: 'pending' | 'active' | 'terminated' = 'pending';
  #until = 0;
  #expiry: Timer | undefined;
  #body: SessionBody | undefined;

  constructor(host: StackHost, options: NotifierOptions) {
    this.#host = host;
    this.#options = options;
    this.#queue = new NotifyQueue({
      clock: host.clock,
      interval: options.interval ?? 0,
      coalesce: options.coalesce ?? true,
      send: (content) => this.#send(content),
    });
  }

  get state(): 'pending' | 'active' | 'terminated' {
    return this.#state;
  }

  /** Seconds left. */
  get remaining(): number {
    return Math.max(0, Math.ceil((this.#until - this.#host.clock.now()) / 1_000));
  }

  /** Requests of the dialog come here from now on, and NOTIFYs go out. @param seconds how long it lasts; 0 for a state told once */
  begin(state: 'pending' | 'active', seconds: number, body?: SessionBody): void {
    this.#state = state;
    this.#body = body;
    if (seconds === 0) {
      void this.terminate('timeout');
      return;
    }
    this.#host.dialogs.add(this.#options.dialog, this);
    this.#last(seconds);
    this.#queue.push({ body });
  }

  /** From pending to active, which is told. */
  activate(body?: SessionBody): void {
    if (this.#state !== 'pending') return;
    this.#state = 'active';
    void this.notify(body ?? this.#body);
  }

  /** Tells a state. */
  notify(body?: SessionBody, headers?: HeaderList): Promise<SipResponse> {
    if (this.#state !== 'terminated') this.#body = body;
    return this.#queue.push({ body, headers });
  }

  /** Ends the subscription by a last NOTIFY, which resolves this; it does not matter how it is answered. */
  terminate(reason: TerminationReason, retryAfter?: number, body: SessionBody | undefined = this.#body): Promise<void> {
    if (this.#state === 'terminated') return Promise.resolve();
    const final: SubscriptionStateValue = {
      state: 'terminated',
      reason,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    };
    const told = this.#queue.push({ final, body }).then(
      () => {},
      () => {},
    );
    this.#host.farewell(told);
    this.#end({ by: reason === 'timeout' ? 'remote' : 'local', reason });
    return told;
  }

  /** Ends without a word. */
  abandon(): void {
    this.#queue.close();
    this.#end({ by: 'local' });
  }

  claims(request: SipRequest): boolean {
    if (request.method !== 'SUBSCRIBE') return false;
    const event = eventOf(request);
    return event?.event === this.#options.event.event && event.id === this.#options.event.id;
  }

  /** A SUBSCRIBE that prolongs or ends the subscription (RFC 6665 §4.2.1.4). */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const seconds = grantedSeconds(request, this.#options.durations);
    if (seconds === undefined) {
      refuseShort(transaction, this.#options.durations);
      return;
    }
    this.#options.dialog.refreshTarget(request);
    acceptSubscribe(this.#host, transaction, seconds, this.#options.user);
    if (seconds === 0) {
      void this.terminate('timeout');
      return;
    }
    this.#last(seconds);
    this.#options.refreshed?.(request);
    // §4.2.1.2: every SUBSCRIBE brings a NOTIFY with the whole state.
    if (this.#state !== 'terminated' && !this.#queue.pending) this.#queue.push({ body: this.#body });
  }

  #last(seconds: number): void {
    const { clock } = this.#host;
    this.#until = clock.now() + seconds * 1_000;
    this.#expiry?.cancel();
    this.#expiry = clock.setTimer(seconds * 1_000, () => void this.terminate('timeout'));
  }

  async #send(content: NotifyContent, tries = 1): Promise<SipResponse> {
    const { final, body, headers = [] } = content;
    const { dialog, event, user, digest } = this.#options;
    const request = dialog.createRequest('NOTIFY');
    request.headers.set('Event', eventText(event));
    const state = final ?? { state: this.#state, expires: this.remaining };
    SubscriptionState.write(request, state);
    for (const [name, value] of headers) request.headers.append(name, value);
    if (body) request.setBody(body.contentType, body.body);
    try {
      const response = await requestInDialog(this.#host, dialog, request, { user, digest });
      if (dialog.overtaken(response, tries)) return await this.#send(content, tries + 1);
      if (response.status < 300) dialog.refreshTarget(response);
      else if (endsSubscription(response.status)) this.#gone({ by: 'remote', status: response.status });
      return response;
    } catch (error) {
      // §4.2.2: nobody is there.
      if (error instanceof SipTimeoutError) this.#gone({ by: 'error', status: 408, error });
      throw error;
    }
  }

  #gone(end: SubscriptionEnd): void {
    this.#queue.close();
    this.#end(end);
  }

  #end(end: SubscriptionEnd): void {
    if (this.#state === 'terminated') return;
    this.#state = 'terminated';
    this.#expiry?.cancel();
    this.#host.dialogs.remove(this.#options.dialog, this);
    this.#options.ended(end);
  }
}

/** @internal How long a SUBSCRIBE may last (RFC 6665 §4.2.1.1); undefined when it asks for too little. */
export function grantedSeconds(
  { expires }: SipRequest,
  { least, most, usual }: SubscriptionDurations,
): number | undefined {
  if (expires === 0) return 0;
  if (expires !== undefined && expires < least) return undefined;
  return Math.min(expires ?? usual, most);
}

/** @internal */
export function refuseShort(transaction: ServerTransaction, { least }: SubscriptionDurations): void {
  transaction.reply(423, { headers: [['Min-Expires', String(least)]] });
}

/** @internal The 200 of a SUBSCRIBE (RFC 6665 §4.2.1.1). */
export function acceptSubscribe(
  host: StackHost,
  transaction: ServerTransaction,
  seconds: number,
  user: string | undefined,
  headers: HeaderList = [],
): void {
  const response = SipResponse.for(transaction.request, 200, undefined, { toTag: transaction.toTag });
  response.headers.copyFrom(transaction.request.headers, 'Record-Route');
  response.contact = host.contact(transaction.flow, user);
  secureContact(response, transaction.request, transaction.flow);
  response.expires = seconds;
  for (const [name, value] of headers) response.headers.append(name, value);
  host.decorate(response);
  transaction.respond(response);
}
