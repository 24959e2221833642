import { callTypeOf } from '../call/invite-party';
import type { TRequestParameters } from '../tlib/requests';
import type { Procedure } from './execute';
import { originate } from './originate';

/** TMakeCall: the phone of the DN, then the number. EventDialing answers. */
export const makeCall: Procedure<TRequestParameters['TMakeCall']> = async (
  { control, cause },
  { thisDN, otherDN, callType, userData = {} },
) => {
  const type = callType ?? callTypeOf(control, thisDN, otherDN);
  const call = control.calls.open({ type, ani: thisDN, dnis: otherDN, userData });
  try {
    await originate(control, call, thisDN, otherDN, cause);
  } finally {
    control.calls.forget(call);
  }
};
