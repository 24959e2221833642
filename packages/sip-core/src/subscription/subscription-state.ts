import { SubscriptionState } from '../headers/events';
import type { SipMessage } from '../message/message';
import { SipSyntaxError } from '../platform/errors';

/**
 * Why a notifier has ended a subscription (RFC 6665 §4.1.3): `deactivated` subscribe again at once, elsewhere perhaps; `probation` later;
 * `rejected` never; `timeout` it was not refreshed; `giveup` nobody decided about it, later perhaps; `noresource` there is none; `invariant`
 * its state will never change. Others may come.
 */
export type TerminationReason =
  | 'deactivated'
  | 'probation'
  | 'rejected'
  | 'timeout'
  | 'giveup'
  | 'noresource'
  | 'invariant'
  | (string & {});

const LONGEST = 0xffffffff;

/** A Subscription-State header field (RFC 6665 §8.2.3). */
export interface SubscriptionStateValue {
  /** `pending`, `active`, `terminated`; what is something else counts as active. */
  readonly state: 'pending' | 'active' | 'terminated';
  /** Why it is terminated. */
  readonly reason?: TerminationReason;
  /** Seconds the subscription lasts from now. */
  readonly expires?: number;
  /** Seconds after which a new subscription may be tried. */
  readonly retryAfter?: number;
}

/**
 * Reads the Subscription-State of a NOTIFY.
 *
 * @throws SipSyntaxError (400) when there is none, or it is malformed
 */
export function subscriptionStateOf(message: SipMessage): SubscriptionStateValue {
  const value = SubscriptionState.read(message);
  if (!value) throw new SipSyntaxError('The Subscription-State header is missing.', { header: 'Subscription-State' });
  const { state, reason, expires, retryAfter } = value;
  return {
    state: state === 'pending' || state === 'terminated' ? state : 'active',
    ...(reason === undefined ? {} : { reason }),
    ...(expires === undefined ? {} : { expires: Math.min(expires, LONGEST) }),
    ...(retryAfter === undefined ? {} : { retryAfter: Math.min(retryAfter, LONGEST) }),
  };
}
