import type { PeerCertificate } from 'node:tls';
import { isIPv4, isIPv6 } from '../message/host';
import { SipTransportError } from '../platform/errors';

/** Names of a certificate that count for SIP. */
export interface CertificateNames {
  /** SIP domains (RFC 5922 §7.1): of `URI:sip:…` entries; when there is none, of DNS entries; when there are neither, the common name. */
  readonly domains: readonly string[];
  /** Numeric addresses. */
  readonly addresses: readonly string[];
}

/** The names a certificate stands for (RFC 5922 §7.1), in lower case. */
export function namesOf(certificate: Pick<PeerCertificate, 'subject' | 'subjectaltname'>): CertificateNames {
  const entries = alternativeNames(certificate.subjectaltname ?? '');
  const of = (kind: string) => entries.filter(([name]) => name === kind).map(([, value]) => value);
  const uris = of('URI')
    .filter((uri) => /^sip:[^@]+$/i.test(uri))
    .map((uri) => uri.slice(4).toLowerCase());
  const names = of('DNS').map((name) => name.toLowerCase());
  const common = certificate.subject?.CN as string | string[] | undefined;
  const domains = uris.length > 0 ? uris : names.length > 0 ? names : common === undefined ? [] : [common].flat();
  return { domains: domains.map((each) => each.toLowerCase()), addresses: of('IP Address').map(canonical) };
}

/**
 * Whether a certificate is for the domain or address that was asked for (RFC 5922 §7.3): compared whole, as wildcards prove nothing in
 * SIP (§7.2) unless they are allowed.
 *
 * @returns undefined when it is, else why not
 */
export function refuseIdentity(
  expected: string,
  certificate: Pick<PeerCertificate, 'subject' | 'subjectaltname'>,
  allowWildcards = false,
): SipTransportError | undefined {
  const { domains, addresses } = namesOf(certificate);
  const numeric = isIPv4(expected) || isIPv6(expected);
  const wanted = numeric ? canonical(expected) : expected.toLowerCase().replace(/\.$/, '');
  const matches = numeric
    ? addresses.includes(wanted)
    : domains.some((domain) => domain === wanted || (allowWildcards && matchesWildcard(domain, wanted)));
  if (matches) return undefined;
  const found = [...domains, ...addresses];
  const names = found.length > 0 ? found.join(', ') : 'no name at all';
  const hint = domains.some((domain) => domain.startsWith('*.'))
    ? ' Wildcards do not count in SIP (RFC 5922 §7.2).'
    : '';
  return new SipTransportError(`The certificate is not for ${expected}, but for ${names}.${hint}`, {
    code: 'ERR_SIP_TLS_IDENTITY',
  });
}

function matchesWildcard(pattern: string, name: string): boolean {
  if (!pattern.startsWith('*.')) return false;
  const dot = name.indexOf('.');
  return dot > 0 && name.slice(dot + 1) === pattern.slice(2);
}

/** Splits Node's text form of SubjectAltName: `DNS:a, URI:sip:b, IP Address:::1`, with values of odd characters as JSON strings. */
function alternativeNames(text: string): [kind: string, value: string][] {
  const entries: [string, string][] = [];
  for (const [, kind, quoted, plain] of text.matchAll(/(?:^|, )([A-Za-z ]+):(?:("(?:[^"\\]|\\.)*")|([^",]*))/g)) {
    entries.push([kind!, quoted === undefined ? plain! : (JSON.parse(quoted) as string)]);
  }
  return entries;
}

/** One spelling for each address. */
function canonical(address: string): string {
  const [text] = address.split('%');
  if (!isIPv6(text!)) return text!;
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}
