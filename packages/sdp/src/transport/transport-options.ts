import type { LocalDtls } from './dtls';
import type { LocalIce } from './ice';

/** What of a description is about the way of the packets. */
export interface TransportOptions {
  /**
   * RTCP on the port of RTP (RFC 5761): offered and taken (`offer`), or insisted on (`require`, RFC 8858); false, when absent, for
   * ports of their own.
   */
  rtcpMux?: 'offer' | 'require' | false;
  /** RTCP packets that begin with no report are taken (`a=rtcp-rsize`, RFC 5506); false when absent. */
  reducedSize?: boolean;
  /** Profiles with feedback are offered (`RTP/AVPF`, RFC 4585); false when absent. They are accepted always. */
  feedback?: boolean;
  /** Extended reports we take (`a=rtcp-xr`, RFC 3611 §5.1), such as `voip-metrics`; none when absent. */
  rtcpXr?: readonly string[];
  /** Offers have `a=mid` and `a=group:BUNDLE` (RFC 9143); answers have them whenever the offer has. False when absent. */
  bundle?: boolean;
  /** ICE (RFC 8839); none when absent. May be set anew before each offer and answer. */
  ice?: LocalIce;
  /** Gives new ICE credentials for the answer to an offer that begins ICE anew; those of `ice` stay when absent. */
  restartIce?: () => LocalIce;
  /** Our certificate for DTLS-SRTP (RFC 5763); no DTLS when absent. */
  dtls?: LocalDtls;
}
