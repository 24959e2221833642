import type { TerminationReason } from './subscription-state';

/** First pause before a subscription that ended again and again is made anew, in ms; it doubles. */
const FIRST_PAUSE = 1_000;
/** The longest such pause. */
const LONGEST_PAUSE = 300_000;

/**
 * When to subscribe again after a notifier has ended the subscription (RFC 6665 §4.1.3), in ms from now; undefined never.
 *
 * @param reason of Subscription-State; none counts as one that is not known
 * @param retryAfter of Subscription-State, in seconds
 * @param failures how many subscriptions in a row have come to nothing: even where one may subscribe at once, the pauses grow
 * @param chance 0 to 1, to scatter subscribers that have lost their notifier at the same moment
 */
export function resubscriptionDelay(
  reason: TerminationReason | undefined,
  retryAfter: number | undefined,
  failures: number,
  chance: number,
): number | undefined {
  switch (reason) {
    case 'rejected':
    case 'noresource':
    case 'invariant':
      return undefined;
    case 'deactivated':
    case 'timeout':
      // At once, and Retry-After means nothing here.
      return failures === 0 ? 0 : backOff(failures - 1, chance);
    default:
      // probation, giveup, and what is not known: when it says so, else when we like.
      return retryAfter === undefined ? backOff(failures, chance) : retryAfter * 1_000;
  }
}

/** Pauses that double, scattered over their upper half. */
export function backOff(failures: number, chance: number): number {
  return Math.min(FIRST_PAUSE * 2 ** Math.min(failures, 16), LONGEST_PAUSE) * (0.5 + 0.5 * chance);
}

/** Failures of a SUBSCRIBE, and of a NOTIFY, after which the subscription is no more (RFC 6665 §4.1.2.2, §4.2.2). */
export function endsSubscription(status: number): boolean {
  return (
    [404, 405, 410, 416, 489, 501, 604].includes(status) ||
    // Of 480 to 485 all say that nobody is there; so does 481, which says it of the subscription itself.
    (status >= 480 && status <= 485)
  );
}
