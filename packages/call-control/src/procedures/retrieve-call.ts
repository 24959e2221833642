import type { Party } from '../call/party';
import { connect } from '../media/media-paths';
import { stopListening } from '../media/treatments';
import type { CallControl, Cause } from '../server/call-control';
import { CallState } from '../tlib/enumerations';
import { TLibError } from '../tlib/errors';
import type { TRequestParameters } from '../tlib/requests';
import type { Procedure } from './execute';

/** TRetrieveCall: they talk again. EventRetrieved answers. */
export const retrieveCall: Procedure<TRequestParameters['TRetrieveCall']> = ({ control, cause }, request) => {
  const party = control.party(request);
  return party.call.exclusively(() => retrieve(control, party, cause));
};

/** @throws TLibError when the party does not hold the call; SipError when a phone refuses: it is held as before */
export async function retrieve(control: CallControl, party: Party, cause?: Cause): Promise<void> {
  if (party.state !== 'Held') throw new TLibError('InvalidCallState', `${party.dn} does not hold this call.`);
  const leg = control.leg(party);
  const reuse = control.dns.find(party.dn)?.option('reuse-sdp-on-reinvite') ?? false;
  const { other, service } = party;
  if (party.call.conference !== undefined && service) {
    await connect(leg, service, { reuse });
  } else if (other) {
    await stopListening(other);
    // Who holds on his side, too, hears nothing until he retrieves the call himself.
    if (other.state === 'Connected') await connect(leg, control.leg(other), { reuse });
  }
  party.state = 'Connected';
  control.announce(party, 'EventRetrieved', { callState: CallState.Ok }, cause);
}
