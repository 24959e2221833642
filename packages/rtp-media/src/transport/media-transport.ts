import type { DtlsCertificate } from '../dtls/dtls-certificate';
import { DtlsTransport } from '../dtls/dtls-transport';
import type { Fingerprint } from '../dtls/fingerprint';
import { IceTransport, type LocalIceDescription } from '../ice/ice-transport';
import { MediaError } from '../platform/errors';
import { type SecureRtpTransport, type SrtpProtection, secureTransport } from '../srtp/secure-transport';
import type { Address, DatagramHandler, RtpTransport } from './rtp-transport';
import type { TransportAgreement, TransportStatistics } from './transport-agreement';

/** Settings of a {@link MediaTransport}. */
export interface MediaTransportOptions {
  /** Sockets, or an {@link IceTransport} over them. */
  base: RtpTransport;
  /** For DTLS-SRTP; without it an agreement to DTLS fails. */
  certificate?: DtlsCertificate;
}

/**
 * The whole way of the packets of one stream: ICE where there is any, DTLS beside RTP, SRTP over both. What of it is used
 * each {@link agree} decides; until the first, and until there are keys where keys were agreed, nothing goes and nothing
 * comes.
 */
export class MediaTransport implements RtpTransport {
  readonly #base: RtpTransport;
  readonly #ice: IceTransport | undefined;
  readonly #dtls: DtlsTransport | undefined;
  readonly #secure: SecureRtpTransport;
  readonly #certificate: DtlsCertificate | undefined;
  #agreement: TransportAgreement | undefined;
  #keys: SrtpProtection | undefined;
  #onError: (error: Error) => void = () => {};

  constructor({ base, certificate }: MediaTransportOptions) {
    this.#base = base;
    this.#certificate = certificate;
    this.#ice = base instanceof IceTransport ? base : undefined;
    this.#dtls = certificate && new DtlsTransport(base, certificate);
    this.#secure = secureTransport(this.#dtls ?? base);
    this.#ice?.on('error', (error) => this.#onError(error));
    this.#ice?.on('state', () => this.#shakeHands());
    this.#dtls?.on('connected', (protection) => this.#connected(protection));
    this.#dtls?.on('failed', (error) => this.#onError(error));
  }

  get localAddress(): string {
    return this.#base.localAddress;
  }

  /** Absent with ICE, which finds the addresses itself. */
  get moveTo(): RtpTransport['moveTo'] {
    return this.#ice ? undefined : this.#base.moveTo?.bind(this.#base);
  }

  get localPort(): number {
    return this.#base.localPort;
  }

  get localRtcpPort(): number {
    return this.#base.localRtcpPort;
  }

  /** ICE of this stream, where it was opened with it. */
  get ice(): IceTransport | undefined {
    return this.#ice;
  }

  /** What our offers and answers say about ICE (RFC 8839). */
  get localIce(): LocalIceDescription | undefined {
    return this.#ice?.local;
  }

  /** What our offers and answers say about our certificate (RFC 8122). */
  get fingerprints(): readonly Fingerprint[] | undefined {
    return this.#certificate?.fingerprints;
  }

  agree(agreement: TransportAgreement): void {
    this.#agreement = agreement;
    if (!agreement.ice) this.#base.agree?.(agreement);
    if (agreement.ice) this.#ice?.connect(agreement.ice, agreement.rtcpMux ?? false);
    else this.#ice?.connectPlainly();
    if (agreement.dtls) {
      if (this.#keys) this.#secure.setProtection(this.#keys);
      if (!this.#dtls) {
        this.#onError(new MediaError('ERR_DTLS', 'DTLS was agreed to without a certificate; give the transport one.'));
      }
      this.#shakeHands();
    } else {
      this.#secure.setProtection(agreement.srtp ?? 'clear');
    }
  }

  /** The server listens at once; the client speaks when the way is open. */
  #shakeHands(): void {
    const { dtls, ice } = this.#agreement ?? {};
    if (!dtls) return;
    const isOpen = !ice || !this.#ice || this.#ice.selected !== undefined;
    if (dtls.role === 'server' || isOpen) this.#dtls?.start(dtls);
  }

  #connected(protection: SrtpProtection): void {
    this.#keys = protection;
    if (this.#agreement?.dtls) this.#secure.setProtection(protection);
  }

  setRemote(rtp: Readonly<Address>, rtcp: Readonly<Address>): void {
    this.#secure.setRemote(rtp, rtcp);
    // Without ICE the client knows only now where to say hello.
    this.#shakeHands();
  }

  sendRtp(bytes: Uint8Array): void {
    this.#secure.sendRtp(bytes);
  }

  sendRtcp(bytes: Uint8Array): void {
    this.#secure.sendRtcp(bytes);
  }

  onRtp(handler: DatagramHandler): void {
    this.#secure.onRtp(handler);
  }

  onRtcp(handler: DatagramHandler): void {
    this.#secure.onRtcp(handler);
  }

  onError(handler: (error: Error) => void): void {
    this.#onError = handler;
    this.#base.onError?.(handler);
  }

  statistics(): TransportStatistics {
    const { state, counters } = this.#secure;
    const keys = this.#agreement?.dtls ? this.#keys : this.#agreement?.srtp;
    const selected = this.#ice?.selected;
    const roundTrip = this.#ice?.roundTripMs;
    const kind = this.#agreement?.dtls ? 'dtls' : 'sdes';
    return {
      ...(this.#ice && { iceState: this.#ice.state }),
      ...(selected && { localCandidateType: selected.local.type, remoteCandidateType: selected.remote.type }),
      ...(roundTrip !== undefined && { checkRoundTripMs: roundTrip }),
      protection: state === 'protected' ? kind : state,
      ...(keys && state === 'protected' && { suite: keys.local.suite, srtp: counters }),
    };
  }

  close(): Promise<void> {
    return this.#secure.close();
  }
}
