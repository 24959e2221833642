import type { Headers } from '@offhook/sip-core';
import type { Call } from '../call/call';
import type { CallFacts } from '../call/call-facts';
import type { RemoteParty } from '../call/remote-party';
import type { Connection } from '../connection/connection';

/** A call that comes in, before anybody is told of it. */
export interface IncomingInvite {
  /** Who calls. */
  readonly remote: RemoteParty;
  /** What the INVITE says besides. */
  readonly facts: CallFacts;
  /** Its header fields. */
  readonly headers: Headers;
  /** The line it comes by. */
  readonly connection: Connection | undefined;
  /** The call it is to take the place of. */
  readonly replaces: Call | undefined;
  /** The calls there are. */
  readonly calls: readonly Call[];
}

/**
 * Decides whether a call that comes in is shown at all.
 *
 * @returns undefined to show it, or the SIP status it is refused with, 400 to 699
 */
export type Admission = (invite: IncomingInvite) => number | undefined;

/** Refuses calls while there is another one: no call waiting. @param status 486 Busy Here when absent */
export function rejectWhenBusy(status = 486): Admission {
  return ({ calls, replaces }) => (calls.some((call) => call !== replaces) ? status : undefined);
}

/**
 * Refuses calls while nobody could talk, such as without a headset.
 *
 * @param available whether there is one now
 * @param status 480 Temporarily Unavailable when absent
 */
export function rejectUnlessAvailable(available: () => boolean, status = 480): Admission {
  return () => (available() ? undefined : status);
}

/** Refuses what any of these refuses; the first of them says with which status. */
export function admitIfAll(...admissions: readonly Admission[]): Admission {
  return (invite) => {
    for (const admission of admissions) {
      const status = admission(invite);
      if (status !== undefined) return status;
    }
    return undefined;
  };
}
