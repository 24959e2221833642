import { addressPair } from '../trace/address-bytes';
import type { Address } from './transport';

/** What a STUN message is for (RFC 8489 §5). */
export type StunClass = 'request' | 'indication' | 'success' | 'error';

/** A STUN message, as far as keep-alives need it. */
export interface StunMessage {
  readonly class: StunClass;
  /** 1: Binding. */
  readonly method: number;
  /** 12 bytes: the answer has those of its request. */
  readonly transactionId: Uint8Array;
  /** XOR-MAPPED-ADDRESS, or else MAPPED-ADDRESS: where the sender of the request was seen. */
  readonly mapped: Address | undefined;
  /** ERROR-CODE of an error response. */
  readonly errorCode: number | undefined;
  /** Attributes that have to be understood, and are not (RFC 8489 §14). */
  readonly unknown: readonly number[];
}

const BINDING = 1;
const HEADER = 20;
const COOKIE = 0x2112a442;
const CLASSES: readonly StunClass[] = ['request', 'indication', 'success', 'error'];

const MAPPED_ADDRESS = 0x0001;
const ERROR_CODE = 0x0009;
const UNKNOWN_ATTRIBUTES = 0x000a;
const XOR_MAPPED_ADDRESS = 0x0020;
/** Of comprehension-required attributes those that change nothing here: credentials, which keep-alives do without (RFC 5626 §8), and their like. */
const UNDERSTOOD = new Set([
  MAPPED_ADDRESS,
  0x0006,
  0x0008,
  ERROR_CODE,
  UNKNOWN_ATTRIBUTES,
  0x0014,
  0x0015,
  XOR_MAPPED_ADDRESS,
]);

const IPV4 = 1;
const IPV6 = 2;

/** Whether a datagram is STUN and no SIP: two zero bits, the magic cookie, and the length it names (RFC 8489 §5, RFC 5626 §8). */
export function isStun(data: Uint8Array): boolean {
  if (data.length < HEADER || data[0]! > 0x3f) return false;
  const view = viewOf(data);
  return view.getUint32(4) === COOKIE && view.getUint16(2) % 4 === 0 && view.getUint16(2) + HEADER === data.length;
}

/** Reads a STUN message; undefined when it is none, or malformed. */
export function readStun(data: Uint8Array): StunMessage | undefined {
  if (!isStun(data)) return undefined;
  const view = viewOf(data);
  const type = view.getUint16(0);
  const transactionId = data.slice(8, HEADER);
  let plain: Address | undefined;
  let masked: Address | undefined;
  let errorCode: number | undefined;
  const unknown: number[] = [];
  for (let at = HEADER; at < data.length; ) {
    if (at + 4 > data.length) return undefined;
    const attribute = view.getUint16(at);
    const length = view.getUint16(at + 2);
    const value = at + 4;
    if (value + length > data.length) return undefined;
    // RFC 8489 §14: of an attribute that comes twice the first counts.
    if (attribute === XOR_MAPPED_ADDRESS) masked ??= readAddress(data.subarray(value, value + length), transactionId);
    else if (attribute === MAPPED_ADDRESS) plain ??= readAddress(data.subarray(value, value + length));
    else if (attribute === ERROR_CODE && length >= 4) {
      errorCode ??= (data[value + 2]! & 7) * 100 + data[value + 3]!;
    } else if (attribute < 0x8000 && !UNDERSTOOD.has(attribute) && !unknown.includes(attribute)) {
      unknown.push(attribute);
    }
    at = value + length + (-length & 3);
  }
  return {
    class: CLASSES[((type >> 7) & 2) | ((type >> 4) & 1)]!,
    method: ((type >> 2) & 0xf80) | ((type >> 1) & 0x70) | (type & 0xf),
    transactionId,
    mapped: masked ?? plain,
    errorCode,
    unknown,
  };
}

/** A Binding request: "where do you see me?" (RFC 8489 §3). @param transactionId 12 random bytes */
export const bindingRequest = (transactionId: Uint8Array): Uint8Array => write('request', transactionId, []);

/**
 * The answer to a STUN message that came from an address: to a Binding request a response with that address, or 420 when it asks for what is not
 * understood (RFC 8489 §6.3.1); undefined when it needs none.
 */
export function answerStun(message: StunMessage, from: Address): Uint8Array | undefined {
  const { transactionId, unknown } = message;
  if (message.class !== 'request' || message.method !== BINDING) return undefined;
  if (unknown.length === 0) {
    return write('success', transactionId, [[XOR_MAPPED_ADDRESS, addressValue(from, transactionId)]]);
  }
  const list = new Uint8Array(2 * unknown.length);
  for (const [index, attribute] of unknown.entries()) viewOf(list).setUint16(2 * index, attribute);
  return write('error', transactionId, [
    [ERROR_CODE, Uint8Array.of(0, 0, 4, 20)],
    [UNKNOWN_ATTRIBUTES, list],
  ]);
}

function write(kind: StunClass, transactionId: Uint8Array, attributes: readonly [number, Uint8Array][]): Uint8Array {
  if (transactionId.length !== 12) throw new RangeError('A STUN transaction has an id of 12 bytes.');
  const length = attributes.reduce((sum, [, value]) => sum + 4 + value.length + (-value.length & 3), 0);
  const data = new Uint8Array(HEADER + length);
  const view = viewOf(data);
  const bits = CLASSES.indexOf(kind);
  view.setUint16(0, BINDING | ((bits & 2) << 7) | ((bits & 1) << 4));
  view.setUint16(2, length);
  view.setUint32(4, COOKIE);
  data.set(transactionId, 8);
  let at = HEADER;
  for (const [attribute, value] of attributes) {
    view.setUint16(at, attribute);
    view.setUint16(at + 2, value.length);
    data.set(value, at + 4);
    at += 4 + value.length + (-value.length & 3);
  }
  return data;
}

/** RFC 8489 §14.2: no router that rewrites addresses recognises this one. */
function addressValue(address: Address, transactionId: Uint8Array): Uint8Array {
  const { family, source } = addressPair(address, address);
  const value = new Uint8Array(4 + source.length);
  value[1] = family === 4 ? IPV4 : IPV6;
  viewOf(value).setUint16(2, address.port ^ (COOKIE >>> 16));
  const mask = maskOf(transactionId);
  for (const [index, byte] of source.entries()) value[4 + index] = byte ^ mask[index]!;
  return value;
}

/** @param transactionId of an XOR-MAPPED-ADDRESS; absent for a MAPPED-ADDRESS */
function readAddress(value: Uint8Array, transactionId?: Uint8Array): Address | undefined {
  const family = value[1];
  if (!(family === IPV4 && value.length === 8) && !(family === IPV6 && value.length === 20)) return undefined;
  const mask = transactionId ? maskOf(transactionId) : undefined;
  const bytes = value.slice(4).map((byte, index) => byte ^ (mask?.[index] ?? 0));
  const port = viewOf(value).getUint16(2) ^ (mask ? COOKIE >>> 16 : 0);
  if (family === IPV4) return { host: bytes.join('.'), port };
  const view = viewOf(bytes);
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(2 * index).toString(16));
  // In the one spelling of RFC 5952.
  return { host: new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1), port };
}

function maskOf(transactionId: Uint8Array): Uint8Array {
  const mask = new Uint8Array(16);
  viewOf(mask).setUint32(0, COOKIE);
  mask.set(transactionId, 4);
  return mask;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength);
