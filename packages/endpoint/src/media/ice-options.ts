import type { IceServerOptions } from '@offhook/rtp-media';

/** How calls find their way through address translators and firewalls (ICE, RFC 8445). */
export interface IceOptions {
  /** STUN and TURN servers, in the words of WebRTC; none when absent. */
  servers?: readonly IceServerOptions[];
  /** Media goes over TURN servers only, so that no peer sees our address; false when absent. */
  relayOnly?: boolean;
  /** We only answer checks: for a server with a public address; false when absent. */
  lite?: boolean;
  /** Numeric addresses to bind besides the one that reaches the peer; those of all interfaces when absent. */
  addresses?: readonly string[];
  /** ms to wait for servers before an offer or answer goes without what they would say; 2000 when absent. */
  gatherTimeout?: number;
}
