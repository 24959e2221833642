import { isSrtpSuite, SRTP_SUITES, type SrtpSuite } from '@offhook/rtp-media';
import type { Keying, SecurityPolicy } from '@offhook/sdp';

/** How the audio of calls is protected. */
export interface MediaSecurityOptions {
  /**
   * - `disabled`: never;
   * - `optional`: offered in clear, and protected where the peer offers that;
   * - `elective`: offered protected, and in clear for peers that know no better;
   * - `mandatory`: protected, or no call.
   */
  policy: SecurityPolicy;
  /**
   * Where keys come from, the preferred first: session descriptions (`sdes`, RFC 4568; to be used over TLS), or a handshake
   * between the two ends (`dtls`, RFC 5763). Both, `sdes` first, when absent.
   */
  keying?: readonly Keying[];
  /** Suites for `sdes`, the preferred first; all that are known are accepted when absent. */
  suites?: readonly SrtpSuite[];
  /** With `optional`: offers in clear say what protection we have, too (RFC 8643); false when absent. */
  bestEffort?: boolean;
  /** RTCP is authenticated but not encrypted, with `sdes` (RFC 4568 §6.3.2); false when absent. */
  unencryptedSrtcp?: boolean;
}

const POLICIES: readonly SecurityPolicy[] = ['disabled', 'optional', 'elective', 'mandatory'];

/** @returns what is wrong with the options, or undefined when nothing is */
export function faultOfMediaSecurity({ policy, keying, suites }: MediaSecurityOptions): string | undefined {
  if (!POLICIES.includes(policy)) return `give a policy of ${POLICIES.join(', ')}, not "${policy}"`;
  if (keying && (keying.length === 0 || keying.some((each) => each !== 'sdes' && each !== 'dtls'))) {
    return 'give at least one of sdes and dtls as keying';
  }
  if (suites && (suites.length === 0 || !suites.every(isSrtpSuite))) {
    return `give suites of ${Object.keys(SRTP_SUITES).join(', ')}`;
  }
  return undefined;
}
