import { timestampDistance } from '../rtp/rtp-header';

/** Most bytes of a payload with redundancy: what no path fragments, whatever IPv6, SRTP and tunnels add to it. */
const PAYLOAD_BYTES = 1200;
/** The fields of a block header hold no more (RFC 2198 §3). */
const MOST_AGE = 0x3fff;
const MOST_BLOCK_BYTES = 0x3ff;
const BLOCK_HEADER_BYTES = 4;

/** What a {@link RedundancyWriter} is made for. */
export interface RedundancyWriterOptions {
  /** Payload type of the audio within. */
  payloadType: number;
  /** Packets before that are sent again with each, 1 or 2. */
  generations: number;
  /** The largest payload of the audio, in bytes. */
  maxPayloadBytes: number;
}

interface Sent {
  readonly bytes: Uint8Array;
  length: number;
  timestamp: number;
}

/**
 * Makes payloads with redundant audio (RFC 2198 §3): each packet carries the audio of one or two before it again, so that one
 * that is lost is in the next. Older audio is left out where the packet would be larger than 1,200 bytes. Allocates only when made.
 */
export class RedundancyWriter {
  readonly #payloadType: number;
  readonly #generations: number;
  /** The latest packets, and one that is being made. */
  readonly #ring: readonly Sent[];
  #at = 0;
  /** How many of the ring were sent since the stream began, or was interrupted. */
  #known = 0;
  /** Most bytes that {@link write} can write. */
  readonly maxBytes: number;

  constructor({ payloadType, generations, maxPayloadBytes }: RedundancyWriterOptions) {
    this.#payloadType = payloadType;
    this.#generations = generations;
    this.#ring = Array.from({ length: generations + 1 }, () => ({
      bytes: new Uint8Array(maxPayloadBytes),
      length: 0,
      timestamp: 0,
    }));
    this.maxBytes = Math.max(PAYLOAD_BYTES, maxPayloadBytes);
  }

  /** Where the audio of the next packet is to be put. */
  get primary(): Uint8Array {
    return this.#ring[this.#at]!.bytes;
  }

  /** Whether the payload written last has redundant audio in it; without, it is the audio alone, under its own payload type. */
  redundant = false;

  /**
   * Writes the payload of a packet.
   *
   * @param out where it goes; at least {@link maxBytes} long
   * @param timestamp of the packet
   * @param length bytes of audio in {@link primary}
   * @returns bytes written
   */
  write(out: Uint8Array, timestamp: number, length: number): number {
    const ring = this.#ring;
    const primary = ring[this.#at]!;
    primary.length = length;
    primary.timestamp = timestamp;
    const blocks = this.#blocksThatFit(length, timestamp);
    this.redundant = blocks > 0;
    let at = 0;
    for (let back = blocks; back > 0; back--) {
      const sent = this.#before(back);
      const age = timestampDistance(sent.timestamp, timestamp);
      out[at] = 0x80 | this.#payloadType;
      out[at + 1] = age >> 6;
      out[at + 2] = ((age & 63) << 2) | (sent.length >> 8);
      out[at + 3] = sent.length;
      at += BLOCK_HEADER_BYTES;
    }
    if (blocks > 0) out[at++] = this.#payloadType;
    for (let back = blocks; back >= 0; back--) {
      const sent = this.#before(back);
      const { bytes } = sent;
      for (let i = 0; i < sent.length; i++) out[at + i] = bytes[i]!;
      at += sent.length;
    }
    this.#at = (this.#at + 1) % ring.length;
    this.#known = Math.min(this.#generations, this.#known + 1);
    return at;
  }

  /** Of the packets before, how many in a row go with this one. */
  #blocksThatFit(length: number, timestamp: number): number {
    let total = 1 + length;
    let blocks = 0;
    while (blocks < this.#known) {
      const sent = this.#before(blocks + 1);
      const age = timestampDistance(sent.timestamp, timestamp);
      total += BLOCK_HEADER_BYTES + sent.length;
      if (total > PAYLOAD_BYTES || sent.length > MOST_BLOCK_BYTES || age < 0 || age > MOST_AGE) break;
      blocks++;
    }
    return blocks;
  }

  #before(back: number): Sent {
    const { length } = this.#ring;
    return this.#ring[(this.#at - back + length) % length]!;
  }

  /** A packet of something else was sent, or none: what was before is not sent again. */
  interrupt(): void {
    this.#known = 0;
  }
}
