import type { DigestClient } from '../auth/digest-client';
import type { Dialog } from '../dialog/dialog';
import type { DialogUsage } from '../dialog/dialog-registry';
import { requestInDialog } from '../dialog/dialog-request';
import { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import type { Timer } from '../platform/clock';
import { type SipError, SipResponseError, SipStateError, SipTimeoutError } from '../platform/errors';
import { chance } from '../platform/renewal';
import { TypedEmitter } from '../platform/typed-emitter';
import { digestOf, exchange, newRequest, wayOf } from '../sending/new-request';
import type { StackHost } from '../stack/stack-host';
import type { ServerTransaction } from '../transaction/server-transaction';
import { type EventName, eventOf, eventText, sameEvent } from './event';
import { Lease } from './lease';
import { openDialog, readState } from './notify-reading';
import { backOff, endsSubscription, resubscriptionDelay } from './resubscription';
import { retryAfter } from './retry-after';
import type { SubscribeOptions } from './subscribe-options';
import type { FirstNotifyReceiver, Lasting, Subscriber } from './subscriber';
import type { SubscriptionDetail, SubscriptionEnd, SubscriptionEvents, SubscriptionState } from './subscription-events';
import type { SubscriptionStateValue } from './subscription-state';

/** A subscription that lasted this long did not fail: one that follows it is made without a pause. In ms. */
const PROVEN = 30_000;

/**
 * Our subscription to the state of a resource (RFC 6665 §4.1): refreshed before it expires, made anew when the notifier's reason for ending it
 * says so, until {@link unsubscribe}. Made by {@link SipStack.subscribe}.
 */
export class Subscription
  extends TypedEmitter<SubscriptionEvents<Subscription>>
  implements DialogUsage, FirstNotifyReceiver, Lasting
{
  readonly event: EventName;
  /**
   * Resolves at the first NOTIFY that does not end it at once; rejects when the subscription ends before: SipResponseError when it was refused, SipTimeoutError (also when
   * no NOTIFY came in 64*T1), SipTransportError, SipStateError when the notifier ended it or we gave it up.
   */
  readonly established: Promise<void>;
  /** The dialog of the subscription; undefined before the first NOTIFY, and while there is none. */
  dialog: Dialog | undefined;

  readonly #host: StackHost;
  readonly #subscriber: Subscriber;
  readonly #options: SubscribeOptions;
  readonly #digest: DigestClient | undefined;
  readonly #user: string | undefined;
  #expires: number;
  #state: SubscriptionState = 'subscribing';
  /** The SUBSCRIBE that opens a dialog, as it was sent last. */
  #request: SipRequest | undefined;
  #settle!: { resolve(): void; reject(error: Error): void };
  #stopExpecting: (() => void) | undefined;
  #timerN: Timer | undefined;
  #pause: Timer | undefined;
  readonly #lease: Lease;
  /** Whether a NOTIFY has said how long it lasts: that counts more than what the 2xx says (RFC 6665 §4.1.3). */
  #told = false;
  #since: number | undefined;
  #failures = 0;
  #lengthened = false;
  #leaving: Promise<void> | undefined;
  #refreshing: Promise<void> | undefined;
  #left: (() => void) | undefined;

  /** @internal Made by {@link SipStack.subscribe}. @throws SipSyntaxError when an address is none */
  constructor(host: StackHost, subscriber: Subscriber, options: SubscribeOptions, digest?: DigestClient) {
    super();
    this.#host = host;
    this.#subscriber = subscriber;
    this.#options = options;
    this.event = { event: options.event, ...(options.id === undefined ? {} : { id: options.id }) };
    this.#digest = digest ?? digestOf(host, options.credentials);
    this.#user = (typeof options.from === 'string' ? NameAddr.parse(options.from) : options.from).sipUri?.user;
    this.#expires = options.expires ?? 3_600;
    this.#lease = new Lease(
      host,
      () => void this.refresh().catch(() => {}),
      () => {
        if (this.dialog) this.#lost({ by: 'error', reason: 'timeout' });
      },
    );
    this.established = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.established.catch(() => {});
    subscriber.add(this);
    const leave = () => void this.unsubscribe();
    options.signal?.addEventListener('abort', leave, { once: true });
    this.on('ended', () => options.signal?.removeEventListener('abort', leave));
  }

  /** Where the subscription stands (RFC 6665 §4.1.2). */
  get state(): SubscriptionState {
    return this.#state;
  }

  /** @internal Sends the first SUBSCRIBE. */
  begin(): void {
    if (this.#options.signal?.aborted) this.#end({ by: 'local' });
    else this.#subscribe();
  }

  /**
   * Asks for the state now, and for another full period (RFC 6665 §4.1.2.2).
   *
   * @throws SipStateError when there is no dialog; SipResponseError, SipTimeoutError, SipTransportError: through the promise. The subscription
   *   then stays until it expires, unless the error says that it is gone: it is made anew, or has ended
   */
  refresh(): Promise<void> {
    if (!this.dialog || this.#leaving) {
      return Promise.reject(new SipStateError('The subscription has no dialog to be refreshed in.'));
    }
    this.#refreshing ??= this.#refresh(this.dialog).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /**
   * Ends the subscription (RFC 6665 §4.1.2.3). Resolves when the final NOTIFY has come, or will not come any more; what the NOTIFY tells is
   * still an event. Never rejects.
   */
  unsubscribe(): Promise<void> {
    if (this.#state === 'terminated') return Promise.resolve();
    this.#leaving ??= new Promise<void>((resolve) => {
      this.#left = resolve;
      // Before the first NOTIFY there is nothing to end: it is waited for.
      if (this.#state === 'waiting') queueMicrotask(() => this.#end({ by: 'local' }));
      else if (this.dialog) void this.#leave(this.dialog);
    });
    return this.#leaving;
  }

  /** As {@link unsubscribe}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.unsubscribe();
  }

  /** @internal */
  close(): Promise<void> {
    return this.unsubscribe();
  }

  /** @internal */
  abandon(): void {
    this.#end({ by: 'local' });
  }

  /** @internal */
  claims(request: SipRequest): boolean {
    return request.method === 'NOTIFY' && sameEvent(eventOf(request), this.event);
  }

  /** @internal */
  receive(transaction: ServerTransaction): void {
    const value = readState(transaction);
    if (value) this.#notified(transaction, value);
  }

  /** @internal A NOTIFY that opens a dialog: the first, or one of another branch (RFC 6665 §4.4.1, §5.4.9). */
  firstNotify(transaction: ServerTransaction): boolean {
    const { request } = transaction;
    if (!this.claims(request) || (this.dialog && this.#options.forks !== 'all')) return false;
    const value = readState(transaction);
    if (!value) return true;
    const dialog = openDialog(transaction, this.#request!);
    if (!dialog) return true;
    if (this.dialog) this.#fork(transaction, dialog, value);
    else this.#open(transaction, dialog, value);
    return true;
  }

  #fork(transaction: ServerTransaction, dialog: Dialog, value: SubscriptionStateValue): void {
    const { signal: _, forks: __, ...options } = this.#options;
    // One that is made anew forks again: that is the first one's part.
    const branch = { ...options, expires: this.#expires, resubscribe: false };
    const other = new Subscription(this.#host, this.#subscriber, branch, this.#digest);
    this.emit('fork', other);
    other.#open(transaction, dialog, value);
    if (this.#leaving) void other.unsubscribe();
  }

  #open(transaction: ServerTransaction, dialog: Dialog, value: SubscriptionStateValue): void {
    this.dialog = dialog;
    this.#since = this.#host.clock.now();
    this.#host.dialogs.add(dialog, this);
    // Branches may follow until timer N; when only one is wanted nobody is listened to any more.
    if (this.#options.forks !== 'all') this.#stopExpecting?.();
    if (!this.#lease.begun) this.#last(this.#expires);
    this.#notified(transaction, value);
    if (this.#leaving && this.dialog && this.#expires > 0) void this.#leave(dialog);
  }

  #notified(transaction: ServerTransaction, value: SubscriptionStateValue): void {
    const { request } = transaction;
    const dialog = this.dialog!;
    dialog.refreshTarget(request);
    transaction.reply(200);
    if (this.#options.forks !== 'all') this.#timerN?.cancel();
    // Some end a subscription without the word for it.
    const over =
      value.state === 'terminated' || this.#expires === 0 || (this.#leaving !== undefined && value.expires === 0);
    if (!over) {
      if (value.expires !== undefined) {
        this.#told = true;
        this.#last(value.expires);
      }
      this.#enter(value.state as 'pending' | 'active', { expires: this.#lease.remaining });
    }
    if (!over || this.#expires === 0) this.#settle.resolve();
    const { body, text, contentType } = request;
    this.emit('notify', {
      body,
      text,
      state: value,
      request,
      dialog,
      ...(contentType === undefined ? {} : { contentType }),
    });
    if (over) this.#terminated(value);
  }

  /** The notifier has ended it. */
  #terminated({ reason, retryAfter }: SubscriptionStateValue): void {
    if (this.#leaving || this.#expires === 0) this.#end({ by: 'local', ...(reason === undefined ? {} : { reason }) });
    else this.#lost({ by: 'remote', ...(reason === undefined ? {} : { reason }) }, retryAfter);
  }

  #subscribe(): void {
    this.#enter('subscribing', {});
    const request = newRequest(this.#host, 'SUBSCRIBE', this.#options, this.#options.body);
    this.#dress(request, this.#expires);
    this.#stopExpecting?.();
    this.#stopExpecting = this.#subscriber.expect(request, this);
    this.#request = request;
    const current = () => this.#request?.callId === request.callId && this.#state !== 'terminated';
    exchange(this.#host, request, {
      ...wayOf(this.#options),
      digest: this.#digest,
      sending: (sent, flow) => {
        if (!current()) return;
        this.#request = sent;
        sent.contact = this.#options.registration?.contactOver(flow) ?? this.#host.contact(flow, this.#user);
        this.dialog?.advanceSequence(sent.cseq.sequence);
        this.#waitForNotify();
      },
    }).then(
      (response) => {
        if (current()) this.#answered(response);
      },
      (error: SipError) => {
        if (current() && !this.dialog) this.#failed(error);
      },
    );
  }

  /** Timer N (RFC 6665 §4.1.2.4): no subscription without a NOTIFY. For forks the time in which branches may come. */
  #waitForNotify(): void {
    this.#timerN?.cancel();
    const patience = 64 * this.#host.environment.layer.timers.T1;
    this.#timerN = this.#host.clock.setTimer(patience, () => {
      this.#stopExpecting?.();
      if (this.#state !== 'subscribing') return;
      this.#failed(new SipTimeoutError(`No NOTIFY followed the SUBSCRIBE in ${patience} ms.`));
    });
  }

  #answered(response: SipResponse): void {
    const { status, reason } = response;
    if (status >= 300) {
      // What has notified us is there, whatever the response says (RFC 6665 §4.1.2.1).
      if (!this.dialog && !this.#lengthen(response)) this.#failed(new SipResponseError(status, reason, response));
      return;
    }
    const { dialog } = this;
    if (!this.#told) this.#last(response.expires ?? this.#expires);
    if (dialog && response.to.tag === dialog.remoteTag) dialog.refreshTarget(response);
  }

  /** RFC 6665 §4.1.2.1: 423 says how long it has to be at least. */
  #lengthen(response: SipResponse): boolean {
    const least = Number(response.headers.get('Min-Expires'));
    if (response.status !== 423 || this.#lengthened || !(least > this.#expires) || this.#expires === 0) return false;
    this.#lengthened = true;
    this.#expires = Math.min(least, 0xffffffff);
    if (!this.dialog) this.#subscribe();
    return true;
  }

  /** A SUBSCRIBE that should open a dialog came to nothing. */
  #failed(error: SipError): void {
    const { status } = error;
    const end: SubscriptionEnd = {
      by: error instanceof SipResponseError ? 'remote' : 'error',
      error,
      ...(status === undefined ? {} : { status }),
    };
    const temporary = status === undefined || [408, 480, 481, 500, 502, 503, 504].includes(status);
    // The first attempt is the application's affair; one made anew is tried until it succeeds.
    if (this.#since === undefined || !temporary || this.#leaving) this.#end(end);
    else this.#again(end, Math.max(backOff(this.#failures++, chance(this.#host.random)), retryAfter(error)));
  }

  /** There was a subscription, and it is no more. */
  #lost(end: SubscriptionEnd, retryAfterSeconds?: number): void {
    const { random, clock } = this.#host;
    if (clock.now() - this.#since! >= PROVEN) this.#failures = 0;
    const { resubscribe = true } = this.#options;
    const delay = resubscribe
      ? resubscriptionDelay(end.reason, retryAfterSeconds, this.#failures, chance(random))
      : undefined;
    if (delay === undefined || this.#leaving) {
      this.#end(end);
      return;
    }
    this.#failures++;
    this.#again(end, delay);
  }

  #again(end: SubscriptionEnd, delay: number): void {
    this.#detach();
    this.#enter('waiting', { ...end, retryIn: delay });
    if (this.#state === 'waiting') this.#pause = this.#host.clock.setTimer(delay, () => this.#subscribe());
  }

  /** It lasts so many seconds from now. */
  #last(seconds: number): void {
    if (this.#expires > 0 && !this.#leaving) this.#lease.last(seconds);
  }

  async #refresh(dialog: Dialog): Promise<void> {
    this.#lease.renewing();
    try {
      let response = await this.#send(dialog, this.#expires);
      if (this.#lengthen(response)) response = await this.#send(dialog, this.#expires);
      if (response.status >= 300) throw new SipResponseError(response.status, response.reason, response);
      if (this.dialog !== dialog) return;
      dialog.refreshTarget(response);
      this.#last(response.expires ?? this.#expires);
    } catch (error) {
      if (this.dialog === dialog) this.#refreshFailed(error as SipError);
      throw error;
    }
  }

  /** RFC 6665 §4.1.2.2: few errors end a subscription; with others it lasts as long as it was to, and is tried again. */
  #refreshFailed(error: SipError): void {
    if (error instanceof SipResponseError && endsSubscription(error.status)) {
      const end: SubscriptionEnd = { by: 'remote', status: error.status, error };
      // 481 says that this subscription is gone; a new one may be had. The others say that there is nothing to subscribe to.
      if (error.status === 481) this.#lost({ ...end, reason: 'deactivated' });
      else this.#end(end);
      return;
    }
    const pause = retryAfter(error) || Math.max(1_000, Math.min(30_000, this.#lease.remaining * 500));
    this.#lease.renewIn(pause);
  }

  async #leave(dialog: Dialog): Promise<void> {
    this.#lease.stop();
    await this.#refreshing?.catch(() => {});
    if (this.dialog !== dialog) return;
    const patience = 64 * this.#host.environment.layer.timers.T1;
    const over = () => this.#end({ by: 'local' });
    this.#timerN?.cancel();
    this.#timerN = this.#host.clock.setTimer(patience, over);
    await this.#send(dialog, 0).then(
      (response) => {
        if (response.status >= 300) over();
      },
      () => over(),
    );
  }

  #send(dialog: Dialog, expires: number): Promise<SipResponse> {
    const request = dialog.createRequest('SUBSCRIBE');
    for (const [name, value] of this.#options.headers ?? []) request.headers.append(name, value);
    this.#dress(request, expires);
    const { registration: line } = this.#options;
    return requestInDialog(this.#host, dialog, request, { user: this.#user, line, digest: this.#digest });
  }

  #dress(request: SipRequest, expires: number): void {
    const { accept } = this.#options;
    request.headers.set('Event', eventText(this.event));
    if (accept) request.headers.set('Accept', accept.join(', '));
    request.expires = expires;
  }

  #enter(state: SubscriptionState, detail: SubscriptionDetail): void {
    if (this.#state === state || this.#state === 'terminated') return;
    this.#state = state;
    this.emit('state', state, detail);
  }

  #detach(): void {
    this.#timerN?.cancel();
    this.#pause?.cancel();
    this.#lease.reset();
    this.#stopExpecting?.();
    this.#told = false;
    if (this.dialog) this.#host.dialogs.remove(this.dialog, this);
    this.dialog = undefined;
    this.#request = undefined;
  }

  #end(end: SubscriptionEnd): void {
    if (this.#state === 'terminated') return;
    this.#detach();
    this.#subscriber.remove(this);
    this.#enter('terminated', end);
    const why = end.reason === undefined ? 'given up' : `ended by the notifier (${end.reason})`;
    this.#settle.reject(end.error ?? new SipStateError(`The subscription was ${why} before it was established.`));
    this.emit('ended', end);
    this.#left?.();
  }
}
