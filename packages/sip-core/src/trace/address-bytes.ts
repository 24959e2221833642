import { comparableHost, isIPv4 } from '../message/host';
import type { Address } from '../transport/transport';

/** The addresses of a packet, both of one family. */
export interface AddressPair {
  readonly family: 4 | 6;
  readonly source: Uint8Array;
  readonly target: Uint8Array;
}

/**
 * Both ends as bytes. When one is IPv6, so is the other (RFC 4291 §2.5.5.2); what is no numeric address, as a browser knows only a
 * name, is all zeros.
 */
export function addressPair(source: Address, target: Address): AddressPair {
  const from = v4(source.host);
  const to = v4(target.host);
  if (from && to) return { family: 4, source: from, target: to };
  return { family: 6, source: from ? mapped(from) : v6(source.host), target: to ? mapped(to) : v6(target.host) };
}

/** Bytes of an IPv4 address, also in the clothes of IPv6; and of what is no address at all. */
function v4(host: string): Uint8Array | undefined {
  if (isIPv4(host)) return Uint8Array.from(host.split('.'), Number);
  if (!host.includes(':')) return new Uint8Array(4);
  const bytes = v6(host);
  const isMapped = bytes[10] === 255 && bytes[11] === 255 && bytes.subarray(0, 10).every((byte) => byte === 0);
  return isMapped ? bytes.slice(12) : undefined;
}

function v6(host: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const [plain = ''] = host.split('%');
  const groups = comparableHost(plain).split(':');
  if (groups.length !== 8) return bytes;
  for (const [index, group] of groups.entries()) {
    const value = Number.parseInt(group, 16);
    bytes[2 * index] = value >> 8;
    bytes[2 * index + 1] = value & 255;
  }
  return bytes;
}

function mapped(address: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes[10] = bytes[11] = 255;
  bytes.set(address, 12);
  return bytes;
}
