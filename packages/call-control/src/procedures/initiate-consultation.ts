import { follow } from '../call/departures';
import { finalNumber } from '../call/invite-party';
import { CallType, DnRole } from '../tlib/enumerations';
import { TLibError } from '../tlib/errors';
import type { TRequestParameters } from '../tlib/requests';
import type { Procedure, Setting } from './execute';
import { hold } from './hold-call';
import { dial, originate, ringback } from './originate';

type Request = TRequestParameters['TInitiateTransfer'];

/**
 * TInitiateTransfer, TInitiateConference: the call is held and a consultation call placed: THoldCall and TMakeCall. With `dual-dialog-enabled` false the consultation
 * borrows the dialog of the main call. EventDialing of the consultation answers.
 */
export const initiateConsultation: Procedure<Request> = async (setting, request) => {
  await consult(setting, request);
};

/** The same, and gives the ConnID of the consultation. @throws TLibError and SipError: the call is as it was, or held when that was done already */
export async function consult({ control, cause }: Setting, request: Request): Promise<string> {
  const { thisDN, connID, otherDN, userData } = request;
  const main = control.party(request);
  finalNumber(control, otherDN);
  if (main.dn === otherDN) throw new TLibError('DestinationInvalid', 'Nobody consults himself.');
  const borrows = control.dns.find(thisDN)?.option('dual-dialog-enabled') === false;
  const call = control.calls.open({
    type: CallType.Consult,
    ani: thisDN,
    dnis: otherDN,
    previousConnID: connID,
    userData: { ...main.call.userData, ...userData },
  });
  try {
    await main.call.exclusively(() => hold(control, main, { lends: borrows }));
    if (!borrows) {
      await originate(control, call, thisDN, otherDN, cause);
    } else {
      const leg = control.leg(main);
      const caller = call.add(thisDN, DnRole.Origination);
      caller.lender = main;
      main.leg = undefined;
      follow(control, caller, leg);
      // Ringback first: who is behind the gateway hears at once that something happens.
      await ringback(control, caller);
      await dial(control, call, caller, otherDN, cause);
    }
  } finally {
    control.calls.forget(call);
  }
  return call.connID;
}
