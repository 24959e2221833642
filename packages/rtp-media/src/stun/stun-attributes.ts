import type { Address } from '../transport/rtp-transport';

/** Attribute types (RFC 8489 §18.3, RFC 8445 §16.1, RFC 8656 §18). */
export const ATTRIBUTE = {
  MAPPED_ADDRESS: 0x0001,
  USERNAME: 0x0006,
  MESSAGE_INTEGRITY: 0x0008,
  ERROR_CODE: 0x0009,
  UNKNOWN_ATTRIBUTES: 0x000a,
  CHANNEL_NUMBER: 0x000c,
  LIFETIME: 0x000d,
  XOR_PEER_ADDRESS: 0x0012,
  DATA: 0x0013,
  REALM: 0x0014,
  NONCE: 0x0015,
  XOR_RELAYED_ADDRESS: 0x0016,
  REQUESTED_ADDRESS_FAMILY: 0x0017,
  REQUESTED_TRANSPORT: 0x0019,
  XOR_MAPPED_ADDRESS: 0x0020,
  PRIORITY: 0x0024,
  USE_CANDIDATE: 0x0025,
  SOFTWARE: 0x8022,
  ALTERNATE_SERVER: 0x8023,
  FINGERPRINT: 0x8028,
  ICE_CONTROLLED: 0x8029,
  ICE_CONTROLLING: 0x802a,
} as const;

/** Attributes that a message must not have unless they are understood (RFC 8489 §14), and that are. */
const UNDERSTOOD = new Set<number>(Object.values(ATTRIBUTE));

/** Whether a message with this attribute cannot be taken: it is needed to understand the message, and not known here. */
export const isUnknownRequired = (type: number): boolean => type < 0x8000 && !UNDERSTOOD.has(type);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const textValue = (text: string): Uint8Array => encoder.encode(text);
export const readText = (value: Uint8Array): string => decoder.decode(value);

export function uint32Value(number: number): Uint8Array {
  const value = new Uint8Array(4);
  new DataView(value.buffer).setUint32(0, number);
  return value;
}

export function readUint32(value: Uint8Array): number | undefined {
  return value.length === 4 ? new DataView(value.buffer, value.byteOffset, 4).getUint32(0) : undefined;
}

/** The address XORed with the magic cookie and the transaction (RFC 8489 §14.2). */
export function xorAddressValue({ host, port }: Readonly<Address>, mask: Uint8Array): Uint8Array {
  const bytes = addressBytes(host);
  const value = new Uint8Array(4 + bytes.length);
  value[1] = bytes.length === 4 ? 1 : 2;
  value[2] = (port >> 8) ^ mask[0]!;
  value[3] = (port & 0xff) ^ mask[1]!;
  for (let i = 0; i < bytes.length; i++) value[4 + i] = bytes[i]! ^ mask[i]!;
  return value;
}

/**
 * @param mask the magic cookie and the transaction ID; none for an address that is not XORed
 * @returns undefined when the value is no address
 */
export function readXorAddress(value: Uint8Array, mask?: Uint8Array): Address | undefined {
  const length = value[1] === 1 ? 4 : value[1] === 2 ? 16 : 0;
  if (length === 0 || value.length !== 4 + length) return undefined;
  const at = (i: number) => value[i]! ^ (mask ? mask[i < 4 ? i - 2 : i - 4]! : 0);
  const port = (at(2) << 8) | at(3);
  const bytes = Array.from({ length }, (_, i) => at(4 + i));
  if (length === 4) return { host: bytes.join('.'), port };
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  return { host: canonicalAddress(groups.join(':')), port };
}

/** An error's number and phrase (RFC 8489 §14.8). */
export function errorValue(code: number, reason: string): Uint8Array {
  const phrase = textValue(reason);
  const value = new Uint8Array(4 + phrase.length);
  value[2] = Math.floor(code / 100);
  value[3] = code % 100;
  value.set(phrase, 4);
  return value;
}

export function readErrorCode(value: Uint8Array): number | undefined {
  if (value.length < 4) return undefined;
  const code = (value[2]! & 7) * 100 + value[3]!;
  return code >= 300 && code < 700 ? code : undefined;
}

/** The one spelling of an address that sockets report. */
export function canonicalAddress(host: string): string {
  if (!host.includes(':')) return host;
  const bare = host.replace(/%.*$/, '').replace(/^\[(.*)\]$/, '$1');
  try {
    const spelled = new URL(`http://[${bare}]`).hostname.slice(1, -1);
    const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(spelled);
    if (!mapped) return spelled;
    const high = Number.parseInt(mapped[1]!, 16);
    const low = Number.parseInt(mapped[2]!, 16);
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  } catch {
    return host;
  }
}

function addressBytes(host: string): number[] {
  if (!host.includes(':')) return host.split('.').map(Number);
  const spelled = new URL(`http://[${host}]`).hostname.slice(1, -1);
  const [head = '', tail] = spelled.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const all = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  return all.flatMap((group) => [group >> 8, group & 0xff]);
}
