import type { Call } from '../call/call';
import type { CallControl, Cause } from '../server/call-control';
import { TLibError } from '../tlib/errors';
import type { TRequestParameters } from '../tlib/requests';
import type { Procedure } from './execute';

/** TAttachUserData, TUpdateUserData: pairs are added, those of the same key replaced. EventAttachedDataChanged answers. */
export const attachUserData: Procedure<TRequestParameters['TAttachUserData']> = ({ control, cause }, request) => {
  const { call } = control.party(request);
  if (!isUserData(request.userData)) throw new TLibError('MissingParameter', 'userData has to map names to texts.');
  Object.assign(call.userData, request.userData);
  changed(control, call, cause);
};

/** TDeleteUserData: pairs are taken away, or all. EventAttachedDataChanged answers. */
export const deleteUserData: Procedure<TRequestParameters['TDeleteUserData']> = ({ control, cause }, request) => {
  const { call } = control.party(request);
  for (const key of request.keys ?? Object.keys(call.userData)) delete call.userData[key];
  changed(control, call, cause);
};

function changed(control: CallControl, call: Call, cause: Cause): void {
  for (const party of call.parties) control.announce(party, 'EventAttachedDataChanged', {}, cause);
}

const isUserData = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string');
