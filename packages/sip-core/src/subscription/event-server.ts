import type { DigestServer } from '../auth/digest-server';
import type { Dialog } from '../dialog/dialog';
import { AllowEvents } from '../headers/events';
import { SipSyntaxError } from '../platform/errors';
import { TypedEmitter } from '../platform/typed-emitter';
import type { StackFeature } from '../stack/stack-feature';
import type { StackHost } from '../stack/stack-host';
import type { ServerTransaction } from '../transaction/server-transaction';
import { accepts } from './accepted-types';
import { type EventName, eventOf } from './event';
import { IncomingSubscription } from './incoming-subscription';
import { grantedSeconds, refuseShort } from './notifier';

/** Settings of an {@link EventServer}. */
export interface EventServerOptions {
  /** Event package, such as `dialog`. */
  event: string;
  /** Content types its states come in; a SUBSCRIBE that accepts none of them is refused (406). Not looked at when absent. */
  accept?: readonly string[];
  /** The least a subscriber may ask for, in seconds; 60 when absent. Less is refused (423); 0, which fetches a state, never is. */
  minExpires?: number;
  /** The most a subscription lasts without being refreshed, in seconds; 7,200 when absent. */
  maxExpires?: number;
  /** Seconds given when nothing is asked for; 3,600 when absent. */
  defaultExpires?: number;
  /** Least time between two NOTIFYs of one subscription, in ms; 0 when absent. */
  notifyInterval?: number;
  /**
   * Whether a state that could not be told yet is replaced by a newer one; true when absent. False for packages whose bodies tell what has
   * changed only.
   */
  coalesce?: boolean;
  /** Most subscriptions at a time, 20,000 when absent; more are refused (503). */
  maxSubscriptions?: number;
  /** Challenges SUBSCRIBEs. */
  digest?: DigestServer;
}

/** Events of an {@link EventServer}. */
export interface EventServerEvents {
  /** Somebody subscribes. Accept, pend or reject it; what nobody has decided about in 2 s is made to wait. Without a listener: 480. */
  subscribe: [subscription: IncomingSubscription];
}

/** Serves an event package (RFC 6665 §4.2): a {@link StackFeature}, or made by {@link SipStack.serveEvent}. */
export class EventServer extends TypedEmitter<EventServerEvents> implements StackFeature {
  readonly methods = ['SUBSCRIBE'];
  readonly events: readonly string[];
  readonly #options: EventServerOptions;
  readonly #subscriptions = new Set<IncomingSubscription>();
  #host!: StackHost;

  constructor(options: EventServerOptions) {
    super();
    // It is told to peers.
    AllowEvents.field([options.event]);
    this.#options = options;
    this.events = [options.event];
  }

  /** Subscriptions alive now. */
  get subscriptions(): ReadonlySet<IncomingSubscription> {
    return this.#subscriptions;
  }

  /** How many there are. */
  get size(): number {
    return this.#subscriptions.size;
  }

  /** @internal */
  attach(host: StackHost): void {
    this.#host = host;
  }

  /** @internal */
  receive(transaction: ServerTransaction): boolean {
    return this.#received(transaction);
  }

  /** @internal A SUBSCRIBE in the dialog of a session or of another subscription (RFC 6665 §4.5.2). */
  inDialog(transaction: ServerTransaction, dialog: Dialog): boolean {
    return this.#received(transaction, dialog);
  }

  /** @internal */
  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((each) => each.terminate('probation')));
  }

  /** @internal */
  abandon(): void {
    for (const each of [...this.#subscriptions]) each.abandon();
  }

  #received(transaction: ServerTransaction, dialog?: Dialog): boolean {
    const event = eventOf(transaction.request);
    if (event?.event !== this.#options.event) {
      // Of several servers the one it is for takes it; a package that nobody serves any of them may refuse (§4.2.1.1).
      if (event && this.#host.events.includes(event.event)) return false;
      transaction.reply(489, { headers: [['Allow-Events', this.#host.events.join(', ')]] });
      return true;
    }
    void this.#admit(transaction, event, dialog).catch((error: unknown) => {
      if (!transaction.answered) transaction.reply(error instanceof SipSyntaxError ? error.status : 500);
      this.#host.logger.warn({ error, event: event.event }, 'A SUBSCRIBE could not be served.');
    });
    return true;
  }

  async #admit(transaction: ServerTransaction, event: EventName, dialog?: Dialog): Promise<void> {
    const { request } = transaction;
    const { accept, digest, minExpires = 60, maxExpires = 7_200, defaultExpires = 3_600 } = this.#options;
    if (digest) {
      const verdict = await digest.verify(request);
      if (!verdict.ok) {
        transaction.reply(digest.status, { headers: digest.challenge(verdict.stale) });
        return;
      }
    }
    if (accept && !accept.some((type) => accepts(request, type))) {
      transaction.reply(406, { headers: [['Accept', accept.join(', ')]] });
      return;
    }
    const durations = { least: minExpires, most: maxExpires, usual: Math.min(defaultExpires, maxExpires) };
    const expires = grantedSeconds(request, durations);
    if (expires === undefined) {
      refuseShort(transaction, durations);
      return;
    }
    const { notifyInterval = 0, coalesce = true, maxSubscriptions = 20_000 } = this.#options;
    if (this.#subscriptions.size >= maxSubscriptions) {
      transaction.reply(503);
      return;
    }
    const subscription: IncomingSubscription = new IncomingSubscription(this.#host, {
      transaction,
      event,
      expires,
      durations,
      dialog,
      interval: notifyInterval,
      coalesce,
      ended: () => this.#subscriptions.delete(subscription),
    });
    this.#subscriptions.add(subscription);
    if (!this.emit('subscribe', subscription) && subscription.state === 'initial') subscription.reject(480);
  }
}
