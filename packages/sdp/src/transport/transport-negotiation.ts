import type { NegotiatedAudio } from '../offer-answer/negotiated-audio';
import type { NegotiatedDtls } from './dtls';
import type { LocalIce, NegotiatedIce, RemoteIce } from './ice';
import type { LocalTransport, RemoteTransport } from './section-transport';
import type { TransportOptions } from './transport-options';

/** What of an agreement is about the way of the packets. */
export type NegotiatedTransport = Pick<
  NegotiatedAudio,
  'ice' | 'iceMismatch' | 'rtcpMux' | 'reducedSize' | 'rtcpXr' | 'mid'
>;

/** Name of our section in offers that name it. */
const MID = '0';

/** Decides about the way of the packets, and remembers who controls ICE. */
export class TransportNegotiation {
  readonly #options: TransportOptions;
  ice: LocalIce | undefined;
  #remoteUfrag: string | undefined;
  #role: NegotiatedIce['role'] = 'controlling';
  /** The name that the other side gave our section, or that ours was offered under. */
  #mid: string | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.ice = options.ice;
    this.#mid = options.bundle ? MID : undefined;
  }

  /** Whether RTCP has to share the port of RTP. */
  get requiresMux(): boolean {
    return this.#options.rtcpMux === 'require';
  }

  get #muxes(): boolean {
    return (this.#options.rtcpMux ?? false) !== false;
  }

  /** @param withDtls the section may be protected by DTLS */
  offered(withDtls: boolean): LocalTransport {
    const { reducedSize = false, rtcpXr = [], dtls } = this.#options;
    return {
      rtcpMux: this.#muxes,
      muxOnly: this.requiresMux,
      reducedSize,
      rtcpXr,
      ice: this.ice,
      iceMismatch: false,
      // RFC 8842 §5.2: who offers leaves it to the other who begins, each time.
      dtls: withDtls && dtls ? { local: dtls, setup: 'actpass' } : undefined,
      mid: this.#mid,
    };
  }

  /**
   * What our answer says to an offer.
   *
   * @param agreed how it is protected by DTLS, if it is
   */
  answered(remote: RemoteTransport, agreed: NegotiatedDtls | undefined): LocalTransport {
    const { reducedSize = false, rtcpXr = [], dtls } = this.#options;
    this.#mid = remote.mid;
    const hasIce = remote.ice !== undefined && remote.ice !== 'mismatch';
    if (hasIce && this.#isRestart(remote.ice as RemoteIce)) this.ice = this.#options.restartIce?.() ?? this.ice;
    return {
      rtcpMux: this.#muxes && remote.rtcpMux,
      muxOnly: false,
      reducedSize: reducedSize && remote.reducedSize,
      rtcpXr,
      ice: hasIce ? this.ice : undefined,
      iceMismatch: remote.ice === 'mismatch' && this.ice !== undefined,
      dtls: agreed && dtls ? { local: dtls, setup: agreed.role === 'client' ? 'active' : 'passive' } : undefined,
      mid: remote.mid,
    };
  }

  #isRestart({ ufrag }: RemoteIce): boolean {
    return this.#remoteUfrag !== undefined && this.#remoteUfrag !== ufrag;
  }

  /** @param offering whether ours was the offer */
  agreed(local: LocalTransport, remote: RemoteTransport, offering: boolean): NegotiatedTransport {
    const ice = this.#agreedIce(local, remote, offering);
    const { rtcpXr, mid } = remote;
    return {
      ...(ice && { ice }),
      iceMismatch: remote.ice === 'mismatch' && (offering ? local.ice !== undefined : local.iceMismatch),
      rtcpMux: local.rtcpMux && remote.rtcpMux,
      reducedSize: local.reducedSize && remote.reducedSize,
      ...(rtcpXr && rtcpXr.length > 0 && { rtcpXr }),
      ...(mid !== undefined && { mid }),
    };
  }

  #agreedIce(local: LocalTransport, { ice }: RemoteTransport, offering: boolean): NegotiatedIce | undefined {
    if (!local.ice || !ice || ice === 'mismatch') return undefined;
    const restarted = this.#isRestart(ice);
    // RFC 8445 §6.1.1: decided when ICE begins, or begins anew.
    if (this.#remoteUfrag === undefined || restarted) this.#role = offering ? 'controlling' : 'controlled';
    this.#remoteUfrag = ice.ufrag;
    const role = (local.ice.lite ?? false) === ice.lite ? this.#role : ice.lite ? 'controlling' : 'controlled';
    return { ...ice, role, restarted };
  }
}
