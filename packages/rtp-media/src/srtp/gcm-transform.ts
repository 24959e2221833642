import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { PacketMemory } from './packet-memory';
import type { SessionKeys } from './session-keys';
import { ENCRYPTED, RTCP_CLEAR_BYTES, type SrtpTransform, type TransformOptions, writeUint32 } from './srtp-transform';

// Node.js file: AES-GCM.

const TAG = 16;
const IV = 12;
const NOTHING = new Uint8Array(0);

/** AES-GCM (RFC 7714): header, ciphertext with its tag, then the MKI. */
export class GcmTransform implements SrtpTransform {
  readonly rtpOverhead = TAG;
  readonly rtcpOverhead = TAG + 4;
  readonly bytesAfterMki = [0, 0] as const;
  readonly #rtp: Gcm;
  readonly #rtcp: Gcm;
  readonly #encryptsRtp: boolean;
  readonly #encryptsRtcp: boolean;

  constructor(rtp: SessionKeys, rtcp: SessionKeys, options: TransformOptions) {
    this.#rtp = new Gcm(rtp);
    this.#rtcp = new Gcm(rtcp);
    this.#encryptsRtp = !options.unencryptedSrtp;
    this.#encryptsRtcp = !options.unencryptedSrtcp;
  }

  sealRtp(packet: Uint8Array, payloadAt: number, ssrc: number, index: number, mki: Uint8Array): Uint8Array {
    const { memory } = this.#rtp;
    const { length } = packet;
    const total = length + TAG + mki.length;
    const bytes = memory.reserve(total);
    bytes.set(packet);
    bytes.set(mki, length + TAG);
    const clear = this.#encryptsRtp ? payloadAt : length;
    this.#rtp.seal(this.#rtp.rtpIv(ssrc, index), this.#rtp.head(clear), clear, length);
    return memory.packet(total);
  }

  openRtp(
    packet: Uint8Array,
    payloadAt: number,
    ssrc: number,
    index: number,
    mkiBytes: number,
  ): Uint8Array | undefined {
    const length = packet.length - TAG - mkiBytes;
    const clear = this.#encryptsRtp ? payloadAt : length;
    const iv = this.#rtp.rtpIv(ssrc, index);
    this.#rtp.load(packet);
    return this.#rtp.open(iv, this.#rtp.head(clear), clear, length);
  }

  sealRtcp(packet: Uint8Array, ssrc: number, index: number, mki: Uint8Array): Uint8Array {
    const { memory } = this.#rtcp;
    const { length } = packet;
    const total = length + TAG + 4 + mki.length;
    const bytes = memory.reserve(total);
    const word = this.#encryptsRtcp ? ENCRYPTED + index : index;
    bytes.set(packet);
    writeUint32(bytes, length + TAG, word);
    bytes.set(mki, length + TAG + 4);
    const clear = this.#encryptsRtcp ? RTCP_CLEAR_BYTES : length;
    this.#rtcp.seal(this.#rtcp.rtcpIv(ssrc, index), withWord(bytes, clear, word), clear, length);
    return memory.packet(total);
  }

  openRtcp(packet: Uint8Array, ssrc: number, word: number, mkiBytes: number): Uint8Array | undefined {
    const length = packet.length - TAG - 4 - mkiBytes;
    const encrypted = word >= ENCRYPTED;
    const clear = encrypted ? RTCP_CLEAR_BYTES : length;
    const iv = this.#rtcp.rtcpIv(ssrc, encrypted ? word - ENCRYPTED : word);
    this.#rtcp.load(packet);
    return this.#rtcp.open(iv, withWord(packet, clear, word), clear, length);
  }
}

/** Associated data of RTCP: what is clear, and the E flag with the index (RFC 7714 §9.2, §9.3). */
function withWord(packet: Uint8Array, clear: number, word: number): Uint8Array {
  const data = new Uint8Array(clear + 4);
  data.set(packet.subarray(0, clear));
  writeUint32(data, clear, word);
  return data;
}

