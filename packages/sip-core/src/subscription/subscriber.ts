import type { SipRequest } from '../message/request';
import type { StackFeature } from '../stack/stack-feature';
import type { StackHost } from '../stack/stack-host';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { SubscribeOptions } from './subscribe-options';
import { Subscription } from './subscription';

/** @internal Who waits for the NOTIFY that opens a dialog (RFC 6665 §4.4.1). */
export interface FirstNotifyReceiver {
  /** @returns false when the NOTIFY is about something else: it is answered 481 */
  firstNotify(transaction: ServerTransaction): boolean;
}

/** @internal What lasts until it is ended, or the stack is. */
export interface Lasting {
  /** Says goodbye; resolves when that is done. */
  close(): Promise<void>;
  /** Ends without a word. */
  abandon(): void;
}

/** The subscriber's side of RFC 6665: our subscriptions, and the NOTIFYs that open their dialogs. Plugged in with the first subscription. */
export class Subscriber implements StackFeature {
  readonly methods = ['NOTIFY'];
  readonly #waiting = new Map<string, FirstNotifyReceiver>();
  readonly #lasting = new Set<Lasting>();
  #host!: StackHost;

  /** Subscriptions and referrals alive now. */
  get size(): number {
    return this.#lasting.size;
  }

  /** @internal */
  attach(host: StackHost): void {
    this.#host = host;
  }

  /** Subscribes. Nothing has been sent when this returns. @throws SipSyntaxError when an address is none */
  subscribe(options: SubscribeOptions): Subscription {
    const subscription = new Subscription(this.#host, this, options);
    subscription.begin();
    return subscription;
  }

  /** @internal A NOTIFY of a dialog that is not known yet: it overtook the 2xx, or another branch of a fork sends it. */
  orphan(transaction: ServerTransaction): boolean {
    return this.#waiting.get(keyOf(transaction.request))?.firstNotify(transaction) ?? false;
  }

  /** @internal NOTIFYs that answer this request go to the receiver, until the function that is returned is called. */
  expect({ callId, from }: SipRequest, receiver: FirstNotifyReceiver): () => void {
    const key = `${callId} ${from.tag ?? ''}`;
    this.#waiting.set(key, receiver);
    return () => {
      if (this.#waiting.get(key) === receiver) this.#waiting.delete(key);
    };
  }

  /** @internal */
  add(lasting: Lasting): void {
    this.#lasting.add(lasting);
  }

  /** @internal */
  remove(lasting: Lasting): void {
    this.#lasting.delete(lasting);
  }

  /** @internal */
  async close(): Promise<void> {
    await Promise.all([...this.#lasting].map((each) => each.close()));
  }

  /** @internal */
  abandon(): void {
    for (const each of [...this.#lasting]) each.abandon();
  }
}

const keyOf = ({ callId, to }: SipRequest): string => `${callId} ${to.tag ?? ''}`;
