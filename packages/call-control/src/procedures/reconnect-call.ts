import { depart, leave } from '../call/departures';
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
    if (consult.lender === main) {
      const { leg, call } = consult;
      await leave(control, consult, CallState.Ok, { cause, keepsDialog: true });
      for (const party of [...call.parties]) await leave(control, party, CallState.Ok);
      main.leg = leg;
      if (leg) leg.callUUID = main.call.callUUID;
    } else {
      await depart(control, consult, CallState.Ok, cause);
    }
    await retrieve(control, main, cause);
  });
};
