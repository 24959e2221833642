import { depart } from '../call/departures';
import { CallState } from '../tlib/enumerations';
import type { TRequestParameters } from '../tlib/requests';
import type { Procedure } from './execute';
import { retrieve } from './retrieve-call';
import { exclusively, twoCalls } from './two-calls';

/** TReconnectCall: the consultation ends, and the main call is retrieved. EventReleased of the consultation answers. */
export const reconnectCall: Procedure<TRequestParameters['TReconnectCall']> = ({ control, cause }, request) => {
  const calls = twoCalls(control, request);
  const { main, consult } = calls;
  return exclusively(calls, async () => {
    // A dialog that was borrowed is back in the main call by that.
    await depart(control, consult, CallState.Ok, cause);
    await retrieve(control, main, cause);
  });
};
