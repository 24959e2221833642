import { SipUri } from '@offhook/sip-core';
import { InvalidArgumentError } from 'commander';
import type { TransportName } from './network';

/** A `sip:` or `sips:` URI (RFC 3261 §19.1); the scheme may be left out. */
export function sipUri(text: string): SipUri {
  try {
    return SipUri.parse(/^[a-z][a-z0-9+.-]*:(?!\d+($|[;?]))/i.test(text) ? text : `sip:${text}`);
  } catch (error) {
    const reason = error instanceof Error ? ` ${error.message}` : '';
    throw new InvalidArgumentError(`It must be a SIP URI such as sip:alice@example.com.${reason}`);
  }
}

/** `--transport` decides where the URI says nothing. A secure WebSocket is what `sips:` makes of `ws` (RFC 7118 §5). */
export function withTransport(uri: SipUri, transport: TransportName | undefined): SipUri {
  if (transport === undefined || uri.params.has('transport')) return uri;
  const copy = uri.clone();
  if (transport === 'wss') copy.scheme = 'sips';
  if (transport !== 'tls' || copy.scheme !== 'sips')
    copy.params.set('transport', transport === 'wss' ? 'ws' : transport);
  return copy;
}
