import type { SessionBody } from '../body/session-body';
import type { Addressing } from '../sending/new-request';

/** A subscription to be made. */
export interface SubscribeOptions extends Addressing {
  /** Event package, such as `message-summary`. */
  event: string;
  /** `id` of the Event header field. */
  id?: string;
  /** Content types that can be read; what the package says when absent. */
  accept?: readonly string[];
  /** Seconds asked for, 3,600 when absent; the notifier may give less. 0 fetches the state once (RFC 6665 §4.4.3). */
  expires?: number;
  /** A filter, or what else the package has bodies for. */
  body?: SessionBody;
  /** What becomes of the branches of a forked SUBSCRIBE: the first to notify is kept and the others refused (481), or `all` are kept. */
  forks?: 'first' | 'all';
  /** Whether to subscribe again when the notifier ends it for a reason that allows that, and when a refresh fails; true when absent. */
  resubscribe?: boolean;
  /** Unsubscribes. */
  signal?: AbortSignal;
}
