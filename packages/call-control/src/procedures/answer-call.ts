import { TLibError } from '../tlib/errors';
import type { TRequestParameters } from '../tlib/requests';
import type { Procedure } from './execute';

/** TAnswerCall: the phone that rings is told to `talk`. EventEstablished answers. */
export const answerCall: Procedure<TRequestParameters['TAnswerCall']> = async ({ control, cause }, request) => {
  const party = control.party(request);
  const { leg } = party;
  if (party.state !== 'Alerting' || !leg) throw new TLibError('InvalidCallState', `${party.dn} does not ring.`);
  if (!leg.allowsEvent('talk') || !control.dns.find(party.dn)?.controls('talk')) {
    throw new TLibError('Unsupported', `The phone of ${party.dn} cannot be told to answer: no talk in Allow-Events.`);
  }
  const forget = control.answerWith(party, ['EventEstablished', 'EventReleased', 'EventAbandoned'], cause);
  try {
    await leg.notify('talk');
  } catch (error) {
    forget();
    throw error;
  }
};
