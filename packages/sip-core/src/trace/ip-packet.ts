import type { AddressPair } from './address-bytes';

/** What stands above IP. */
export type Payload =
  | { readonly protocol: 'udp'; readonly data: Uint8Array }
  /** Numbers of the first byte and of the one awaited, as RFC 9293 §3.1 has them. */
  | { readonly protocol: 'tcp'; readonly data: Uint8Array; readonly sequence: number; readonly acknowledgment: number };

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const UDP_HEADER = 8;
const TCP_HEADER = 20;

/** Most bytes of a payload that one packet of either family takes. */
export const LARGEST_PAYLOAD = 65_535 - IPV4_HEADER - TCP_HEADER;

/** An IP packet as it might have been on the wire: the headers are made up, their lengths and checksums are right. */
export function ipPacket(addresses: AddressPair, sourcePort: number, targetPort: number, payload: Payload): Uint8Array {
  const { data, protocol } = payload;
  const ipHeader = addresses.family === 4 ? IPV4_HEADER : IPV6_HEADER;
  const header = protocol === 'udp' ? UDP_HEADER : TCP_HEADER;
  const packet = new Uint8Array(ipHeader + header + data.length);
  const view = new DataView(packet.buffer);
  const number = protocol === 'udp' ? 17 : 6;
  if (addresses.family === 4) writeIPv4(view, packet, addresses, number);
  else writeIPv6(view, packet, addresses, number);
  packet.set(data, ipHeader + header);
  view.setUint16(ipHeader, sourcePort);
  view.setUint16(ipHeader + 2, targetPort);
  let checksumAt: number;
  if (payload.protocol === 'udp') {
    view.setUint16(ipHeader + 4, UDP_HEADER + data.length);
    checksumAt = ipHeader + 6;
  } else {
    view.setUint32(ipHeader + 4, payload.sequence >>> 0);
    view.setUint32(ipHeader + 8, payload.acknowledgment >>> 0);
    // Five words of header; PSH and ACK.
    view.setUint16(ipHeader + 12, 0x5018);
    view.setUint16(ipHeader + 14, 0xffff);
    checksumAt = ipHeader + 16;
  }
  const pseudo = sum(addresses.source) + sum(addresses.target) + number + header + data.length;
  const checksum = fold(pseudo + sum(packet.subarray(ipHeader)));
  // RFC 768: none is 0, so 0 is written as its other form.
  view.setUint16(checksumAt, checksum === 0 && protocol === 'udp' ? 0xffff : checksum);
  return packet;
}

function writeIPv4(view: DataView, packet: Uint8Array, { source, target }: AddressPair, protocol: number): void {
  view.setUint16(0, 0x4500);
  view.setUint16(2, packet.length);
  // Don't fragment; 64 hops.
  view.setUint16(6, 0x4000);
  view.setUint16(8, 0x4000 | protocol);
  packet.set(source, 12);
  packet.set(target, 16);
  view.setUint16(10, fold(sum(packet.subarray(0, IPV4_HEADER))));
}

function writeIPv6(view: DataView, packet: Uint8Array, { source, target }: AddressPair, protocol: number): void {
  view.setUint32(0, 0x6000_0000);
  view.setUint16(4, packet.length - IPV6_HEADER);
  packet[6] = protocol;
  packet[7] = 64;
  packet.set(source, 8);
  packet.set(target, 24);
}

/** Sum of 16-bit words (RFC 1071). */
function sum(bytes: Uint8Array): number {
  let total = 0;
  const even = bytes.length & ~1;
  for (let index = 0; index < even; index += 2) total += (bytes[index]! << 8) | bytes[index + 1]!;
  return even === bytes.length ? total : total + (bytes[even]! << 8);
}

function fold(total: number): number {
  let rest = total;
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x10000);
  return ~rest & 0xffff;
}
