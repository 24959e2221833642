import type { Party } from '../call/party';
import type { CallControl } from '../server/call-control';
import { TLibError } from '../tlib/errors';

/** A DN's parts in the two calls of a consultation. */
export interface TwoCalls {
  /** In the call that is held. */
  readonly main: Party;
  /** In the current one. */
  readonly consult: Party;
}

/** The two calls of a request. @throws TLibError unless the one is held and the other is not */
export function twoCalls(
  control: CallControl,
  { thisDN, connID, heldConnID }: { thisDN: string; connID: string; heldConnID: string },
): TwoCalls {
  const consult = control.party({ thisDN, connID });
  const main = control.party({ thisDN, connID: heldConnID });
  if (main === consult) throw new TLibError('InvalidConnID', 'Both ConnIDs are of the same call.');
  if (main.state !== 'Held') throw new TLibError('InvalidCallState', `${thisDN} does not hold the call ${heldConnID}.`);
  if (consult.state === 'Held') throw new TLibError('InvalidCallState', `The call ${connID} is held as well.`);
  return { main, consult };
}

/** Runs a change of both calls, while nothing else changes them. */
export const exclusively = <T>({ main, consult }: TwoCalls, change: () => Promise<T>): Promise<T> => {
  // Always in the same order, lest two changes wait for each other.
  const [first, second] = [main.call, consult.call].sort((a, b) => (a.connID < b.connID ? -1 : 1));
  return first!.exclusively(() => second!.exclusively(change));
};
