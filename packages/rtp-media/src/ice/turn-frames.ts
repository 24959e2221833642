/** Longest message taken from a stream: no datagram that is relayed is longer. */
const MAX_FRAME = 65_536 + 4;

/**
 * Cuts a byte stream from a TURN server into STUN messages and channel data (RFC 8656 §12.5: over a stream, channel data is
 * padded to four bytes).
 */
export class TurnFrames {
  #rest: Uint8Array = new Uint8Array(0);

  /**
   * Takes what came.
   *
   * @returns the messages that are whole now, without padding; undefined when the stream cannot be followed any more
   */
  push(bytes: Uint8Array): Uint8Array[] | undefined {
    let data = bytes;
    if (this.#rest.length > 0) {
      data = new Uint8Array(this.#rest.length + bytes.length);
      data.set(this.#rest);
      data.set(bytes, this.#rest.length);
    }
    const messages: Uint8Array[] = [];
    let at = 0;
    while (data.length - at >= 4) {
      const first = data[at]!;
      const length = (data[at + 2]! << 8) | data[at + 3]!;
      const isChannel = first >= 0x40 && first <= 0x4f;
      if (!isChannel && first > 0x03) return undefined;
      const whole = isChannel ? 4 + ((length + 3) & ~3) : 20 + length;
      if (whole > MAX_FRAME) return undefined;
      if (data.length - at < whole) break;
      messages.push(data.subarray(at, at + (isChannel ? 4 + length : whole)));
      at += whole;
    }
    this.#rest = new Uint8Array(data.subarray(at));
    return messages;
  }
}
