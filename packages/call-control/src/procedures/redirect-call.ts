import { leave } from '../call/departures';
import { finalNumber } from '../call/invite-party';
import { CallState } from '../tlib/enumerations';
import { TLibError } from '../tlib/errors';
import type { TRequestParameters } from '../tlib/requests';
import type { Procedure } from './execute';

/** TRedirectCall: a call that rings here rings elsewhere. EventReleased answers. */
export const redirectCall: Procedure<TRequestParameters['TRedirectCall']> = async ({ control, cause }, request) => {
  const party = control.party(request);
  const { redirect } = party.call;
  if (party.state !== 'Alerting' || !redirect) {
    throw new TLibError('InvalidCallState', `${party.dn} does not ring in this call.`);
  }
  finalNumber(control, request.otherDN);
  const gone = leave(control, party, CallState.Redirected, { cause });
  redirect(request.otherDN);
  await gone;
};
