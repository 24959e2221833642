/**
 * Memory for one packet after another, and views into it that are made anew only when a length changes. No Buffer, whose
 * `slice` is no copy.
 */
export class PacketMemory {
  readonly #headroom: number;
  #bytes: Uint8Array;
  #view: Uint8Array;

  /** @param headroom bytes before the packet that stay as they are */
  constructor(headroom = 0, capacity = 2048) {
    this.#headroom = headroom;
    this.#bytes = new Uint8Array(headroom + capacity);
    this.#view = this.#bytes.subarray(headroom, headroom);
  }

  /** All of it: the headroom, then room for a packet. Another object after {@link reserve} had to grow it. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Makes room for a packet of so many bytes. */
  reserve(length: number): Uint8Array {
    const needed = this.#headroom + length;
    if (this.#bytes.length < needed) {
      const larger = new Uint8Array(needed * 2);
      larger.set(this.#bytes.subarray(0, this.#headroom));
      this.#bytes = larger;
      this.#view = larger.subarray(this.#headroom, this.#headroom);
    }
    return this.#bytes;
  }

  /** The first `length` bytes of the packet. */
  packet(length: number): Uint8Array {
    if (this.#view.length !== length) this.#view = this.#bytes.subarray(this.#headroom, this.#headroom + length);
    return this.#view;
  }
}
