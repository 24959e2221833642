import type { Connection, Endpoint } from '@offhook/endpoint';
import type { SipUri } from '@offhook/sip-core';
import type { AccountOptions } from './options/account';

/** Adds the line that a call or registration goes by, with its account. */
export function addLine(
  phone: Endpoint,
  user: SipUri,
  account: AccountOptions & { readonly server?: SipUri; readonly expires?: number },
): Connection {
  const { user: username, password, server, expires, outbound } = account;
  return phone.addConnection({
    user: user.toString(),
    ...(server && { server: server.toString() }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(expires !== undefined && { expires }),
    ...(outbound && { outbound }),
  });
}
