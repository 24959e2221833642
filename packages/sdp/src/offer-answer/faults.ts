import { SdpError } from '../errors';
import type { Refusal, RemoteAudio } from './remote-media';

/** Nothing of what is offered is a codec of ours. */
export function noCodec({ formats }: RemoteAudio): Refusal {
  const names = [...new Set(formats.map(({ name }) => name))].join(', ').slice(0, 200);
  return { reason: `no codec in common among ${names || 'none'}`, warning: 305 };
}

/** The reason nearest to an agreement gives the warning: a codec, then a profile, then multicast, then a kind of media. */
export function notAcceptable(refusals: readonly Refusal[]): SdpError {
  const warning = [305, 302, 330, 304].find((code) => refusals.some((refusal) => refusal.warning === code));
  const reasons = [...new Set(refusals.map(({ reason }) => reason))].join('; ');
  return new SdpError('ERR_SDP_NOT_ACCEPTABLE', 488, `Nothing offered can be agreed to: ${reasons}.`, warning);
}

/** An answer that breaks a rule of RFC 3264 §6. */
export const broken = (what: string) =>
  new SdpError('ERR_SDP_ANSWER', 488, `The answer does not fit the offer: ${what}.`);
