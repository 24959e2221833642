import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Address } from '../transport/rtp-transport';
import {
  ATTRIBUTE,
  errorValue,
  isUnknownRequired,
  readErrorCode,
  readText,
  readUint32,
  readXorAddress,
  textValue,
  uint32Value,
  xorAddressValue,
} from './stun-attributes';

/** Methods of STUN (RFC 8489 §18.2) and TURN (RFC 8656 §17). */
export const METHOD = {
  BINDING: 0x001,
  ALLOCATE: 0x003,
  REFRESH: 0x004,
  SEND: 0x006,
  DATA: 0x007,
  CREATE_PERMISSION: 0x008,
  CHANNEL_BIND: 0x009,
} as const;

export type StunClass = 'request' | 'indication' | 'success' | 'error';

const CLASSES: readonly StunClass[] = ['request', 'indication', 'success', 'error'];
const COOKIE = 0x2112a442;
const HEADER = 20;
const INTEGRITY = 20;
const FINGERPRINT_XOR = 0x5354554e;
/** No message of ours or of a sane peer comes near it. */
const MAX_ATTRIBUTES = 64;

interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
}

/**
 * A STUN message (RFC 8489 §5). Those read keep the bytes they came in, so that their integrity can be checked once the key is
 * known.
 */
export class StunMessage {
  readonly method: number;
  readonly class: StunClass;
  /** 12 bytes. */
  readonly transactionId: Uint8Array;
  readonly #attributes: Attribute[] = [];
  #bytes: Uint8Array | undefined;
  /** Where MESSAGE-INTEGRITY begins in the bytes read; what follows it but FINGERPRINT is ignored. */
  #integrityAt = -1;

  constructor(method: number, messageClass: StunClass, transactionId: Uint8Array) {
    this.method = method;
    this.class = messageClass;
    this.transactionId = transactionId;
  }

