import type { SessionEnd } from '@offhook/sip-core';
import type { Leg } from '../leg/leg';
import { unpair } from '../media/media-paths';
import type { CallControl, Cause } from '../server/call-control';
import { CallState, DnRole } from '../tlib/enumerations';
import type { Call } from './call';
import type { Party } from './party';

/** From now on what becomes of the party's dialog becomes of the party. */
export function follow(control: CallControl, party: Party, leg: Leg): void {
  party.leg = leg;
  leg.callUUID = party.call.callUUID;
  leg.on('ended', (end) => {
    if (party.leg === leg && party.present) legEnded(control, party, end);
  });
  leg.on('described', (direction) => {
    if (party.leg !== leg) return;
    const held = direction !== 'sendrecv' && direction !== 'recvonly';
    if (held && party.state === 'Connected') {
      party.state = 'Held';
      control.announce(party, 'EventHeld');
    } else if (!held && party.state === 'Held' && leg.partner) {
      party.state = 'Connected';
      control.announce(party, 'EventRetrieved');
    }
  });
}

/**
 * A party's part in a call is over: it is told, its dialogs are ended. What the others do is another matter.
 *
 * @param keepsDialog it needs its dialog for something else
 */
export function leave(
  control: CallControl,
  party: Party,
  callState: CallState,
  { cause, keepsDialog = false }: { cause?: Cause | undefined; keepsDialog?: boolean } = {},
): Promise<void> {
  const { call, leg, service } = party;
  if (!party.present) return Promise.resolve();
  const { other } = party;
  const rang = party.state === 'Alerting';
  party.state = 'Null';
  const abandoned = rang && callState === CallState.Abandoned;
  control.announce(
    party,
    abandoned ? 'EventAbandoned' : 'EventReleased',
    { callState, ...(other && { otherDN: other.dn }) },
    cause,
  );
  call.parties.splice(call.parties.indexOf(party), 1);
  control.calls.forget(call);
  party.service = undefined;
  const endings = [service?.hangUp()];
  if (leg && !keepsDialog) {
    unpair(leg);
    const lender = leg.over ? undefined : party.lender;
    if (lender?.present) takeBack(lender, leg);
    else endings.push(leg.hangUp());
  }
  return Promise.all(endings).then(() => {});
}

/** The main call has its dialog again, which the consultation had borrowed. */
function takeBack(lender: Party, leg: Leg): void {
  lender.leg = leg;
  leg.callUUID = lender.call.callUUID;
}

/** A call is over for all. */
export async function release(
  control: CallControl,
  call: Call,
  callState: CallState = CallState.Ok,
  cause?: Cause,
): Promise<void> {
  await Promise.all([...call.parties].map((party) => leave(control, party, callState, { cause })));
}

/** A party goes; who is left alone goes, too. */
export async function depart(control: CallControl, party: Party, callState: CallState, cause?: Cause): Promise<void> {
  const { call } = party;
  const gone = leave(control, party, callState, { cause });
  await Promise.all([gone, others(control, call, party, callState)]);
}

async function others(control: CallControl, call: Call, gone: Party, callState: CallState): Promise<void> {
  const left = call.parties.length;
  if (call.conference !== undefined && left >= 2) {
    for (const party of call.parties) {
      control.announce(party, 'EventPartyDeleted', {
        otherDN: gone.dn,
        otherDNRole: DnRole.DeletedParty,
        callState: left > 2 ? CallState.Conferenced : CallState.Ok,
      });
    }
    return;
  }
  // Whoever only dials or rings for somebody who has gone has nobody to talk to.
  await release(control, call, callState);
}

function legEnded(control: CallControl, party: Party, end: SessionEnd): void {
  const { state, call } = party;
  const refused = state === 'Alerting' || state === 'Initiated';
  const callState = refused ? stateOf(end.status) : CallState.Ok;
  if (refused && callState === CallState.Busy && party.role === DnRole.Destination) {
    for (const other of call.others(party)) control.announce(other, 'EventDestinationBusy', { otherDN: party.dn });
  }
  if (refused && party.unreachable) {
    const { unreachable } = party;
    void leave(control, party, callState);
    unreachable(end.status);
    return;
  }
  if (party.lender) void depart(control, party.lender, CallState.Ok);
  // A call that nobody had answered yet is abandoned by its caller.
  const abandons = party.role === DnRole.Origination && call.others(party).every((other) => !other.answered);
  void depart(control, party, abandons && !refused ? CallState.Abandoned : callState);
}

/** What a refusal of a call means. */
export function stateOf(status: number | undefined): CallState {
  if (status === 486 || status === 600) return CallState.Busy;
  if (status === 408 || status === 480 || status === 487) return CallState.NoAnswer;
  return status === undefined ? CallState.Ok : CallState.GeneralError;
}
