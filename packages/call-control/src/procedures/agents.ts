import type { Dn } from '../dn/dn';
import { TLibError } from '../tlib/errors';
import type { TRequestParameters } from '../tlib/requests';
import { known } from './addresses';
import type { Procedure } from './execute';

/** TAgentLogin: an agent works at the DN, not ready at first. EventAgentLogin answers. */
export const agentLogin: Procedure<TRequestParameters['TAgentLogin']> = ({ control, cause }, { thisDN, agentID }) => {
  const dn = known(control, thisDN);
  if (dn.agentID !== undefined) throw new TLibError('NotAllowed', `The agent ${dn.agentID} is logged in at ${thisDN}.`);
  for (const other of control.dns) {
    if (other.agentID === agentID) throw new TLibError('NotAllowed', `The agent ${agentID} is at ${other.number}.`);
  }
  dn.agentID = agentID;
  dn.agentState = 'NotReady';
  control.tell({ event: 'EventAgentLogin', thisDN, agentID }, cause);
};

/** TAgentLogout. EventAgentLogout answers. */
export const agentLogout: Procedure<TRequestParameters['TAgentLogout']> = ({ control, cause }, { thisDN }) => {
  const dn = present(known(control, thisDN));
  const { agentID } = dn;
  dn.agentID = undefined;
  dn.agentState = 'LoggedOut';
  control.tell({ event: 'EventAgentLogout', thisDN, ...(agentID !== undefined && { agentID }) }, cause);
};

/** TAgentSetReady. EventAgentReady answers. */
export const agentReady: Procedure<TRequestParameters['TAgentSetReady']> = ({ control, cause }, { thisDN }) => {
  const dn = present(known(control, thisDN));
  dn.agentState = 'Ready';
  control.tell({ event: 'EventAgentReady', thisDN, agentID: dn.agentID! }, cause);
};

/** TAgentSetNotReady. EventAgentNotReady answers. */
export const agentNotReady: Procedure<TRequestParameters['TAgentSetNotReady']> = ({ control, cause }, request) => {
  const dn = present(known(control, request.thisDN));
  dn.agentState = request.afterCallWork ? 'AfterCallWork' : 'NotReady';
  control.tell({ event: 'EventAgentNotReady', thisDN: request.thisDN, agentID: dn.agentID! }, cause);
};

function present(dn: Dn): Dn {
  if (dn.agentID !== undefined) return dn;
  throw new TLibError('NotAllowed', `No agent is logged in at ${dn.number}.`);
}
