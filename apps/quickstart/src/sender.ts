import { isIPv4, isIPv6, NameAddr, SipUri } from '@offhook/sip-core';
import { localAddressToward } from '@offhook/sip-core/node';
import type { AccountOptions } from './options/account';

/** Who sends, and with what a challenge is answered. */
export interface Sender {
  readonly from: NameAddr;
  readonly credentials?: { readonly username: string; readonly password: string };
}

/** An address that stands for everything outside (RFC 5737); nothing is sent to it. */
const OUTSIDE = '192.0.2.1';

/** Our address: what was given, else somebody of the domain when we have an account there, else somebody at this machine. */
export function senderOf(to: SipUri, options: AccountOptions & { readonly from?: SipUri }): Sender {
  const { from, user, password } = options;
  const near = isIPv4(to.host) || isIPv6(to.host) ? to.host : OUTSIDE;
  const host = password === undefined ? (localAddressToward(near) ?? '127.0.0.1') : to.host;
  const own = from ?? new SipUri({ scheme: to.scheme, user: user ?? 'offhook', host });
  const username = user ?? own.user;
  return {
    from: new NameAddr(own),
    ...(password !== undefined && username !== undefined && { credentials: { username, password } }),
  };
}
