import { CounterTransform } from './counter-transform';
import { GcmTransform } from './gcm-transform';
import { deriveSessionKeys } from './session-keys';
import { checkSrtpKey, type SrtpKeyParameters } from './srtp-key';
import { SRTP_SUITES } from './srtp-suites';
import type { SrtpTransform } from './srtp-transform';

/**
 * The transform of a suite under the session keys of a master key.
 *
 * @throws MediaError `ERR_SRTP_KEY`
 */
export function createTransform(parameters: SrtpKeyParameters): SrtpTransform {
  checkSrtpKey(parameters);
  const shape = SRTP_SUITES[parameters.suite];
  const [rtp, rtcp] = [deriveSessionKeys(parameters, 'rtp'), deriveSessionKeys(parameters, 'rtcp')];
  const options = {
    unencryptedSrtp: parameters.unencryptedSrtp ?? false,
    unencryptedSrtcp: parameters.unencryptedSrtcp ?? false,
  };
  return shape.mode === 'gcm' ? new GcmTransform(rtp, rtcp, options) : new CounterTransform(rtp, rtcp, shape, options);
}
