import type { HeaderList } from '../message/header-list';
import { NameAddr } from '../message/name-addr';
import { SipRequest } from '../message/request';
import { SipUri } from '../message/uri';

/** What stays the same in all REGISTERs of one flow. */
export interface RegisterIdentity {
  readonly aor: SipUri;
  readonly registrar: SipUri;
  readonly displayName: string | undefined;
  readonly callId: string;
  readonly tag: string;
  /** Option tags for Supported. */
  readonly supported: readonly string[];
  readonly headers: HeaderList;
}

/** A REGISTER (RFC 3261 §10.2), without Via and Contact. */
export function registerRequest(identity: RegisterIdentity, sequence: number, expires: number | undefined): SipRequest {
  const { aor, registrar, displayName, callId, tag, supported, headers } = identity;
  const request = SipRequest.create({ method: 'REGISTER', uri: registrar.clone() });
  const { scheme, user, host, port } = aor;
  const address = new NameAddr(new SipUri({ scheme, user, host, port }), displayName);
  const from = address.clone();
  from.tag = tag;
  request.headers.set('Max-Forwards', 70);
  request.headers.set('From', from);
  request.headers.set('To', address);
  request.headers.set('Call-ID', callId);
  request.cseq = { sequence, method: 'REGISTER' };
  for (const [name, value] of headers) request.headers.append(name, value);
  if (supported.length > 0) request.headers.append('Supported', supported.join(', '));
  if (expires !== undefined) request.headers.set('Expires', expires);
  return request;
}

/** Puts these contacts into a REGISTER, in place of those it has. */
export function setContacts(request: SipRequest, contacts: readonly NameAddr[]): void {
  request.headers.delete('Contact');
  for (const contact of contacts) request.headers.append('Contact', contact);
}

/** A contact to be taken away (RFC 3261 §10.2.2). */
export function withExpires(contact: NameAddr, seconds: number): NameAddr {
  const copy = contact.clone();
  copy.params.set('expires', String(seconds));
  return copy;
}
