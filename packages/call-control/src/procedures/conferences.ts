import { leave } from '../call/departures';
import { inviteParty } from '../call/invite-party';
import type { Party } from '../call/party';
import { withDirection } from '../leg/descriptions';
import type { Solicited } from '../leg/leg';
import { connect, pair, silence, unpair } from '../media/media-paths';
import { stopListening } from '../media/treatments';
import type { CallControl, Cause } from '../server/call-control';
import type { PlacedLeg } from '../server/leg-placer';
import { CallState, DnRole } from '../tlib/enumerations';
import { TLibError } from '../tlib/errors';
import type { TRequestParameters } from '../tlib/requests';
import type { Procedure } from './execute';
import { exclusively, type TwoCalls, twoCalls } from './two-calls';

/**
 * TCompleteConference: all parties are brought to the conference server. No dialog is touched before that has accepted all of them. EventReleased of the consultation
 * answers.
 */
export const completeConference: Procedure<TRequestParameters['TCompleteConference']> = (
  { control, cause },
  request,
) => {
  const calls = twoCalls(control, request);
  return exclusively(calls, () => complete(control, calls, cause));
};

async function complete(control: CallControl, calls: TwoCalls, cause: Cause): Promise<void> {
  const { main, consult } = calls;
  const { call, dn } = main;
  const added = consult.other;
  const first = call.others(main);
  if (first.length === 0 || !added?.answered) {
    throw new TLibError('InvalidCallState', 'A conference needs somebody in each of the two calls.');
  }
  // The party keeps its dialog of the main call, which a consultation may have borrowed.
  const borrowed = consult.lender === main ? consult.leg : undefined;
  if (borrowed) main.leg = borrowed;
  const running = call.conference !== undefined;
  const joining = running ? [main, added] : [...first, main, added];
  const room = call.conference ?? `conf-${call.connID}`;
  const moved = new Set<Party>();
  try {
    await bring(control, joining, room, moved);
  } catch (error) {
    if (borrowed) main.leg = undefined;
    // What was talked goes on, what was held is held.
    for (const party of moved) if (party !== main && party !== added) await silence(control.leg(party)).catch(() => {});
    if (moved.has(added) || (borrowed && moved.has(main))) {
      await connect(control.leg(consult), control.leg(added)).catch(() => {});
    }
    if (!borrowed && moved.has(main)) await silence(control.leg(main)).catch(() => {});
    throw error;
  }
  call.conference = room;
  call.take(added);
  await leave(control, consult, CallState.Conferenced, { cause, keepsDialog: borrowed !== undefined });
  for (const party of call.parties) {
    party.state = 'Connected';
    party.role = DnRole.ConferenceMember;
    party.leg!.callUUID = call.callUUID;
  }
  control.announce(main, 'EventRetrieved', { callState: CallState.Conferenced });
  tellAdded(control, added, dn);
  control.announce(added, 'EventPartyChanged', { thirdPartyDN: dn, thirdPartyDNRole: DnRole.ConferencedBy });
}

function tellAdded(control: CallControl, added: Party, by: string): void {
  for (const party of added.call.others(added)) {
    control.announce(party, 'EventPartyAdded', {
      otherDN: added.dn,
      otherDNRole: DnRole.NewParty,
      thirdPartyDN: by,
      thirdPartyDNRole: DnRole.AddedBy,
    });
  }
}

/**
 * Each of the parties gets a place in the conference: all are asked for first, then the parties are told.
 *
 * @param moved is given the parties whose dialogs have been touched
 */
async function bring(control: CallControl, parties: readonly Party[], room: string, moved: Set<Party>): Promise<void> {
  const placed = parties.map((party) => placeIn(control, party, room));
  try {
    if (control.mediaServers.conferenceTakesDelayedOffer ?? true) {
      const offers = await Promise.all(placed.map(({ solicited }) => solicited));
      for (const [index, party] of parties.entries()) {
        moved.add(party);
        await moveIn(control, party, placed[index]!, offers[index]!);
      }
    } else {
      const answers = await Promise.all(placed.map(({ answered }) => answered));
      for (const [index, party] of parties.entries()) {
        moved.add(party);
        const answer = await control.leg(party).offer(answers[index]!);
        // The phone may have moved; the server is told where it is now.
        await placed[index]!.leg.offer(answer);
        await settle(party, placed[index]!);
      }
    }
  } catch (error) {
    await Promise.all(
      placed.map(async ({ leg, solicited }, index) => {
        if (parties[index]!.service === leg) parties[index]!.service = undefined;
        unpair(leg);
        const asked = await Promise.race([solicited.catch(() => undefined), Promise.resolve(undefined)]);
        await asked?.refuse().catch(() => {});
        await leg.hangUp();
      }),
    );
    throw error;
  }
}

