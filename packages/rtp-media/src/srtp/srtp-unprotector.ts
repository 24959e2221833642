import { createTransform } from './create-transform';
import { estimateIndex, TURN } from './packet-index';
import { ReplayWindow } from './replay-window';
import { MAX_SOURCES, type SrtpFailure } from './srtp-failure';
import { MAX_SRTCP_PACKETS, MAX_SRTP_PACKETS, type SrtpKeyParameters, sameBytes } from './srtp-key';
import { payloadOffset, rtcpSsrcOf, sequenceNumberOf, ssrcOf } from './srtp-packet';
import { ENCRYPTED, RTCP_CLEAR_BYTES, readUint32, type SrtpTransform } from './srtp-transform';

/** Settings of {@link SrtpUnprotector}. */
export interface SrtpUnprotectorOptions {
  /** How many RTP packets back one may come late, at least 64; 1024 when absent. */
  replayWindow?: number;
  /**
   * The newest index of each SSRC under the keys before, {@link SrtpUnprotector.indices} then: where to look for a source
   * that kept its rollover counter over a change of keys.
   */
  before?: ReadonlyMap<number, number>;
}

interface Source {
  readonly rtp: ReplayWindow;
  readonly rtcp: ReplayWindow;
}

const RTCP_WINDOW = 128;

/**
 * Makes RTP and RTCP of SRTP and SRTCP under one master key (RFC 3711 §3.3, §3.4). An SSRC gets a context when its first
 * authentic packet arrives. Packets that come out lie in memory that the next call uses again; the packets given stay as
 * they are.
 */
export class SrtpUnprotector {
  readonly #transform: SrtpTransform;
  readonly #mki: Uint8Array | undefined;
  readonly #mkiBytes: number;
  readonly #lifetime: number;
  readonly #replayWindow: number;
  readonly #before: ReadonlyMap<number, number> | undefined;
  readonly #sources = new Map<number, Source>();
  #rtpPackets = 0;
  #rtcpPackets = 0;

  /** @throws MediaError `ERR_SRTP_KEY` */
  constructor(key: SrtpKeyParameters, { replayWindow = 1024, before }: SrtpUnprotectorOptions = {}) {
    this.#transform = createTransform(key);
    this.#mki = key.mki?.slice();
    this.#mkiBytes = this.#mki?.length ?? 0;
    this.#lifetime = key.lifetime ?? MAX_SRTP_PACKETS;
    this.#replayWindow = replayWindow;
    this.#before = before;
  }

  /**
   * Checks and decrypts one SRTP packet.
   *
   * @returns the RTP packet until the next call, or why there is none; never throws
   */
  unprotectRtp(packet: Uint8Array): Uint8Array | SrtpFailure {
    const end = packet.length - this.#transform.rtpOverhead - this.#mkiBytes;
    const payloadAt = payloadOffset(packet, end);
    if (payloadAt < 0) return 'malformed';
    if (!this.#isOurs(packet, this.#transform.bytesAfterMki[0])) return 'unknown-key';
    const ssrc = ssrcOf(packet);
    const sequenceNumber = sequenceNumberOf(packet);
    const source = this.#sources.get(ssrc);
    if (!source || source.rtp.highest < 0) return this.#firstRtp(packet, payloadAt, ssrc, sequenceNumber);
    const index = estimateIndex(source.rtp.highest, sequenceNumber);
    if (!source.rtp.isFresh(index)) return 'replay';
    const plain = this.#openRtp(packet, payloadAt, ssrc, index);
    if (typeof plain !== 'string') source.rtp.accept(index);
    return plain;
  }

  /**
   * Checks and decrypts one SRTCP packet. Whether it is encrypted its E flag says, which is authenticated.
   *
   * @returns the compound RTCP packet until the next call, or why there is none; never throws
   */
  unprotectRtcp(packet: Uint8Array): Uint8Array | SrtpFailure {
    const { rtcpOverhead, bytesAfterMki } = this.#transform;
    const isLongEnough = packet.length >= RTCP_CLEAR_BYTES + rtcpOverhead + this.#mkiBytes;
    if (!isLongEnough || packet[0]! >> 6 !== 2) return 'malformed';
    if (!this.#isOurs(packet, bytesAfterMki[1])) return 'unknown-key';
    const ssrc = rtcpSsrcOf(packet);
    const word = readUint32(packet, packet.length - bytesAfterMki[1] - this.#mkiBytes - 4);
    const index = word >= ENCRYPTED ? word - ENCRYPTED : word;
    const known = this.#sources.get(ssrc);
    if (known && !known.rtcp.isFresh(index)) return 'replay';
    if (this.#rtcpPackets >= Math.min(this.#lifetime, MAX_SRTCP_PACKETS)) return 'expired';
    const plain = this.#transform.openRtcp(packet, ssrc, word, this.#mkiBytes);
    if (!plain) return 'authentication';
    const source = known ?? this.#add(ssrc);
    if (!source) return 'too-many-sources';
    source.rtcp.accept(index);
    this.#rtcpPackets++;
    return plain;
  }

  /** The newest index of the RTP of each SSRC. */
  get indices(): Map<number, number> {
    return new Map(
      [...this.#sources].filter(([, { rtp }]) => rtp.highest >= 0).map(([ssrc, { rtp }]) => [ssrc, rtp.highest]),
    );
  }

  /** Whether the packet names our key, if keys are named at all. */
  #isOurs(packet: Uint8Array, bytesAfter: number): boolean {
    if (!this.#mki) return true;
    const end = packet.length - bytesAfter;
    return sameBytes(packet.subarray(end - this.#mkiBytes, end), this.#mki);
  }

  /**
   * The rollover counter is not sent. A source begins with its first turn; in the second we may find it when we missed the
   * packets before the wrap; further on when it kept its counter over a change of keys.
   */
  #firstRtp(packet: Uint8Array, payloadAt: number, ssrc: number, sequenceNumber: number): Uint8Array | SrtpFailure {
    const before = this.#before?.get(ssrc);
    const carried = before === undefined ? -1 : estimateIndex(before, sequenceNumber);
    let failure: SrtpFailure = 'authentication';
    const candidates = [sequenceNumber, sequenceNumber + TURN];
    if (carried >= 2 * TURN) candidates.push(carried);
    for (const index of candidates) {
      const plain = this.#openRtp(packet, payloadAt, ssrc, index);
      if (typeof plain === 'string') {
        failure = plain;
        continue;
      }
      const source = this.#sources.get(ssrc) ?? this.#add(ssrc);
      if (!source) return 'too-many-sources';
      source.rtp.accept(index);
      return plain;
    }
    return failure;
  }

  #openRtp(packet: Uint8Array, payloadAt: number, ssrc: number, index: number): Uint8Array | SrtpFailure {
    if (index >= MAX_SRTP_PACKETS || this.#rtpPackets >= this.#lifetime) return 'expired';
    const plain = this.#transform.openRtp(packet, payloadAt, ssrc, index, this.#mkiBytes);
    if (!plain) return 'authentication';
    this.#rtpPackets++;
    return plain;
  }

  #add(ssrc: number): Source | undefined {
    if (this.#sources.size >= MAX_SOURCES) return undefined;
    const source = { rtp: new ReplayWindow(this.#replayWindow), rtcp: new ReplayWindow(RTCP_WINDOW) };
    this.#sources.set(ssrc, source);
    return source;
  }
}
