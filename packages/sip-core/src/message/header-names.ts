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

/** Usual spelling, by which most names of a message are found without touching a character. */
const SPELLINGS = [
  ...[
    'Via',
    'Max-Forwards',
    'From',
    'To',
    'Call-ID',
    'CSeq',
    'Contact',
    'Content-Type',
    'Content-Length',
    'User-Agent',
  ],
  ...[
    'Allow',
    'Supported',
    'Require',
    'Proxy-Require',
    'Unsupported',
    'Route',
    'Record-Route',
    'Expires',
    'Min-Expires',
  ],
  ...[
    'Authorization',
    'Proxy-Authorization',
    'WWW-Authenticate',
    'Proxy-Authenticate',
    'Authentication-Info',
    'Accept',
  ],
  ...['Accept-Encoding', 'Accept-Language', 'Allow-Events', 'Event', 'Subscription-State', 'Refer-To', 'Referred-By'],
  ...['Replaces', 'Join', 'RSeq', 'RAck', 'Session-Expires', 'Min-SE', 'Server', 'Subject', 'Date', 'Organization'],
  ...[
    'P-Asserted-Identity',
    'P-Preferred-Identity',
    'Privacy',
    'Diversion',
    'History-Info',
    'Reason',
    'Path',
    'Service-Route',
  ],
  ...[
    'Call-Info',
    'Alert-Info',
    'Warning',
    'Retry-After',
    'Timestamp',
    'Content-Disposition',
    'Content-Encoding',
    'MIME-Version',
  ],
];

/** A usual header name. */
export interface KnownName {
  readonly name: string;
  /** Full name in lower case, whatever the spelling or compact form. */
  readonly key: string;
}

const compactForms = Object.entries(COMPACT);
const keys = new Map([
  ...compactForms,
  ...compactForms.map(([compact, full]) => [compact.toUpperCase(), full] as const),
  ...SPELLINGS.map((spelling) => [spelling, spelling.toLowerCase()] as const),
  ...SPELLINGS.map((spelling) => [spelling.toLowerCase(), spelling.toLowerCase()] as const),
]);
const names = new WordTable<KnownName>([
  ...compactForms.map(([compact, key]) => [compact, { name: compact, key }] as const),
  ...SPELLINGS.map((name) => [name, { name, key: name.toLowerCase() }] as const),
]);

/** The key a header name is compared by: full name in lower case, whatever the spelling or compact form. */
export function headerKey(name: string): string {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  return keys.get(lower) ?? lower;
}

/** The usual name that stands in the bytes, spelled the usual way; `undefined` when it is another. */
export function knownName(bytes: Uint8Array, start: number, end: number): KnownName | undefined {
  return names.find(bytes, start, end);
}

/** Whether values of this key are comma lists. */
export function isListHeader(key: string): boolean {
  return LISTS.has(key);
}
