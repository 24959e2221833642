import type { Party } from '../call/party';
import { connect, silence } from '../media/media-paths';
import { listen } from '../media/treatments';
import type { CallControl, Cause } from '../server/call-control';
import { TLibError } from '../tlib/errors';
import type { TRequestParameters } from '../tlib/requests';
import type { Procedure } from './execute';

/** THoldCall: both sides stop; who is held hears music, where the DN is set up so. EventHeld answers. */
export const holdCall: Procedure<TRequestParameters['THoldCall']> = ({ control, cause }, request) => {
  const party = control.party(request);
  return party.call.exclusively(() => hold(control, party, { cause, music: request.music }));
};

/**
 * Holds a call for one of its parties.
 *
 * @param lends whether the party's dialog is needed for something else: it is left as it is
 * @throws TLibError when it cannot be held now; SipError when a phone refuses: they talk on then
 */
export async function hold(
  control: CallControl,
  party: Party,
  { cause, music, lends = false }: { cause?: Cause | undefined; music?: string | undefined; lends?: boolean } = {},
): Promise<void> {
  if (party.state !== 'Connected') throw new TLibError('InvalidCallState', `${party.dn} does not talk in this call.`);
  const leg = control.leg(party);
  const { other } = party;
  const otherLeg = party.call.conference === undefined && other ? control.leg(other) : undefined;
  if (!lends) await silence(leg);
  if (other && otherLeg && other.state !== 'Held') {
    try {
      await keepWaiting(control, party, other, music);
    } catch (error) {
      await connect(leg, otherLeg).catch(() => {});
      throw error;
    }
  }
  party.state = 'Held';
  control.announce(party, 'EventHeld', {}, cause);
}

/** Who is held hears music, or silence: also when the music cannot be had. */
async function keepWaiting(control: CallControl, holder: Party, held: Party, music: string | undefined): Promise<void> {
  const dn = control.dns.find(holder.dn);
  const name = music ?? dn?.option('music-on-hold') ?? 'music';
  const server = control.mediaServers.music;
  if (server && (music !== undefined || dn?.option('sip-enable-moh'))) {
    try {
      await listen(control, held, server, name);
      return;
    } catch (error) {
      control.logger?.warn({ error }, 'No music could be played to who is held.');
    }
  }
  await silence(control.leg(held));
}
