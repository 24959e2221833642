import { SipSyntaxError } from '../platform/errors';
import { allOf, HOST, parseDigits } from './characters';

/** Hosts and ports as they stand in URIs and Via, RFC 3261 §25.1. */

/** Whether a text is an IPv4 address in dotted decimal. */
export function isIPv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => part.length < 4 && isBelow(parseDigits(part), 256));
}

/** Whether a text is an IPv6 address (RFC 4291 §2.2), without brackets; a zone (`%eth0`) is none. */
export function isIPv6(text: string): boolean {
  return groupsOfIPv6(text) !== undefined;
}

/** A form in which equal hosts are equal texts: names in lower case, IPv6 addresses in eight groups. */
export function comparableHost(host: string): string {
  return groupsOfIPv6(host)?.join(':') ?? host.toLowerCase();
}

/** Throws unless `host`, given without brackets, is a host name, an IPv4 or an IPv6 address. */
export function checkHost(host: string): void {
  if (host.includes(':') ? isIPv6(host) : host.length > 0 && allOf(host, HOST)) return;
  throw new SipSyntaxError(`"${host}" is no host; give a name, an IPv4 address or an IPv6 address.`);
}

/** `host[:port]` with the brackets an IPv6 address needs (RFC 3261 §25.1 `IPv6reference`). */
export function formatHostPort(host: string, port: number | undefined): string {
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return port === undefined ? bracketed : `${bracketed}:${port}`;
}

/** The host that a parameter such as `maddr` or `received` gives: an IPv6 address stands there with brackets or without. */
export function plainHost(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** Largest port number. */
export const LARGEST_PORT = 65_535;

function isBelow(value: number, limit: number): boolean {
  return value >= 0 && value < limit;
}

function groupsOfIPv6(text: string): string[] | undefined {
  if (text.length < 2 || text.length > 45 || !text.includes(':')) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...new Array<string>(missing).fill('0'), ...tail];
}

/** Groups of one side of `::` in lower case without leading zeros; the last may be an IPv4 address, which makes two. */
function groupsOf(text: string, isLast: boolean): string[] | undefined {
  if (text === '') return [];
  const groups: string[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16).toString(16));
    } else if (isLast && index === parts.length - 1 && isIPv4(part)) {
      const [a, b, c, d] = part.split('.').map(Number);
      groups.push((a! * 256 + b!).toString(16), (c! * 256 + d!).toString(16));
    } else {
      return undefined;
    }
  }
  return groups;
}
