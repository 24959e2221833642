import { type Cipher, createCipheriv } from 'node:crypto';
import { readUint32, writeUint32 } from './srtp-transform';

// Node.js file: AES.

const BLOCK = 16;

/**
 * AES in counter mode as RFC 3711 §4.1.1 has it. The counter blocks of a packet are encrypted in one call of one AES object
 * that lives as long as the key, as Node.js cannot give a counter-mode object another start.
 */
export class CounterKeyStream {
  readonly #aes: Cipher;
  readonly #salt: Uint8Array;
  #blocks = new Uint8Array(BLOCK * 16);
  /** The same memory, copied four bytes at a time. */
  #words = new Uint32Array(this.#blocks.buffer);
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

  #counters(count: number, ssrc: number, index: number): Uint8Array {
    const length = count * BLOCK;
    if (this.#blocks.length < length) {
      this.#blocks = new Uint8Array(length * 2);
      this.#words = new Uint32Array(this.#blocks.buffer);
    }
    const blocks = this.#blocks;
    if (this.#view.length !== length || this.#view.buffer !== blocks.buffer) this.#view = blocks.subarray(0, length);
    blocks.set(this.#salt, 0);
    writeUint32(blocks, 4, readUint32(this.#salt, 4) ^ ssrc);
    writeUint32(blocks, 8, readUint32(this.#salt, 8) ^ Math.floor(index / 0x1_0000));
    const high = this.#salt[12]! ^ ((index >>> 8) & 0xff);
    const low = this.#salt[13]! ^ (index & 0xff);
    const words = this.#words;
    for (let block = 0, word = 0, at = 12; block < count; block++, word += 4, at += BLOCK) {
      words[word] = words[0]!;
      words[word + 1] = words[1]!;
      words[word + 2] = words[2]!;
      blocks[at] = high;
      blocks[at + 1] = low;
      blocks[at + 2] = block >>> 8;
      blocks[at + 3] = block;
    }
    return this.#view;
  }
}
