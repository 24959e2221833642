import type { AudioSessionParameters } from '../session/audio-session-parameters';
import type { SrtpProtection } from '../srtp/secure-transport';
import type { SrtpKeyParameters } from '../srtp/srtp-key';

/**
 * The same parameters as plain values: a key may be an object of a class that keeps what it knows to itself, of which a
 * message between threads would carry nothing.
 */
export function crossingParameters(parameters: AudioSessionParameters): AudioSessionParameters {
  const srtp = parameters.transport?.srtp;
  if (!srtp) return parameters;
  return { ...parameters, transport: { ...parameters.transport, srtp: plainProtection(srtp) } };
}

function plainProtection({ local, remote }: SrtpProtection): SrtpProtection {
  const keys = Array.isArray(remote) ? (remote as readonly SrtpKeyParameters[]) : [remote as SrtpKeyParameters];
  return { local: plainKey(local), remote: keys.map(plainKey) };
}

function plainKey(key: SrtpKeyParameters): SrtpKeyParameters {
  const { suite, masterKey, masterSalt, mki, lifetime, unencryptedSrtp, unencryptedSrtcp } = key;
  return { suite, masterKey, masterSalt, mki, lifetime, unencryptedSrtp, unencryptedSrtcp };
}
