import type { Party } from '../call/party';
import { limit } from '../media/media-paths';
import type { CallControl } from '../server/call-control';
import { CallState } from '../tlib/enumerations';
import { TLibError } from '../tlib/errors';
import type { TRequestParameters } from '../tlib/requests';
import type { Procedure } from './execute';

/** TSetMuteOn, TSetMuteOff: nobody hears the party, or all do again. EventMuteOn, EventMuteOff answers. */
export const setMute =
  (muted: boolean): Procedure<TRequestParameters['TSetMuteOn']> =>
  ({ control, cause }, request) => {
    const party = control.party(request);
    return party.call.exclusively(async () => {
      await change(control, party, { muted });
      control.announce(party, muted ? 'EventMuteOn' : 'EventMuteOff', {}, cause);
    });
  };

/** TListenDisconnect, TListenReconnect: a party of a conference hears nothing, or all again. EventListenDisconnected, EventListenReconnected answers. */
export const setListening =
  (listens: boolean): Procedure<TRequestParameters['TListenDisconnect']> =>
  ({ control, cause }, request) => {
    const party = control.party(request);
    const { call } = party;
    const listener = call.party(request.otherDN);
    if (!listener || call.conference === undefined) {
      throw new TLibError('InvalidCallState', `${request.otherDN} is no party of a conference.`);
    }
    return call.exclusively(async () => {
      await change(control, listener, { deafened: !listens });
      control.announce(
        party,
        listens ? 'EventListenReconnected' : 'EventListenDisconnected',
        { otherDN: listener.dn, callState: listens ? CallState.Conferenced : CallState.Deafened },
        cause,
      );
    });
  };

async function change(
  control: CallControl,
  party: Party,
  wanted: { muted?: boolean; deafened?: boolean },
): Promise<void> {
  const leg = control.leg(party);
  const { partner } = leg;
  if (party.state !== 'Connected' || !partner) {
    throw new TLibError('InvalidCallState', `${party.dn} talks to nobody in this call.`);
  }
  const { muted = party.muted, deafened = party.deafened } = wanted;
  const direction = muted ? (deafened ? 'inactive' : 'recvonly') : deafened ? 'sendonly' : 'sendrecv';
  await limit(leg, partner, direction);
  party.muted = muted;
  party.deafened = deafened;
}
