import { Replaces } from '../headers/dialog-references';
import { ReferTo } from '../headers/transfer';
import { isToken } from '../message/characters';
import type { HeaderList } from '../message/header-list';
import type { SipMessage } from '../message/message';
import { NameAddr } from '../message/name-addr';
import { parseUri, SipUri, type Uri } from '../message/uri';
import { SipError, SipSyntaxError } from '../platform/errors';

/** Header fields a URI may not bring into a request of ours (RFC 3261 §19.1.5): who we are, how it travels, what we can do. */
const DANGEROUS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'allow',
  'allow-events',
  'authorization',
  'body',
  'call-id',
  'contact',
  'content-disposition',
  'content-encoding',
  'content-length',
  'content-type',
  'cseq',
  'date',
  'expires',
  'from',
  'identity',
  'max-forwards',
  'mime-version',
  'organization',
  'p-asserted-identity',
  'p-preferred-identity',
  'path',
  'privacy',
  'proxy-authorization',
  'proxy-require',
  'record-route',
  'referred-by',
  'require',
  'route',
  'server',
  'session-expires',
  'supported',
  'to',
  'user-agent',
  'via',
]);

/** The one Refer-To of a REFER (RFC 3515 §2.1). @throws SipSyntaxError (400) when there is none, or more, or it is malformed */
export function referTo(message: SipMessage): NameAddr {
  const values = message.headers.getAll('Refer-To');
  if (values.length !== 1) {
    throw new SipSyntaxError(`A REFER has one Refer-To; this one has ${values.length}.`, { header: 'Refer-To' });
  }
  const target = ReferTo.parse(values[0]!);
  const brought = target.uri instanceof SipUri ? target.uri.headers : [];
  // An escape may hide what is no header field, or more than one.
  if (brought.some(([name, value]) => !isToken(name) || /[\r\n\0]/.test(value))) {
    throw new SipSyntaxError('The URI of Refer-To brings along what is no header field.', { header: 'Refer-To' });
  }
  return target;
}

/** Replaces among the headers of a URI (RFC 3891 §7.1); undefined when there is none. @throws SipSyntaxError */
export function replacesIn(uri: Uri): Replaces | undefined {
  const value = uri instanceof SipUri && uri.headers.find(([name]) => name.toLowerCase() === 'replaces')?.[1];
  return value ? Replaces.parse(value) : undefined;
}

/** Splits a URI into what a request is sent to, and the header fields it brings along, but for the dangerous ones. */
export function splitUri(uri: Uri): { uri: Uri; method: string; headers: HeaderList } {
  if (!(uri instanceof SipUri)) return { uri, method: 'INVITE', headers: [] };
  const bare = uri.clone();
  const method = bare.params.get('method') ?? 'INVITE';
  bare.params.delete('method');
  bare.headers = [];
  return { uri: bare, method, headers: uri.headers.filter(([name]) => !DANGEROUS.has(name.toLowerCase())) };
}

/** Refer-To for a target, which is asked to be called with Replaces. @throws SipError when that does not go together */
export function referToValue(target: NameAddr | Uri | string, replaces: string | undefined): NameAddr {
  const address =
    target instanceof NameAddr
      ? target.clone()
      : typeof target === 'string'
        ? parse(target)
        : new NameAddr(target.clone());
  if (replaces !== undefined) {
    const { sipUri } = address;
    if (!sipUri) {
      throw new SipError(`Replaces needs a SIP URI; ${address.uri.toString()} is none.`, { code: 'ERR_SIP_REFER_TO' });
    }
    sipUri.headers = [...sipUri.headers.filter(([name]) => name.toLowerCase() !== 'replaces'), ['Replaces', replaces]];
  }
  return address;
}

/** A text may be a URI with `?`, or an address with brackets. */
const parse = (text: string): NameAddr => (text.includes('<') ? NameAddr.parse(text) : new NameAddr(parseUri(text)));
