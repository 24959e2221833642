import { comparableHost } from '../message/host';

/**
 * Whom an address counts as: an IPv4 address itself, an IPv6 address its /64 network, as whoever has one such address has all of
 * them (RFC 4291 §2.5.1, RFC 6177). An IPv4 address in IPv6 clothes counts as what it is (RFC 4291 §2.5.5.2).
 */
export function sourceGroup(host: string): string {
  if (!host.includes(':')) return host;
  const groups = comparableHost(host).split(':');
  if (groups.length !== 8) return host;
  if (groups[5] === 'ffff' && groups.slice(0, 5).every((group) => group === '0')) {
    const [high, low] = [Number.parseInt(groups[6]!, 16), Number.parseInt(groups[7]!, 16)];
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
