import { CounterKeyStream } from './counter-key-stream';
import { HmacSha1 } from './hmac-sha1';
import type { SessionKeys } from './session-keys';
import type { SuiteShape } from './srtp-suites';
import { ENCRYPTED, RTCP_CLEAR_BYTES, type SrtpTransform, type TransformOptions, writeUint32 } from './srtp-transform';

/**
 * AES in counter mode, authenticated with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1; RFC 6188 for AES-256): the packet, then the
 * MKI, then the tag.
 */
export class CounterTransform implements SrtpTransform {
  readonly rtpOverhead: number;
  readonly rtcpOverhead: number;
  readonly bytesAfterMki: readonly [number, number];
  readonly #rtpStream: CounterKeyStream | undefined;
  readonly #rtcpStream: CounterKeyStream;
  readonly #rtpHmac: HmacSha1;
  readonly #rtcpHmac: HmacSha1;
  readonly #rtpTag: number;
  readonly #rtcpTag: number;
  readonly #encryptsRtcp: boolean;

  constructor(rtp: SessionKeys, rtcp: SessionKeys, shape: SuiteShape, options: TransformOptions) {
    this.#rtpTag = shape.rtpTagBytes;
    this.#rtcpTag = shape.rtcpTagBytes;
    this.rtpOverhead = this.#rtpTag;
    this.rtcpOverhead = this.#rtcpTag + 4;
    this.bytesAfterMki = [this.#rtpTag, this.#rtcpTag];
    this.#rtpStream = options.unencryptedSrtp ? undefined : new CounterKeyStream(rtp.key, rtp.salt);
    // There also when ours go unencrypted: each packet of the peer says for itself.
    this.#rtcpStream = new CounterKeyStream(rtcp.key, rtcp.salt);
    this.#encryptsRtcp = !options.unencryptedSrtcp;
    this.#rtpHmac = new HmacSha1(rtp.authenticationKey);
    this.#rtcpHmac = new HmacSha1(rtcp.authenticationKey);
  }

  sealRtp(packet: Uint8Array, payloadAt: number, ssrc: number, index: number, mki: Uint8Array): Uint8Array {
    const { memory, at } = this.#rtpHmac;
    const { length } = packet;
    const total = length + mki.length + this.#rtpTag;
    const bytes = memory.reserve(total + 4);
    bytes.set(packet, at);
    this.#rtpStream?.apply(bytes, at + payloadAt, at + length, ssrc, index);
    // The rollover counter is authenticated, not sent (RFC 3711 §4.2); MKI and tag take its place.
    writeUint32(bytes, at + length, Math.floor(index / 0x1_0000));
    copyTag(this.#rtpHmac.digest(length + 4), bytes, at + length + mki.length, this.#rtpTag);
    bytes.set(mki, at + length);
    return memory.packet(total);
  }

  openRtp(
    packet: Uint8Array,
    payloadAt: number,
    ssrc: number,
    index: number,
    mkiBytes: number,
  ): Uint8Array | undefined {
    const { memory, at } = this.#rtpHmac;
    const length = packet.length - this.#rtpTag - mkiBytes;
    const bytes = memory.reserve(packet.length + 4);
    bytes.set(packet, at);
    writeUint32(bytes, at + length, Math.floor(index / 0x1_0000));
    if (!isTag(this.#rtpHmac.digest(length + 4), packet, this.#rtpTag)) return undefined;
    this.#rtpStream?.apply(bytes, at + payloadAt, at + length, ssrc, index);
    return memory.packet(length);
  }

  sealRtcp(packet: Uint8Array, ssrc: number, index: number, mki: Uint8Array): Uint8Array {
    const { memory, at } = this.#rtcpHmac;
    const { length } = packet;
    const total = length + 4 + mki.length + this.#rtcpTag;
    const bytes = memory.reserve(total);
    bytes.set(packet, at);
    if (this.#encryptsRtcp) this.#rtcpStream.apply(bytes, at + RTCP_CLEAR_BYTES, at + length, ssrc, index);
    writeUint32(bytes, at + length, this.#encryptsRtcp ? ENCRYPTED + index : index);
    copyTag(this.#rtcpHmac.digest(length + 4), bytes, at + length + 4 + mki.length, this.#rtcpTag);
    bytes.set(mki, at + length + 4);
    return memory.packet(total);
  }

  openRtcp(packet: Uint8Array, ssrc: number, word: number, mkiBytes: number): Uint8Array | undefined {
    const { memory, at } = this.#rtcpHmac;
    const length = packet.length - this.#rtcpTag - mkiBytes - 4;
    const bytes = memory.reserve(packet.length);
    bytes.set(packet, at);
    if (!isTag(this.#rtcpHmac.digest(length + 4), packet, this.#rtcpTag)) return undefined;
    if (word >= ENCRYPTED) {
      this.#rtcpStream.apply(bytes, at + RTCP_CLEAR_BYTES, at + length, ssrc, word - ENCRYPTED);
    }
    return memory.packet(length);
  }
}

function copyTag(digest: Uint8Array, into: Uint8Array, at: number, length: number): void {
  for (let i = 0; i < length; i++) into[at + i] = digest[i]!;
}

/** Whether the packet ends with the tag; takes as long whichever byte is wrong. */
function isTag(digest: Uint8Array, packet: Uint8Array, length: number): boolean {
  const at = packet.length - length;
  let difference = 0;
  for (let i = 0; i < length; i++) difference |= digest[i]! ^ packet[at + i]!;
  return difference === 0;
}
