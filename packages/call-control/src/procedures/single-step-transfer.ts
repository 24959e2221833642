import { leave, release, stateOf } from '../call/departures';
import { finalNumber, inviteParty } from '../call/invite-party';
import type { Party } from '../call/party';
import { Deferred } from '../leg/deferred';
import { silence } from '../media/media-paths';
import type { CallControl } from '../server/call-control';
import { CallState, DnRole } from '../tlib/enumerations';
import { TLibError } from '../tlib/errors';
import type { TRequestParameters } from '../tlib/requests';
import { connectWhenAnswered } from './answering';
import type { Procedure, Setting } from './execute';
import { ringback } from './originate';

/** ms after a REFER has ended without an outcome. */
const MOST_PATIENCE = 32_000;

type Request = TRequestParameters['TSingleStepTransfer'];

/**
 * TSingleStepTransfer: the party goes and its peer is connected with somebody else, who may turn out to be busy. By re-INVITEs, or, with `refer-enabled` of the peer, by
 * a REFER to it. EventReleased answers.
 */
export const singleStepTransfer: Procedure<Request> = (setting, request) => {
  const { control } = setting;
  const party = control.party(request);
  const { other } = party;
  if (party.state !== 'Connected' || !other) {
    throw new TLibError('InvalidCallState', `${party.dn} does not talk to anybody who could be transferred.`);
  }
  finalNumber(control, request.otherDN);
  if (control.dns.find(other.dn)?.option('refer-enabled')) return byRefer(setting, party, other, request.otherDN);
  return party.call.exclusively(() => byReinvite(setting, party, other, request.otherDN));
};

async function byReinvite({ control, cause }: Setting, party: Party, stays: Party, number: string): Promise<void> {
  const { call, dn } = party;
  await leave(control, party, CallState.Transferred, { cause });
  const leg = control.leg(stays);
  if (control.mediaServers.treatments) await ringback(control, stays);
  else await silence(leg);
  const changed = { callState: CallState.Transferred, thirdPartyDN: dn, thirdPartyDNRole: DnRole.TransferredBy };
  try {
    const from = control.place.address(stays.dn);
    const { party: target, placed } = inviteParty(control, call, number, { from });
    target.unreachable = (status) => void giveBack(control, stays, dn, status);
    void connectWhenAnswered(control, target, placed, {
      joined: () => control.announce(stays, 'EventPartyChanged', changed),
    });
  } catch (error) {
    // Somebody has just set do-not-disturb.
    await giveBack(control, stays, dn, 480);
    throw error;
  }
}

/** The destination cannot be had: whoever transferred gets the call back, where that is wanted and he still can; else it is over. */
async function giveBack(control: CallControl, stays: Party, dn: string, status: number | undefined): Promise<void> {
  const { call } = stays;
  const callState = stateOf(status);
  if (callState === CallState.Busy) control.announce(stays, 'EventDestinationBusy');
  if (stays.present && control.dns.find(dn)?.option('transfer-failed') === 'return') {
    try {
      const { party, placed } = inviteParty(control, call, dn, { from: control.place.address(stays.dn) });
      void connectWhenAnswered(control, party, placed, { joined: () => {} });
      return;
    } catch (error) {
      control.logger?.info({ error }, 'A call could not be given back to who transferred it.');
    }
  }
  await release(control, call, callState);
}

/** The peer is referred: its call to the destination comes in, and takes the place of this one. */
async function byRefer(
  { control, incoming, cause }: Setting,
  party: Party,
  stays: Party,
  number: string,
): Promise<void> {
  const leg = control.leg(stays);
  const { call } = party;
  const joined = new Deferred<{ caller: Party; callee: Party }>();
  const forget = incoming.expect(stays.dn, number, {
    call,
    joined: (caller, callee) => joined.resolve({ caller, callee }),
  });
  const referral = leg.session.refer(control.place.reachable(number), {
    referredBy: control.place.address(party.dn),
    headers: leg.callHeaders,
  });
  const { outcome, status } = await referral.done;
  forget();
  if (outcome === 'refused' || outcome === 'failed') {
    for (const each of [party, stays]) each.facing = undefined;
    const code = stateOf(status) === CallState.Busy ? 'DestinationBusy' : 'RequestRefused';
    throw new TLibError(code, `The REFER to ${stays.dn} came to nothing: ${status ?? 'no answer'}.`);
  }
  // Who has no more to tell of its call may still be placing it.
  const timer = control.clock.setTimer(MOST_PATIENCE, () =>
    joined.reject(new TLibError('DestinationNoAnswer', `${stays.dn} has not called ${number}.`)),
  );
  const { caller, callee } = await joined.promise.finally(() => timer.cancel());
  for (const each of call.parties) each.facing = undefined;
  call.parties.splice(call.parties.indexOf(stays), 1);
  // The old call ends the way any does that the server releases: by a BYE to each.
  const ending = stays.leg?.hangUp();
  await Promise.all([ending, leave(control, party, CallState.Transferred, { cause })]);
  control.announce(caller, 'EventPartyChanged', {
    callState: CallState.Transferred,
    thirdPartyDN: party.dn,
    thirdPartyDNRole: DnRole.TransferredBy,
  });
  control.announce(callee, 'EventEstablished');
}
