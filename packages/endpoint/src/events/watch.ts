import { EventBodyError } from '../errors/event-body-error';
import { Observable, type ObservableEvents } from '../observable/observable';
import type { SipNotification, SipStateDetail, SipSubscription } from '../sip/sip-events';

/** Where a watch stands: see RFC 6665 §4.1.2; `waiting`: it was ended by the notifier and is made anew by and by. */
export type WatchState = 'subscribing' | 'pending' | 'active' | 'waiting' | 'terminated';

/** A watch at one moment: frozen, and another object once anything has changed. */
export interface WatchSnapshot<Value> {
  readonly state: WatchState;
  /** What was told last. */
  readonly value?: Value;
  /** SIP status of the refusal, when there was one. */
  readonly status?: number;
  readonly reason?: string;
}

/** Events of a {@link Watch}. */
export interface WatchEvents<Value> extends ObservableEvents {
  state: [state: WatchState];
  /** What is watched has changed. */
  value: [value: Value];
  /** What the notifier told cannot be read; what was known before stands. */
  error: [error: EventBodyError];
}

/** Reads what a notifier told. @throws EventBodyError */
export type StateReader<Value> = (text: string, before: Value | undefined) => Value;

/** A state somewhere else that we are told of as it changes (RFC 6665), until {@link stop}. */
export class Watch<Value extends object> extends Observable<WatchEvents<Value>, WatchSnapshot<Value>> {
  /**
   * Resolves once the notifier has told anything; rejects with SipResponseError when it refuses, SipTimeoutError and others. Need not be listened
   * to.
   */
  readonly established: Promise<void>;
  readonly #subscription: SipSubscription;
  readonly #read: StateReader<Value>;
  #state: WatchState = 'subscribing';
  #detail: SipStateDetail = {};
  #value: Value | undefined;
  #readable = false;
  /** Whether parts may follow upon what is known: not across subscriptions, whose versions begin anew (RFC 4235 §4.3). */
  #continues = false;

  /** @internal */
  constructor(subscription: SipSubscription, read: StateReader<Value>) {
    super();
    this.#subscription = subscription;
    this.#read = read;
    this.established = subscription.established;
    this.established.catch(() => {});
    subscription.on('notify', (notification) => this.#notified(notification));
    subscription.on('state', (state, detail) => this.#enter(state, detail));
    subscription.on('ended', (end) => this.#enter('terminated', end));
  }

  /** Where the subscription stands (RFC 6665 §4.1.2). */
  get state(): WatchState {
    return this.#state;
  }

  /** What was told last; undefined before. */
  get value(): Value | undefined {
    return this.#value;
  }

  /** Asks for the state now. @throws what the subscription throws, through the promise */
  refresh(): Promise<void> {
    return this.#subscription.refresh();
  }

  /** Ends it. Never rejects. */
  stop(): Promise<void> {
    return this.#subscription.unsubscribe();
  }

  /** As {@link stop}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Each value as it is told, the present one first, until the watch is over. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Value, void, void> {
    let seen: Value | undefined;
    while (true) {
      if (this.#value !== undefined && this.#value !== seen) {
        seen = this.#value;
        yield seen;
      } else if (this.#state === 'terminated') return;
      else await new Promise<void>((resolve) => void this.#onceChanged(resolve));
    }
  }

  protected takeSnapshot(): WatchSnapshot<Value> {
    const { status, reason } = this.#detail;
    return {
      state: this.#state,
      ...(this.#value !== undefined && { value: this.#value }),
      ...(status !== undefined && { status }),
      ...(reason !== undefined && { reason }),
    };
  }

  #onceChanged(listener: () => void): void {
    const off = this.subscribe(() => {
      off();
      listener();
    });
  }

  #notified({ text, body }: SipNotification): void {
    // RFC 6665 §4.1.3: a NOTIFY may tell nothing but the state of the subscription.
    if (body.length === 0) return;
    let value: Value;
    try {
      value = this.#read(text, this.#continues ? this.#value : undefined);
      this.#continues = true;
    } catch (error) {
      if (!(error instanceof EventBodyError)) throw error;
      this.emit('error', error);
      // The full state puts together again what does not fit; who sends nothing readable is not asked time and again.
      if (this.#readable) void this.refresh().catch(() => {});
      this.#readable = false;
      return;
    }
    this.#readable = true;
    // A refresh tells the same again.
    if (JSON.stringify(value) === JSON.stringify(this.#value)) return;
    this.#value = value;
    this.changed();
    this.emit('value', value);
  }

  #enter(state: WatchState, detail: SipStateDetail): void {
    if (state === this.#state) return;
    if (state === 'waiting' || state === 'subscribing') this.#continues = false;
    this.#state = state;
    this.#detail = detail;
    this.changed();
    this.emit('state', state);
  }
}
