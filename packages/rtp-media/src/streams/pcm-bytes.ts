/** The bytes of samples, 16-bit little-endian, the form that Node.js streams and most services of speech take. */
export function bytesOfPcm(pcm: Int16Array): Uint8Array {
  const bytes = new Uint8Array(pcm.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < pcm.length; i++) view.setInt16(i * 2, pcm[i]!, true);
  return bytes;
}

/** Samples out of bytes that come in pieces of any length, odd ones too (16-bit little-endian). */
export class PcmAssembler {
  #half = -1;

  /** The samples that are whole with this piece. */
  push(bytes: Uint8Array): Int16Array {
    const odd = this.#half >= 0 ? 1 : 0;
    const pcm = new Int16Array((bytes.length + odd) >> 1);
    let at = 0;
    let count = 0;
    if (odd === 1 && bytes.length > 0) {
      pcm[count++] = this.#half | (bytes[at++]! << 8);
      this.#half = -1;
    }
    for (; at + 1 < bytes.length; at += 2) pcm[count++] = bytes[at]! | (bytes[at + 1]! << 8);
    if (at < bytes.length) this.#half = bytes[at]!;
    return pcm;
  }
}
