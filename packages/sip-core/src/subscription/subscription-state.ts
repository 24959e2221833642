import { parseHeaderWord } from '../message/header-value';
import type { SipMessage } from '../message/message';
import { Params } from '../message/params';
import { SipSyntaxError } from '../platform/errors';
import { attempt } from './event';

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
  const value = message.headers.get('Subscription-State');
  if (value === undefined) {
    throw new SipSyntaxError('The Subscription-State header is missing.', { header: 'Subscription-State' });
  }
  const { word, params } = attempt('Subscription-State', () => parseHeaderWord(value));
  const state = word.toLowerCase();
  const reason = params.get('reason')?.toLowerCase();
  const expires = seconds(params.get('expires'));
  const retryAfter = seconds(params.get('retry-after'));
  return {
    state: state === 'pending' || state === 'terminated' ? state : 'active',
    ...(reason === undefined ? {} : { reason }),
    ...(expires === undefined ? {} : { expires }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

/** As it stands in the header field. */
export function subscriptionStateText({ state, reason, expires, retryAfter }: SubscriptionStateValue): string {
  const params = new Params();
  if (reason !== undefined) params.set('reason', reason);
  if (expires !== undefined) params.set('expires', String(expires));
  if (retryAfter !== undefined) params.set('retry-after', String(retryAfter));
  return state + params.toString();
}

function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Math.min(Number(text), 0xffffffff) : undefined;
}