  /**
   * Reads a message.
   *
   * @returns undefined when the bytes are none: lengths that do not add up, a wrong cookie or FINGERPRINT
   */
  static parse(bytes: Uint8Array): StunMessage | undefined {
    if (!isStun(bytes)) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (view.getUint16(2) !== bytes.length - HEADER) return undefined;
    const type = view.getUint16(0);
    const method = (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2);
    const messageClass = CLASSES[((type & 0x0010) >> 4) | ((type & 0x0100) >> 7)]!;
    // Not slice(), which for a Buffer is a view of bytes that may be used again.
    const copy = new Uint8Array(bytes);
    const message = new StunMessage(method, messageClass, copy.subarray(8, HEADER));
    message.#bytes = copy;
    let at = HEADER;
    while (at < copy.length) {
      if (at + 4 > copy.length || message.#attributes.length > MAX_ATTRIBUTES) return undefined;
      const attribute = view.getUint16(at);
      const length = view.getUint16(at + 2);
      const end = at + 4 + length;
      if (end > copy.length) return undefined;
      const value = copy.subarray(at + 4, end);
      if (attribute === ATTRIBUTE.FINGERPRINT) {
        if (length !== 4 || readUint32(value) !== fingerprint(copy.subarray(0, at))) return undefined;
      } else if (message.#integrityAt < 0) {
        // RFC 8489 §14.5: what comes after the integrity is not protected by it.
        if (attribute === ATTRIBUTE.MESSAGE_INTEGRITY) message.#integrityAt = at;
        message.#attributes.push({ type: attribute, value });
      }
      at = end + (-length & 3);
    }
    return at === copy.length || at - copy.length < 4 ? message : undefined;
  }

  /** Whether the message carries an integrity value made with the key (RFC 8489 §14.5). */
  isProtectedBy(key: Uint8Array): boolean {
    const value = this.get(ATTRIBUTE.MESSAGE_INTEGRITY);
    if (!this.#bytes || !value || value.length !== INTEGRITY) return false;
    return timingSafeEqual(value, integrity(this.#bytes.subarray(0, this.#integrityAt), key));
  }

  get isProtected(): boolean {
    return this.get(ATTRIBUTE.MESSAGE_INTEGRITY) !== undefined;
  }

  get(type: number): Uint8Array | undefined {
    return this.#attributes.find((attribute) => attribute.type === type)?.value;
  }

  has(type: number): boolean {
    return this.get(type) !== undefined;
  }

  text(type: number): string | undefined {
    const value = this.get(type);
    return value && readText(value);
  }

  uint32(type: number): number | undefined {
    const value = this.get(type);
    return value && readUint32(value);
  }

  uint64(type: number): bigint | undefined {
    const value = this.get(type);
    return value?.length === 8 ? new DataView(value.buffer, value.byteOffset, 8).getBigUint64(0) : undefined;
  }

  /** An XORed address. */
  address(type: number): Address | undefined {
    const value = this.get(type);
    return value && readXorAddress(value, this.#mask());
  }

  /** Where the server saw us: XORed, or plain from servers of RFC 3489. */
  get mappedAddress(): Address | undefined {
    const plain = this.get(ATTRIBUTE.MAPPED_ADDRESS);
    return this.address(ATTRIBUTE.XOR_MAPPED_ADDRESS) ?? (plain && readXorAddress(plain));
  }

  get errorCode(): number | undefined {
    const value = this.get(ATTRIBUTE.ERROR_CODE);
    return value && readErrorCode(value);
  }

  /** Attributes the receiver would have to know and does not. */
  get unknownRequired(): number[] {
    return this.#attributes.map(({ type }) => type).filter(isUnknownRequired);
  }

  add(type: number, value: Uint8Array = new Uint8Array(0)): this {
    this.#attributes.push({ type, value });
    return this;
  }

  addText(type: number, text: string): this {
    return this.add(type, textValue(text));
  }

  addUint32(type: number, number: number): this {
    return this.add(type, uint32Value(number));
  }

  addUint64(type: number, number: bigint): this {
    const value = new Uint8Array(8);
    new DataView(value.buffer).setBigUint64(0, number);
    return this.add(type, value);
  }

  addAddress(type: number, address: Readonly<Address>): this {
    return this.add(type, xorAddressValue(address, this.#mask()));
  }

  addError(code: number, reason: string): this {
    return this.add(ATTRIBUTE.ERROR_CODE, errorValue(code, reason));
  }

  #mask(): Uint8Array {
    const mask = new Uint8Array(16);
    new DataView(mask.buffer).setUint32(0, COOKIE);
    mask.set(this.transactionId, 4);
    return mask;
  }

  /**
   * The message as bytes, with FINGERPRINT.
   *
   * @param key makes MESSAGE-INTEGRITY; none without
   */
  serialize(key?: Uint8Array): Uint8Array {
    const length = this.#attributes.reduce((sum, { value }) => sum + 4 + padded(value.length), 0);
    const bytes = new Uint8Array(HEADER + length + (key ? 4 + INTEGRITY : 0) + 8);
    const view = new DataView(bytes.buffer);
    const index = CLASSES.indexOf(this.class);
    const { method } = this;
    const type =
      (method & 0xf) | ((method & 0x70) << 1) | ((method & 0xf80) << 2) | ((index & 1) << 4) | ((index & 2) << 7);
    view.setUint16(0, type);
    view.setUint32(4, COOKIE);
    bytes.set(this.transactionId, 8);
    let at = HEADER;
    const put = (attribute: number, value: Uint8Array) => {
      view.setUint16(at, attribute);
      view.setUint16(at + 2, value.length);
      bytes.set(value, at + 4);
      at += 4 + padded(value.length);
    };
    for (const { type: attribute, value } of this.#attributes) put(attribute, value);
    if (key) put(ATTRIBUTE.MESSAGE_INTEGRITY, integrity(bytes.subarray(0, at), key));
    put(ATTRIBUTE.FINGERPRINT, uint32Value(fingerprint(bytes.subarray(0, at))));
    view.setUint16(2, bytes.length - HEADER);
    return bytes;
  }
}

/** Whether a datagram looks like STUN: its first two bits are 0, and it has the cookie (RFC 8489 §5, RFC 7983 §7). */
export function isStun(bytes: Uint8Array): boolean {
  return (
    bytes.length >= HEADER &&
    bytes[0]! < 4 &&
    bytes[4] === 0x21 &&
    bytes[5] === 0x12 &&
    bytes[6] === 0xa4 &&
    bytes[7] === 0x42
  );
}

const padded = (length: number) => (length + 3) & ~3;

/** Both sums are made over a header whose length ends with the attribute that holds the sum. */
function withLength(bytes: Uint8Array, length: number): Uint8Array {
  return Uint8Array.of(bytes[0]!, bytes[1]!, length >> 8, length & 0xff);
}

function integrity(before: Uint8Array, key: Uint8Array): Uint8Array {
  const header = withLength(before, before.length - HEADER + 4 + INTEGRITY);
  return createHmac('sha1', key).update(header).update(before.subarray(4)).digest();
}

function fingerprint(before: Uint8Array): number {
  const header = withLength(before, before.length - HEADER + 8);
  return (crc32(before.subarray(4), crc32(header)) ^ FINGERPRINT_XOR) >>> 0;
}
