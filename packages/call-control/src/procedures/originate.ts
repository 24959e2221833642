import type { Call } from '../call/call';
import { follow, leave, release } from '../call/departures';
import { finalNumber, inviteParty } from '../call/invite-party';
import type { Party } from '../call/party';
import { blackHole } from '../leg/descriptions';
import type { Solicited } from '../leg/leg';
import { pair } from '../media/media-paths';
import { listen } from '../media/treatments';
import type { CallControl, Cause } from '../server/call-control';
import { CallState, DnRole } from '../tlib/enumerations';
import { TLibError } from '../tlib/errors';
import { connectWhenAnswered } from './answering';

/**
 * Places a call for a DN: its phone first, then the one it calls (RFC 3725 §4). Resolves at EventDialing; the rest follows.
 *
 * @param dn whose phone begins, as the party of the call that it becomes
 * @throws SipError when the number leads nowhere, or the phone of the DN does not answer: there is no call then
 */
export async function originate(
  control: CallControl,
  call: Call,
  dn: string,
  number: string,
  cause?: Cause,
): Promise<void> {
  finalNumber(control, number);
  const caller = call.add(dn, DnRole.Origination);
  try {
    if (control.dns.find(dn)?.option('rfc3725') === 1) await withoutReinvite(control, call, caller, number, cause);
    else await withReinvite(control, call, caller, number, cause);
  } catch (error) {
    await abandon(control, call);
    throw error;
  }
}

/** RFC 3725 flow II: the caller is put on hold at first, and told later who the callee is. */
async function withReinvite(
  control: CallControl,
  call: Call,
  caller: Party,
  number: string,
  cause?: Cause,
): Promise<void> {
  const placed = placeCaller(control, call, caller, number, true);
  await placed.answered;
  await dial(control, call, caller, number, cause);
}

/** The caller's dialog is there: it hears ringback, where that is wanted, and the callee is called. */
export async function dial(
  control: CallControl,
  call: Call,
  caller: Party,
  number: string,
  cause?: Cause,
): Promise<void> {
  caller.state = 'Dialing';
  control.announce(caller, 'EventDialing', { otherDN: number, otherDNRole: DnRole.Destination }, cause);
  const { treatments } = control.mediaServers;
  if (treatments && control.dns.find(caller.dn)?.option('ring-tone-on-make-call')) await ringback(control, caller);
  const ring = (to: string): void => {
    const { party, placed } = inviteParty(control, call, to, { from: control.place.address(caller.dn) });
    void connectWhenAnswered(control, party, placed);
  };
  call.redirect = ring;
  ring(number);
}

/** Plays ringback to a party; without a server for it, or when that fails, it stays silent. */
export async function ringback(control: CallControl, party: Party): Promise<void> {
  const { treatments } = control.mediaServers;
  if (!treatments) return;
  await listen(control, party, treatments, 'ringback').catch((error: unknown) =>
    control.logger?.warn({ error }, 'No ringback could be played.'),
  );
}

/** RFC 3725 flow I: the caller's offer goes to the callee, and its ACK waits for the callee's answer. */
async function withoutReinvite(
  control: CallControl,
  call: Call,
  caller: Party,
  number: string,
  cause?: Cause,
): Promise<void> {
  const asked = await placeCaller(control, call, caller, number, false).solicited;
  caller.state = 'Dialing';
  control.announce(caller, 'EventDialing', { otherDN: number, otherDNRole: DnRole.Destination }, cause);
  const ring = (to: string): void => {
    try {
      const invited = inviteParty(control, call, to, {
        from: control.place.address(caller.dn),
        description: asked.offer,
      });
      void complete(control, caller, asked, invited);
    } catch (error) {
      void asked.refuse().catch(() => {});
      throw error;
    }
  };
  call.redirect = ring;
  ring(number);
}

async function complete(
  control: CallControl,
  caller: Party,
  asked: Solicited,
  { party, placed }: ReturnType<typeof inviteParty>,
): Promise<void> {
  const { call } = party;
  try {
    const answer = await placed.answered;
    call.redirect = undefined;
    await asked.answer(answer);
  } catch {
    // Somebody else may ring for it by now.
    if (call.redirect && caller.present && call.parties.length > 1) return;
    await asked.refuse().catch(() => {});
    await release(control, call, CallState.GeneralError);
    return;
  }
  if (caller.leg) pair(caller.leg, placed.leg);
  for (const each of [caller, party]) each.state = 'Connected';
  for (const each of [caller, party]) control.announce(each, 'EventEstablished');
}

/** Calls the phone of the DN that places the call; where it may be told to, it answers by itself. */
function placeCaller(control: CallControl, call: Call, caller: Party, number: string, offers: boolean) {
  const way = control.place.find(caller.dn);
  if ('refusal' in way) throw new TLibError('DNOutOfService', `${caller.dn} is not registered.`);
  const { place } = control;
  const placed = place.leg(way, {
    from: place.address(number),
    to: place.address(caller.dn),
    callUUID: call.callUUID,
    ...(offers && { description: blackHole(place.host) }),
  });
  follow(control, caller, placed.leg);
  let told = false;
  placed.leg.on('ringing', () => {
    if (told || !placed.leg.allowsEvent('talk') || !control.dns.find(caller.dn)?.controls('talk')) return;
    told = true;
    placed.leg.notify('talk').catch((error: unknown) => control.logger?.info({ error }, 'NOTIFY talk was refused.'));
  });
  const seconds = control.dns.find(caller.dn)?.option('no-answer-timeout') ?? 60;
  const timer = control.clock.setTimer(seconds * 1000, () => void placed.leg.hangUp());
  for (const event of ['established', 'ended'] as const) placed.leg.on(event, () => timer.cancel());
  placed.solicited.then(
    () => timer.cancel(),
    () => {},
  );
  return placed;
}

async function abandon(control: CallControl, call: Call): Promise<void> {
  // Nobody was told of a call that has not got as far as EventDialing.
  for (const party of [...call.parties]) {
    if (party.state !== 'Initiated') {
      await leave(control, party, CallState.GeneralError);
      continue;
    }
    call.parties.splice(call.parties.indexOf(party), 1);
    await party.leg?.hangUp();
  }
  control.calls.forget(call);
}
