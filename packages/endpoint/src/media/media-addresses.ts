import type { SipUri } from '@offhook/sip-core';
import type { SipProvider, SipRegistration } from '../sip/sip-provider';
import type { SipSession } from '../sip/sip-session';

/** Where a call's media is received. */
export interface MediaAddresses {
  /** Numeric address of this machine to bind to. */
  bind: string;
  /** Numeric address to tell the peer. */
  announced: string;
}

/**
 * Bound to the local address the peer is reached from, and announced as the public address where one is configured.
 *
 * @param toward the peer: of an incoming call its session, else where the INVITE goes, or the line that has a flow for it
 */
export async function mediaAddresses(
  sip: SipProvider,
  publicAddress: string | undefined,
  toward: SipSession | SipRegistration | SipUri,
): Promise<MediaAddresses> {
  const bind = await sip.localAddress(toward);
  return { bind, announced: publicAddress ?? bind };
}
