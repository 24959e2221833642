import { WordTable } from './word-table';

/** Names of header fields: their compact forms, and which are comma lists (RFC 3261 §7.3.3, §20 and the RFCs that add more). */

/** Compact form to full name, as the IANA registry lists them. */
const COMPACT: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  n: 'identity-info',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
  y: 'identity',
};

/** Header fields whose grammar is a comma list, so that one line may carry several values. */
const LISTS: ReadonlySet<string> = new Set([
  'accept',
  'accept-contact',
  'accept-encoding',
  'accept-language',
  'accept-resource-priority',
  'alert-info',
  'allow',
  'allow-events',
  'call-info',
  'contact',
  'content-encoding',
  'content-language',
  'diversion',
  'error-info',
  'feature-caps',
  'geolocation',
  'history-info',
  'in-reply-to',
  'p-access-network-info',
  'p-asserted-identity',
  'p-associated-uri',
  'p-early-media',
  'p-preferred-identity',
  'p-visited-network-id',
  'path',
  'permission-missing',
  'proxy-require',
  'reason',
  'record-route',
  'recv-info',
  'reject-contact',
  'request-disposition',
  'require',
  'resource-priority',
  'route',
  'security-client',
  'security-server',
  'security-verify',
  'service-route',
  'supported',
  'trigger-consent',
  'unsupported',
  'user-to-user',
  'via',
  'warning',
]);

/** Header fields that are read into typed values, or may stand once only; as bits, to gather those seen. */
export const Role = {
  none: 0,
  via: 1,
  from: 2,
  to: 4,
  callId: 8,
  cseq: 16,
  maxForwards: 32,
  contentLength: 64,
  contentType: 128,
  contact: 256,
  route: 512,
  recordRoute: 1024,
} as const;

const ROLES: Readonly<Record<string, number>> = {
  via: Role.via,
  from: Role.from,
  to: Role.to,
  'call-id': Role.callId,
  cseq: Role.cseq,
  'max-forwards': Role.maxForwards,
  'content-length': Role.contentLength,
  'content-type': Role.contentType,
  contact: Role.contact,
  route: Role.route,
  'record-route': Role.recordRoute,
};

/** What a header name says. */
export interface HeaderName {
  /** As spelled. */
  readonly name: string;
  /** Full name in lower case, whatever the spelling or compact form: names are compared by it. */
  readonly key: string;
  /** One of {@link Role}. */
  readonly role: number;
}

/** Usual spellings, by which most names are known without a substring. */
const SPELLINGS = [
  'Via Max-Forwards From To Call-ID CSeq Contact Content-Type Content-Length Route Record-Route User-Agent Server',
  'Allow Supported Require Proxy-Require Unsupported Accept Accept-Encoding Accept-Language Expires Min-Expires',
  'Authorization Proxy-Authorization WWW-Authenticate Proxy-Authenticate Authentication-Info Retry-After Warning',
  'Event Allow-Events Subscription-State Refer-To Referred-By Replaces Join RSeq RAck Session-Expires Min-SE',
  'P-Asserted-Identity P-Preferred-Identity Privacy Diversion History-Info Reason Path Service-Route Call-Info',
  'Alert-Info Subject Date Organization Timestamp Content-Disposition Content-Encoding MIME-Version',
].flatMap((line) => line.split(' '));

const known = new Map<string, HeaderName>();
for (const spelling of SPELLINGS) {
  for (const name of [spelling, spelling.toLowerCase()]) remember(name, spelling.toLowerCase());
}
for (const [compact, key] of Object.entries(COMPACT)) {
  for (const name of [compact, compact.toUpperCase()]) remember(name, key);
}
const table = new WordTable([...known]);

function remember(name: string, key: string): void {
  known.set(name, { name: interned(name), key: interned(key), role: ROLES[key] ?? Role.none });
}

/** The text as property names are kept, once for all: two of those differ when their addresses do, which is quick to see. */
function interned(text: string): string {
  return Object.keys({ [text]: 0 })[0]!;
}

/** What a header name says. */
export function headerName(name: string): HeaderName {
  const usual = known.get(name);
  if (usual !== undefined) return usual;
  const lower = name.toLowerCase();
  const same = known.get(lower);
  return { name, key: same?.key ?? lower, role: same?.role ?? Role.none };
}

/** The key a header name is compared by. */
export function headerKey(name: string): string {
  return known.get(name)?.key ?? headerName(name).key;
}

/** The usual name that stands in the bytes, spelled the usual way; `undefined` when it is another. */
export function usualName(bytes: Uint8Array, start: number, end: number): HeaderName | undefined {
  return table.find(bytes, start, end);
}

/** Whether values of this key are comma lists. */
export function isListHeader(key: string): boolean {
  return LISTS.has(key);
}
