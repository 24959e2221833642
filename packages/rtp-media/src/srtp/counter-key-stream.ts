import { type Cipher, createCipheriv } from 'node:crypto';
import { writeUint32 } from './srtp-transform';

// Node.js file: AES.

const BLOCK = 16;

/**
 * AES in counter mode as RFC 3711 §4.1.1 has it. The counter blocks of a packet are encrypted in one call of one AES object
 * that lives as long as the key, as Node.js cannot give a counter-mode object another start.
 */
export class CounterKeyStream {
  readonly #aes: Cipher;
  readonly #salt: Uint8Array;
  #blocks = Buffer.alloc(BLOCK * 16);
  #view = this.#blocks.subarray(0, 0);

  /** @param salt 14 bytes */
  constructor(key: Uint8Array, salt: Uint8Array) {
    this.#aes = createCipheriv(`aes-${key.length * 8}-ecb`, key, null);
    this.#aes.setAutoPadding(false);
    this.#salt = salt;
  }

  /**
   * Encrypts or decrypts in place.
   *
   * @param index 48 bits
   */
  apply(bytes: Uint8Array, from: number, to: number, ssrc: number, index: number): void {
    const length = to - from;
    if (length <= 0) return;
    const stream = this.#aes.update(this.#counters(Math.ceil(length / BLOCK), ssrc, index));
    for (let i = 0; i < length; i++) bytes[from + i]! ^= stream[i]!;
  }

  #counters(count: number, ssrc: number, index: number): Buffer {
    const length = count * BLOCK;
    if (this.#blocks.length < length) this.#blocks = Buffer.alloc(length * 2);
    const blocks = this.#blocks;
    if (this.#view.length !== length || this.#view.buffer !== blocks.buffer) this.#view = blocks.subarray(0, length);
    blocks.set(this.#salt, 0);
    writeUint32(blocks, 4, xorAt(this.#salt, 4, ssrc));
    writeUint32(blocks, 8, xorAt(this.#salt, 8, Math.floor(index / 0x1_0000)));
    blocks[12] = this.#salt[12]! ^ ((index >>> 8) & 0xff);
    blocks[13] = this.#salt[13]! ^ (index & 0xff);
    blocks[14] = 0;
    blocks[15] = 0;
    for (let block = 1, at = BLOCK; block < count; block++, at += BLOCK) {
      blocks.copyWithin(at, 0, BLOCK);
      blocks[at + 14] = block >>> 8;
      blocks[at + 15] = block;
    }
    return this.#view;
  }
}

function xorAt(salt: Uint8Array, at: number, value: number): number {
  return ((salt[at]! << 24) | (salt[at + 1]! << 16) | (salt[at + 2]! << 8) | salt[at + 3]!) ^ value;
}