function placeIn(control: CallControl, party: Party, room: string): PlacedLeg {
  const { conference, conferenceTakesDelayedOffer = true } = control.mediaServers;
  if (!conference) throw new TLibError('NoMediaServer', 'There is no conference server.');
  const { remote } = control.leg(party);
  return control.place.service(conference, room, {
    from: control.place.address(party.dn),
    callUUID: party.call.callUUID,
    ...(!conferenceTakesDelayedOffer && remote && { description: withDirection(remote, 'sendrecv') }),
  });
}

async function moveIn(control: CallControl, party: Party, placed: PlacedLeg, asked: Solicited): Promise<void> {
  const answer = await control.leg(party).offer(asked.offer);
  await asked.answer(answer);
  await settle(party, placed);
}

async function settle(party: Party, placed: PlacedLeg): Promise<void> {
  await stopListening(party);
  unpair(party.leg!);
  pair(party.leg!, placed.leg);
  party.service = placed.leg;
}

/** TSingleStepConference: somebody is called into the conversation, which becomes a conference once he has answered. EventRinging there follows; EventPartyAdded answers. */
export const singleStepConference: Procedure<TRequestParameters['TSingleStepConference']> = (
  { control, cause },
  request,
) => {
  const party = control.party(request);
  const { call } = party;
  if (!control.mediaServers.conference) throw new TLibError('NoMediaServer', 'There is no conference server.');
  if (party.state !== 'Connected') throw new TLibError('InvalidCallState', `${party.dn} does not talk in this call.`);
  const invited = inviteParty(control, call, request.otherDN, {
    from: control.place.address(party.dn),
    role: DnRole.ConferenceMember,
  });
  const added = invited.party;
  // Until he has answered they are two, and a refusal changes nothing for them.
  const others = call.others(added);
  for (const [index, each] of others.entries()) if (others.length === 2) each.facing = others[1 - index];
  const settleDown = (): void => {
    for (const each of others) each.facing = undefined;
  };
  return new Promise((resolve, reject) => {
    added.unreachable = (status) => {
      settleDown();
      const busy = status === 486 || status === 600;
      reject(
        new TLibError(
          busy ? 'DestinationBusy' : 'DestinationNoAnswer',
          `${request.otherDN} did not answer: ${status}.`,
        ),
      );
    };
    invited.placed.solicited
      .then((asked) =>
        call.exclusively(async () => {
          try {
            await joinConference(control, added, invited.placed, asked);
          } catch (error) {
            await asked.refuse().catch(() => {});
            added.unreachable = undefined;
            await leave(control, added, CallState.GeneralError);
            reject(error);
            return;
          } finally {
            settleDown();
          }
          control.announce(added, 'EventEstablished');
          const reply = control.answerWith(party, ['EventPartyAdded'], cause);
          tellAdded(control, added, request.thisDN);
          reply();
          resolve();
        }),
      )
      .catch(() => {});
  });
};

async function joinConference(control: CallControl, added: Party, placed: PlacedLeg, asked: Solicited): Promise<void> {
  const { call } = added;
  const room = call.conference ?? `conf-${call.connID}`;
  const server = control.mediaServers.conference!;
  const from = control.place.address(added.dn);
  const place = control.place.service(server, room, { from, callUUID: call.callUUID, description: asked.offer });
  await asked.answer(await place.answered);
  pair(placed.leg, place.leg);
  added.service = place.leg;
  added.state = 'Connected';
  if (call.conference === undefined) {
    const others = call.others(added);
    const moved = new Set<Party>();
    try {
      await bring(control, others, room, moved);
    } catch (error) {
      const [first, second] = others;
      if (moved.size > 0 && first?.leg && second?.leg) await connect(first.leg, second.leg).catch(() => {});
      throw error;
    }
    for (const party of others) party.role = DnRole.ConferenceMember;
  }
  call.conference = room;
}

/** TDeleteFromConference: somebody has to leave. EventPartyDeleted answers. */
export const deleteFromConference: Procedure<TRequestParameters['TDeleteFromConference']> = async (
  { control, cause },
  request,
) => {
  const party = control.party(request);
  const { call } = party;
  const deleted = call.party(request.otherDN);
  if (call.conference === undefined || !deleted || deleted === party) {
    throw new TLibError('InvalidCallState', `${request.otherDN} is no other party of a conference.`);
  }
  const gone = leave(control, deleted, CallState.Dropped);
  for (const each of call.parties) {
    control.announce(
      each,
      'EventPartyDeleted',
      {
        otherDN: deleted.dn,
        otherDNRole: DnRole.DeletedParty,
        thirdPartyDN: party.dn,
        thirdPartyDNRole: DnRole.DeletedBy,
        callState: call.parties.length > 2 ? CallState.Conferenced : CallState.Ok,
      },
      cause,
    );
  }
  await gone;
};