/** AES-GCM with one session key and salt, and memory for its packets. */
class Gcm {
  readonly memory = new PacketMemory();
  readonly #algorithm: 'aes-128-gcm' | 'aes-256-gcm';
  readonly #key: KeyObject;
  readonly #salt: Uint8Array;
  readonly #iv = new Uint8Array(IV);
  /** Views of the memory, made anew only when a length changes. */
  #head: Uint8Array = NOTHING;
  #bodyView: Uint8Array = NOTHING;
  #tagView: Uint8Array = NOTHING;

  constructor({ key, salt }: SessionKeys) {
    this.#algorithm = key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
    this.#key = createSecretKey(key);
    this.#salt = salt;
  }

  /** RFC 7714 §8.1. */
  rtpIv(ssrc: number, index: number): Uint8Array {
    const iv = this.#iv;
    writeUint32(iv, 2, ssrc);
    writeUint32(iv, 6, Math.floor(index / 0x1_0000));
    iv[10] = (index >>> 8) & 0xff;
    iv[11] = index & 0xff;
    return this.#salted();
  }

  /** RFC 7714 §9.1. */
  rtcpIv(ssrc: number, index: number): Uint8Array {
    const iv = this.#iv;
    writeUint32(iv, 2, ssrc);
    iv[6] = 0;
    iv[7] = 0;
    writeUint32(iv, 8, index);
    return this.#salted();
  }

  #salted(): Uint8Array {
    const iv = this.#iv;
    iv[0] = 0;
    iv[1] = 0;
    for (let i = 0; i < IV; i++) iv[i]! ^= this.#salt[i]!;
    return iv;
  }

  /** The first `length` bytes of the memory. */
  head(length: number): Uint8Array {
    const { bytes } = this.memory;
    if (this.#head.length !== length || this.#head.buffer !== bytes.buffer) this.#head = bytes.subarray(0, length);
    return this.#head;
  }

  #body(from: number, to: number): Uint8Array {
    const { bytes } = this.memory;
    const body = this.#bodyView;
    if (body.byteOffset === from && body.length === to - from && body.buffer === bytes.buffer) return body;
    this.#bodyView = bytes.subarray(from, to);
    return this.#bodyView;
  }

  /** Encrypts what lies in the memory from `from` to `to`, and writes the tag behind it. */
  seal(iv: Uint8Array, associated: Uint8Array, from: number, to: number): void {
    const { bytes } = this.memory;
    const cipher = createCipheriv(this.#algorithm, this.#key, iv);
    cipher.setAAD(associated);
    if (to > from) bytes.set(cipher.update(this.#body(from, to)), from);
    cipher.final();
    bytes.set(cipher.getAuthTag(), to);
  }

  /** Copies a packet into the memory: a copy costs less than the views that it saves. */
  load(packet: Uint8Array): void {
    this.memory.reserve(packet.length).set(packet);
  }

  /** @returns the packet that lies in the memory, without its tag, or undefined when the tag is wrong */
  open(iv: Uint8Array, associated: Uint8Array, from: number, to: number): Uint8Array | undefined {
    const { bytes } = this.memory;
    const decipher = createDecipheriv(this.#algorithm, this.#key, iv);
    decipher.setAAD(associated);
    decipher.setAuthTag(this.#tag(to));
    const plain = to > from ? decipher.update(this.#body(from, to)) : NOTHING;
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    bytes.set(plain, from);
    return this.memory.packet(to);
  }

  #tag(at: number): Uint8Array {
    const { bytes } = this.memory;
    const tag = this.#tagView;
    if (tag.byteOffset === at && tag.length === TAG && tag.buffer === bytes.buffer) return tag;
    this.#tagView = bytes.subarray(at, at + TAG);
    return this.#tagView;
  }
}
