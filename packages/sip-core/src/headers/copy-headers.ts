import { headerKey } from '../message/header-names';
import { Headers } from '../message/headers';
import type { HeaderHolder } from './codec';

/**
 * Which header fields to copy: names (without case, compact forms too), of which one may end with `*`, such as `X-*`;
 * or a function that is asked for each line.
 */
export type HeaderPattern = readonly string[] | ((name: string, value: string) => boolean);

/** What belongs to one side of a back-to-back user agent: its transaction, dialog, body and credentials. Wildcards leave them out. */
const OWN: ReadonlySet<string> = new Set([
  ...[
    'via',
    'from',
    'to',
    'call-id',
    'cseq',
    'contact',
    'max-forwards',
    'max-breadth',
    'route',
    'record-route',
    'path',
  ],
  ...['service-route', 'content-length', 'content-type', 'content-encoding', 'content-disposition', 'content-language'],
  ...['mime-version', 'authorization', 'proxy-authorization', 'www-authenticate', 'proxy-authenticate'],
  ...['authentication-info', 'proxy-authentication-info', 'rseq', 'rack', 'session-expires', 'min-se', 'expires'],
  ...[
    'min-expires',
    'require',
    'proxy-require',
    'supported',
    'unsupported',
    'allow',
    'allow-events',
    'accept',
    'event',
  ],
  ...['accept-encoding', 'accept-language', 'subscription-state', 'replaces', 'join', 'target-dialog', 'timestamp'],
  ...['refer-to', 'refer-sub', 'sip-etag', 'sip-if-match', 'security-client', 'security-server', 'security-verify'],
  ...['identity', 'user-agent', 'server'],
]);

/**
 * Copies header fields from one message to another, at the end, as they are: order and spelling are kept. It is what a
 * back-to-back user agent does for fields that it knows nothing of, such as `X-Genesys-CallUUID`.
 *
 * With a wildcard, fields of one side only (Via, Call-ID, Contact, Content-Length, credentials…) are left out; to copy one of
 * those, name it.
 *
 * @returns how many lines were copied
 */
export function copyHeaders(from: HeaderHolder, to: HeaderHolder, pattern: HeaderPattern = ['*']): number {
  const [source, target] = [fieldsOf(from), fieldsOf(to)];
  const wanted = typeof pattern === 'function' ? pattern : matcher(pattern);
  let copied = 0;
  for (const field of [...source.fields]) {
    if (!wanted(field.name, field.value)) continue;
    target.fields.push(field);
    copied++;
  }
  return copied;
}

function matcher(patterns: readonly string[]): (name: string) => boolean {
  const names = new Set<string>();
  const beginnings: string[] = [];
  for (const pattern of patterns) {
    if (pattern.endsWith('*')) beginnings.push(pattern.slice(0, -1).toLowerCase());
    else names.add(headerKey(pattern));
  }
  return (name) => {
    const key = headerKey(name);
    return names.has(key) || (!OWN.has(key) && beginnings.some((beginning) => key.startsWith(beginning)));
  };
}

const fieldsOf = (holder: HeaderHolder): Headers => (holder instanceof Headers ? holder : holder.headers);
