import { hash } from 'node:crypto';
import { PacketMemory } from './packet-memory';

// Node.js file: SHA-1.

const BLOCK = 64;
const DIGEST = 20;

/**
 * HMAC-SHA1 (RFC 2104) of what lies in {@link memory} after a first block with the key. Two hashes in one call each cost a
 * third of an Hmac object, which Node.js makes for one message only.
 */
export class HmacSha1 {
  /** The message goes here, from {@link at} on. */
  readonly memory: PacketMemory;
  /** Where in the memory's bytes the message begins. */
  readonly at = BLOCK;
  readonly #outer = Buffer.alloc(BLOCK + DIGEST);
  readonly #digest = Buffer.alloc(DIGEST);
  #message: Uint8Array;

  /** @param key at most 64 bytes */
  constructor(key: Uint8Array) {
    this.memory = new PacketMemory(BLOCK);
    const { bytes } = this.memory;
    for (let i = 0; i < BLOCK; i++) {
      bytes[i] = 0x36 ^ (key[i] ?? 0);
      this.#outer[i] = 0x5c ^ (key[i] ?? 0);
    }
    this.#message = bytes.subarray(0, BLOCK);
  }

  /**
   * The digest of the first `length` bytes of the message.
   *
   * @returns the same 20 bytes of memory each time
   */
  digest(length: number): Uint8Array {
    const { bytes } = this.memory;
    const end = BLOCK + length;
    if (this.#message.length !== end || this.#message.buffer !== bytes.buffer) this.#message = bytes.subarray(0, end);
    // Digests travel as text of one byte a character, which is cheaper to make than a Buffer.
    this.#outer.write(hash('sha1', this.#message, 'binary'), BLOCK, DIGEST, 'latin1');
    this.#digest.write(hash('sha1', this.#outer, 'binary'), 0, DIGEST, 'latin1');
    return this.#digest;
  }
}
