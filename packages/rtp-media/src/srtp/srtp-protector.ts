import { createTransform } from './create-transform';
import { estimateIndex } from './packet-index';
import { ReplayWindow } from './replay-window';
import { MAX_SOURCES, type SrtpFailure } from './srtp-failure';
import { MAX_SRTCP_PACKETS, MAX_SRTP_PACKETS, type SrtpKeyParameters } from './srtp-key';
import { payloadOffset, rtcpSsrcOf, sequenceNumberOf, ssrcOf } from './srtp-packet';
import { RTCP_CLEAR_BYTES, type SrtpTransform } from './srtp-transform';

interface Source {
  /** Indices already used: none may be used again under the same key (RFC 3711 §9.1). */
  readonly used: ReplayWindow;
  /** From 1, as libsrtp has it: a receiver cannot tell that from a lost first packet. */
  nextRtcpIndex: number;
}

const NO_MKI = new Uint8Array(0);

/**
 * Makes SRTP and SRTCP of RTP and RTCP under one master key (RFC 3711 §3.3, §3.4). Each SSRC has a rollover counter and a
 * SRTCP index of its own. Packets that come out lie in memory that the next call uses again.
 */
export class SrtpProtector {
  readonly #transform: SrtpTransform;
  readonly #mki: Uint8Array;
  readonly #rtpLifetime: number;
  readonly #rtcpLifetime: number;
  readonly #sources = new Map<number, Source>();
  #rtpPackets = 0;
  #rtcpPackets = 0;

  /** @throws MediaError `ERR_SRTP_KEY` */
  constructor(key: SrtpKeyParameters) {
    this.#transform = createTransform(key);
    this.#mki = key.mki?.slice() ?? NO_MKI;
    this.#rtpLifetime = Math.min(key.lifetime ?? MAX_SRTP_PACKETS, MAX_SRTP_PACKETS);
    this.#rtcpLifetime = Math.min(key.lifetime ?? MAX_SRTCP_PACKETS, MAX_SRTCP_PACKETS);
  }

  /**
   * Protects one RTP packet.
   *
   * @returns the SRTP packet until the next call, or why there is none; `replay` for a sequence number used before
   */
  protectRtp(packet: Uint8Array): Uint8Array | SrtpFailure {
    const payloadAt = payloadOffset(packet, packet.length);
    if (payloadAt < 0) return 'malformed';
    if (this.#rtpPackets >= this.#rtpLifetime) return 'expired';
    const ssrc = ssrcOf(packet);
    const source = this.#source(ssrc);
    if (!source) return 'too-many-sources';
    const { used } = source;
    const sequenceNumber = sequenceNumberOf(packet);
    const index = used.highest < 0 ? sequenceNumber : estimateIndex(used.highest, sequenceNumber);
    if (index >= MAX_SRTP_PACKETS) return 'expired';
    if (!used.isFresh(index)) return 'replay';
    used.accept(index);
    this.#rtpPackets++;
    return this.#transform.sealRtp(packet, payloadAt, ssrc, index, this.#mki);
  }

  /**
   * Protects one compound RTCP packet.
   *
   * @returns the SRTCP packet until the next call, or why there is none
   */
  protectRtcp(packet: Uint8Array): Uint8Array | SrtpFailure {
    if (packet.length < RTCP_CLEAR_BYTES || packet[0]! >> 6 !== 2) return 'malformed';
    if (this.#rtcpPackets >= this.#rtcpLifetime) return 'expired';
    const ssrc = rtcpSsrcOf(packet);
    const source = this.#source(ssrc);
    if (!source) return 'too-many-sources';
    if (source.nextRtcpIndex >= MAX_SRTCP_PACKETS) return 'expired';
    this.#rtcpPackets++;
    return this.#transform.sealRtcp(packet, ssrc, source.nextRtcpIndex++, this.#mki);
  }

  #source(ssrc: number): Source | undefined {
    let source = this.#sources.get(ssrc);
    if (!source && this.#sources.size < MAX_SOURCES) {
      source = { used: new ReplayWindow(64), nextRtcpIndex: 1 };
      this.#sources.set(ssrc, source);
    }
    return source;
  }
}
