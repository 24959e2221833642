import type { TRequestParameters } from '../tlib/requests';
import type { Procedure } from './execute';
import { hold } from './hold-call';
import { retrieve } from './retrieve-call';
import { exclusively, twoCalls } from './two-calls';

/** TAlternateCall: the current call is held, the other one retrieved. EventRetrieved of the second, or EventHeld of the first, answers. */
export const alternateCall: Procedure<TRequestParameters['TAlternateCall']> = ({ control, cause }, request) => {
  const calls = twoCalls(control, request);
  return exclusively(calls, async () => {
    await hold(control, calls.consult, { cause });
    try {
      await retrieve(control, calls.main, cause);
    } catch (error) {
      await retrieve(control, calls.consult).catch(() => {});
      throw error;
    }
  });
};
