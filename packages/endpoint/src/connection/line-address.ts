import { SipSyntaxError, SipUri } from '@offhook/sip-core';
import { EndpointError } from '../errors/endpoint-error';

/**
 * Reads an address-of-record; `alice@example.com` is as good as `sip:alice@example.com`.
 *
 * @throws EndpointError `ERR_OPTION`
 */
export function parseUser(text: string): SipUri {
  const uri = parse(text, 'user');
  if (uri.user === undefined) {
    throw new EndpointError('ERR_OPTION', `\`user\` must name a user, such as sip:alice@example.com, not "${text}".`);
  }
  return uri;
}

/**
 * Reads the address of a server; `10.0.0.1:5060` is as good as `sip:10.0.0.1:5060`.
 *
 * @throws EndpointError `ERR_OPTION`
 */
export function parseServer(text: string | undefined, option = 'server'): SipUri | undefined {
  return text === undefined ? undefined : parse(text, option);
}

/**
 * Reads whom to call: a SIP URI, `user@host`, a `tel:` URI (RFC 3261 §19.1.6), or, with a line to complete it, a bare name or
 * number.
 *
 * @param line address-of-record of the line the call goes by
 * @throws EndpointError `ERR_OPTION`
 */
export function parseCallee(text: string, line: SipUri | undefined): SipUri {
  const trimmed = text.trim();
  if (/^sips?:/i.test(trimmed)) return parse(trimmed, 'uri');
  if (/^tel:/i.test(trimmed)) {
    const uri = atDomain(
      trimmed
        .slice(4)
        .split(';', 1)[0]!
        .replace(/[-.() ]/g, ''),
      line,
      text,
    );
    uri.params.set('user', 'phone');
    return uri;
  }
  if (/^[a-z][a-z0-9+.-]*:(?!\d)/i.test(trimmed)) {
    throw new EndpointError('ERR_OPTION', `Only sip:, sips: and tel: addresses can be called, not "${text}".`);
  }
  if (trimmed.includes('@') || line === undefined) return parse(trimmed, 'uri');
  return atDomain(trimmed, line, text);
}

function atDomain(user: string, line: SipUri | undefined, text: string): SipUri {
  if (line === undefined) {
    throw new EndpointError(
      'ERR_OPTION',
      `"${text}" has no domain; call it by a connection, or write it as sip:user@host.`,
    );
  }
  if (user === '') throw new EndpointError('ERR_OPTION', 'Say whom to call.');
  const uri = line.clone();
  uri.user = user;
  return uri;
}

function parse(text: string, option: string): SipUri {
  try {
    return SipUri.parse(/^sips?:/i.test(text) ? text : `sip:${text}`);
  } catch (cause) {
    if (!(cause instanceof SipSyntaxError)) throw cause;
    throw new EndpointError('ERR_OPTION', `\`${option}\` is no SIP address: ${cause.message}`, { cause });
  }
}
