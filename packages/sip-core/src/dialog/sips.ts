import { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { SipUri, type Uri } from '../message/uri';
import { SipTransportError } from '../platform/errors';
import type { Flow } from '../transport/transport';

const isSips = (uri: Uri | undefined): boolean => uri instanceof SipUri && uri.scheme === 'sips';

/** Whether a request has to be protected on every hop: its Request-URI or its first Route is a sips: URI (RFC 3261 §26.2.2). */
const wantsProtection = (request: SipRequest): boolean => isSips(request.uri) || isSips(request.routes[0]?.uri);

/**
 * Makes the Contact of a message a sips: URI when the request it is, or answers, wants protection (RFC 3261 §8.1.1.8, §12.1.1), so that what comes
 * back to us is protected as well.
 */
export function secureContact(message: SipRequest | SipResponse, request: SipRequest, { protocol }: Flow): void {
  if ((protocol !== 'TLS' && protocol !== 'WSS') || request.method === 'REGISTER') return;
  if (!wantsProtection(request) && !isSips(request.recordRoutes[0]?.uri)) return;
  const { contact } = message;
  const uri = contact?.uri;
  if (!contact || !(uri instanceof SipUri) || uri.scheme === 'sips') return;
  const { user, password, host, port } = uri;
  const params = uri.params.clone();
  // TLS is what sips stands for; `transport=tls` says it again, in a way that RFC 3261 §26.2.2 has abandoned.
  if (params.get('transport')?.toLowerCase() === 'tls') params.delete('transport');
  const secure = new SipUri({ scheme: 'sips', user, password, host, port, params });
  message.contact = new NameAddr(secure, contact.displayName, contact.params.clone());
}

/** Why a request may not go over a flow: it wants protection, and the flow has none. Undefined when it may. */
export function unprotected(request: SipRequest, { protocol }: Flow): SipTransportError | undefined {
  if (protocol === 'TLS' || protocol === 'WSS' || !wantsProtection(request)) return undefined;
  return new SipTransportError(
    `The ${request.method} to a sips: URI would go over ${protocol}, which anybody can read; send it over TLS, or call the sip: URI.`,
    { code: 'ERR_SIP_NOT_PROTECTED' },
  );
}
