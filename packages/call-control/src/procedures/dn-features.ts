import { TLibError } from '../tlib/errors';
import type { TRequestParameters } from '../tlib/requests';
import { known } from './addresses';
import type { Procedure } from './execute';

/** TSetDNDOn, TSetDNDOff: calls are refused as busy, or ring again. EventDNDOn, EventDNDOff answers. */
export const setDoNotDisturb =
  (on: boolean): Procedure<TRequestParameters['TSetDNDOn']> =>
  ({ control, cause }, { thisDN }) => {
    known(control, thisDN).doNotDisturb = on;
    control.tell({ event: on ? 'EventDNDOn' : 'EventDNDOff', thisDN }, cause);
  };

/** TCallSetForward: calls ring elsewhere. EventForwardSet answers. */
export const setForward: Procedure<TRequestParameters['TCallSetForward']> = ({ control, cause }, request) => {
  const { thisDN, otherDN } = request;
  const dn = known(control, thisDN);
  if (thisDN === otherDN) throw new TLibError('DestinationInvalid', 'A DN cannot be forwarded to itself.');
  dn.forward = otherDN;
  control.tell({ event: 'EventForwardSet', thisDN, otherDN }, cause);
};

/** TCallCancelForward: they ring here again. EventForwardCancel answers. */
export const cancelForward: Procedure<TRequestParameters['TCallCancelForward']> = ({ control, cause }, { thisDN }) => {
  known(control, thisDN).forward = undefined;
  control.tell({ event: 'EventForwardCancel', thisDN }, cause);
};
