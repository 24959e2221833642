import type { Dn } from '../dn/dn';
import type { CallControl } from '../server/call-control';
import { TLibError } from '../tlib/errors';
import type { AddressInfo } from '../tlib/events';
import type { TRequestParameters } from '../tlib/requests';
import type { Procedure } from './execute';

/** TRegisterAddress: the client receives the events of the DN. EventRegistered answers, with the calls there are. */
export const registerAddress: Procedure<TRequestParameters['TRegisterAddress']> = (
  { control, client, cause },
  { thisDN },
) => {
  const dn = known(control, thisDN);
  client.dns.add(thisDN);
  control.tell({ event: 'EventRegistered', thisDN, address: addressInfo(control, dn) }, cause);
};

/** TUnregisterAddress: it receives them no more. EventUnregistered answers. */
export const unregisterAddress: Procedure<TRequestParameters['TUnregisterAddress']> = (
  { control, client, cause },
  { thisDN },
) => {
  control.tell({ event: 'EventUnregistered', thisDN }, cause);
  client.dns.delete(thisDN);
};

/** TQueryAddress: how a DN stands. EventAddressInfo answers. */
export const queryAddress: Procedure<TRequestParameters['TQueryAddress']> = ({ control, cause }, { thisDN }) => {
  const address = addressInfo(control, known(control, thisDN));
  control.tell({ event: 'EventAddressInfo', thisDN, address }, cause);
};

/** TQueryCall: how a call stands. EventPartyInfo answers. */
export const queryCall: Procedure<TRequestParameters['TQueryCall']> = ({ control, cause }, request) => {
  const party = control.party(request);
  control.announce(party, 'EventPartyInfo', { call: party.call.infoFor(party) }, cause);
};

/** The DN of that number. @throws TLibError when there is none */
export function known(control: CallControl, number: string): Dn {
  const dn = control.dns.find(number);
  if (dn) return dn;
  throw new TLibError('InvalidDN', `There is no DN ${number}.`);
}

function addressInfo(control: CallControl, dn: Dn): AddressInfo {
  return {
    inService: !('refusal' in control.place.find(dn.number)),
    doNotDisturb: dn.doNotDisturb,
    ...(dn.forward !== undefined && { forward: dn.forward }),
    agentState: dn.agentState,
    ...(dn.agentID !== undefined && { agentID: dn.agentID }),
    calls: control.calls.partiesOf(dn.number).map((party) => party.call.infoFor(party)),
  };
}
