import { leave } from '../call/departures';
import type { Party } from '../call/party';
import { connect, silence } from '../media/media-paths';
import { stopListening } from '../media/treatments';
import type { CallControl, Cause } from '../server/call-control';
import { CallState, DnRole } from '../tlib/enumerations';
import { TLibError } from '../tlib/errors';
import type { TRequestParameters } from '../tlib/requests';
import type { Procedure } from './execute';
import { consult } from './initiate-consultation';
import { exclusively, type TwoCalls, twoCalls } from './two-calls';

/** TCompleteTransfer: those who were called talk to each other, under the ConnID of the call that was held. EventReleased of the consultation answers. */
export const completeTransfer: Procedure<TRequestParameters['TCompleteTransfer']> = ({ control, cause }, request) => {
  const calls = twoCalls(control, request);
  return exclusively(calls, () => complete(control, calls, cause));
};

/** TMuteTransfer: both steps at once, without waiting for an answer. */
export const muteTransfer: Procedure<TRequestParameters['TMuteTransfer']> = async (setting, request) => {
  const { control, cause } = setting;
  // What answers is that the party is released.
  const connID = await consult({ ...setting, cause: { ...cause, answered: true } }, request);
  const calls = twoCalls(control, { thisDN: request.thisDN, connID, heldConnID: request.connID });
  await exclusively(calls, () => complete(control, calls, cause));
};

async function complete(control: CallControl, calls: TwoCalls, cause?: Cause): Promise<void> {
  const { main, consult } = calls;
  const { other: stays } = main;
  const { other: target } = consult;
  if (!stays || !target)
    throw new TLibError('InvalidCallState', 'There is nobody to be transferred, or to transfer to.');
  if (target.answered) await join(control, calls, stays, target);
  main.call.take(target);
  const { dn } = main;
  await leave(control, consult, CallState.Transferred, { cause });
  await leave(control, main, CallState.Transferred);
  const changed = { callState: CallState.Transferred, thirdPartyDN: dn, thirdPartyDNRole: DnRole.TransferredBy };
  control.announce(stays, 'EventPartyChanged', changed);
  control.announce(target, 'EventPartyChanged', changed);
  if (target.leg) target.leg.callUUID = main.call.callUUID;
}

/** They hear each other. When one refuses, the consultation goes on as it was. */
async function join(control: CallControl, { consult }: TwoCalls, stays: Party, target: Party): Promise<void> {
  const [first, second] = [control.leg(stays), control.leg(target)];
  await stopListening(stays);
  try {
    await connect(first, second);
  } catch (error) {
    await silence(first).catch(() => {});
    if (consult.leg) await connect(consult.leg, second).catch(() => {});
    throw error;
  }
}
