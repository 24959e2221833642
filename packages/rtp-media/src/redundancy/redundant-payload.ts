/** Most blocks of one packet that are looked at; senders have two or three. */
const MOST_BLOCKS = 16;
const BLOCK_HEADER_BYTES = 4;

/**
 * The blocks of a payload with redundant audio (RFC 2198 §3): those of packets before, the oldest first, and last the one that
 * is new, the primary. One object is reused for every packet of a stream, so that reading allocates nothing.
 */
export class RedundantPayload {
  /** Blocks, the primary included. */
  count = 0;
  readonly #payloadTypes = new Uint8Array(MOST_BLOCKS);
  readonly #ages = new Uint16Array(MOST_BLOCKS);
  readonly #offsets = new Uint32Array(MOST_BLOCKS);
  readonly #lengths = new Uint32Array(MOST_BLOCKS);

  /**
   * Reads the block headers and checks every length in them against the payload.
   *
   * @param packet the datagram that holds the payload
   * @param offset where the payload begins, in bytes
   * @param length bytes of payload
   * @returns false when it is none, or has more than 16 blocks; the contents mean nothing then
   */
  read(packet: Uint8Array, offset: number, length: number): boolean {
    this.count = 0;
    const end = offset + length;
    let at = offset;
    let redundant = 0;
    let count = 0;
    while (at < end && packet[at]! > 127) {
      if (at + BLOCK_HEADER_BYTES >= end || count === MOST_BLOCKS - 1) return false;
      const second = packet[at + 2]!;
      const bytes = ((second & 3) << 8) | packet[at + 3]!;
      this.#payloadTypes[count] = packet[at]! & 0x7f;
      this.#ages[count] = (packet[at + 1]! << 6) | (second >> 2);
      this.#lengths[count] = bytes;
      redundant += bytes;
      count++;
      at += BLOCK_HEADER_BYTES;
    }
    if (at >= end) return false;
    this.#payloadTypes[count] = packet[at]!;
    this.#ages[count] = 0;
    at++;
    if (at + redundant > end) return false;
    this.#lengths[count] = end - at - redundant;
    count++;
    for (let block = 0; block < count; block++) {
      this.#offsets[block] = at;
      at += this.#lengths[block]!;
    }
    this.count = count;
    return true;
  }

  /** Payload type of a block, 0 to 127. */
  payloadType(block: number): number {
    return this.#payloadTypes[block]!;
  }

  /** By how many timestamp units a block is older than the packet, 0 to 16383; 0 for the primary. */
  age(block: number): number {
    return this.#ages[block]!;
  }

  /** Where a block begins in the packet, in bytes. */
  offset(block: number): number {
    return this.#offsets[block]!;
  }

  /** Bytes of a block; may be 0. */
  length(block: number): number {
    return this.#lengths[block]!;
  }
}
