import { TLibError } from '../tlib/errors';
import type { TRequestParameters } from '../tlib/requests';
import type { Procedure } from './execute';

/** ms that a digit lasts. */
const DIGIT_MS = 160;

/** TSendDTMF: digits to the other party, by INFO: no audio passes here. EventDTMFSent answers. */
export const sendDtmf: Procedure<TRequestParameters['TSendDTMF']> = async ({ control, cause }, request) => {
  const party = control.party(request);
  if (!/^[0-9A-D*#]+$/i.test(request.digits))
    throw new TLibError('MissingParameter', 'Digits are 0 to 9, *, # and A to D.');
  const peer = party.leg?.partner;
  if (party.state !== 'Connected' || !peer) {
    throw new TLibError('InvalidCallState', `${party.dn} talks to nobody in this call.`);
  }
  for (const digit of request.digits.toUpperCase()) {
    const body = new TextEncoder().encode(`Signal=${digit}\r\nDuration=${DIGIT_MS}\r\n`);
    const { status, reason } = await peer.session.send('INFO', {
      body: { contentType: 'application/dtmf-relay', body },
    });
    if (status >= 300) throw new TLibError('RequestRefused', `The other side takes no digits: ${status} ${reason}.`);
  }
  control.announce(party, 'EventDTMFSent', { digits: request.digits }, cause);
};
