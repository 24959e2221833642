import type { SipUri } from '@offhook/sip-core';
import type { Party } from '../call/party';
import type { CallControl } from '../server/call-control';
import { pair, unpair } from './media-paths';

/**
 * A party shall hear a media server: its offer goes to the party, and the party's answer back with the ACK.
 *
 * @param user what it plays: the user part of its address
 * @throws SipError when the server or the party refuses; the party then hears nobody
 */
export async function listen(control: CallControl, party: Party, server: SipUri, user: string): Promise<void> {
  const leg = control.leg(party);
  const from = control.place.address(party.dn);
  const placed = control.place.service(server, user, { from, callUUID: party.call.callUUID });
  const asked = await placed.solicited;
  unpair(leg);
  try {
    const answer = await leg.offer(asked.offer);
    await asked.answer(answer);
  } catch (error) {
    await asked.refuse().catch(() => {});
    await placed.leg.hangUp();
    throw error;
  }
  pair(leg, placed.leg);
  party.service = placed.leg;
  placed.leg.on('ended', () => {
    if (party.service === placed.leg) party.service = undefined;
  });
}

/** The party hears the media server no more. Never rejects. */
export async function stopListening(party: Party): Promise<void> {
  const { service } = party;
  party.service = undefined;
  if (!service) return;
  unpair(service);
  await service.hangUp();
}
