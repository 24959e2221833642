import type { Party } from '../call/party';
import { CallState, CallType } from '../tlib/enumerations';
import type { TEvent, TEventName } from '../tlib/events';

/** An event before it has its time and reference. */
export type UntimedEvent = Omit<TEvent, 'time' | 'referenceID'>;

/** What an event of a party's call says unless told otherwise. */
export function callEvent(party: Party, event: TEventName, more: Partial<TEvent> = {}): UntimedEvent {
  const { call } = party;
  const { other } = party;
  const previous = party.previousConnID ?? (call.type === CallType.Consult ? call.previousConnID : undefined);
  return {
    event,
    thisDN: party.dn,
    thisDNRole: party.role,
    ...(other && { otherDN: other.dn, otherDNRole: other.role }),
    connID: call.connID,
    callID: call.callID,
    callUUID: call.callUUID,
    callType: call.type,
    callState: call.conference === undefined ? CallState.Ok : CallState.Conferenced,
    dnis: call.dnis,
    ani: call.ani,
    userData: { ...call.userData },
    ...(previous && { previousConnID: previous }),
    ...more,
  };
}
