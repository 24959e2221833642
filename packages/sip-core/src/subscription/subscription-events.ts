import type { Dialog } from '../dialog/dialog';
import type { SipRequest } from '../message/request';
import type { SubscriptionStateValue, TerminationReason } from './subscription-state';

/**
 * Where a subscription stands: `subscribing` (no NOTIFY has come yet), `pending` (nobody has decided), `active`, `waiting` (it was ended and will
 * be made anew), `terminated`.
 */
export type SubscriptionState = 'subscribing' | 'pending' | 'active' | 'waiting' | 'terminated';

/** A NOTIFY (RFC 6665 §4.1.3). */
export interface Notification {
  /** The state; empty when the notifier tells none. */
  readonly body: Uint8Array;
  readonly contentType?: string;
  /** The body as UTF-8 text. */
  readonly text: string;
  /** What it says about the subscription. */
  readonly state: SubscriptionStateValue;
  readonly request: SipRequest;
  readonly dialog: Dialog;
}

/** How a subscription ended, for good or until it is made anew. */
export interface SubscriptionEnd {
  /** Who ended it; `error` when nobody did. */
  readonly by: 'local' | 'remote' | 'error';
  /** What the notifier gave as the reason. */
  readonly reason?: TerminationReason;
  /** Status of the response that ended it. */
  readonly status?: number;
  readonly error?: Error;
}

/** Why a {@link Subscription} is in its state. */
export interface SubscriptionDetail extends Partial<SubscriptionEnd> {
  /** Seconds it lasts, when pending or active. */
  readonly expires?: number;
  /** While waiting: ms until it is made anew. */
  readonly retryIn?: number;
}

/** Events of a {@link Subscription}. */
export interface SubscriptionEvents<Self> {
  state: [state: SubscriptionState, detail: SubscriptionDetail];
  /** A NOTIFY has come; its 200 is on its way. */
  notify: [notification: Notification];
  /** Another branch of a forked SUBSCRIBE notifies too: a subscription of its own. Its first `notify` follows. Only with `forks: 'all'`. */
  fork: [subscription: Self];
  /** It is over for good; always the last event, and comes once. */
  ended: [end: SubscriptionEnd];
}
