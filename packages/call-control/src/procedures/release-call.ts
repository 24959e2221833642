import { depart, release } from '../call/departures';
import { CallState } from '../tlib/enumerations';
import type { TRequestParameters } from '../tlib/requests';
import type { Procedure } from './execute';

/** TReleaseCall: the party leaves; who is left alone goes, too: two BYEs. EventReleased answers. */
export const releaseCall: Procedure<TRequestParameters['TReleaseCall']> = ({ control, cause }, request) =>
  depart(control, control.party(request), CallState.Ok, cause);

/** TClearCall: the call ends for all its parties. */
export const clearCall: Procedure<TRequestParameters['TClearCall']> = ({ control, cause }, request) =>
  release(control, control.party(request).call, CallState.Cleared, cause);
