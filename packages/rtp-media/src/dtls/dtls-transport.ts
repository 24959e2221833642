import type { MediaError } from '../platform/errors';
import { TypedEmitter } from '../platform/typed-emitter';
import type { SrtpProtection } from '../srtp/secure-transport';
import type { Address, DatagramHandler, RtpTransport } from '../transport/rtp-transport';
import { DtlsAssociation, type DtlsRole } from './dtls-association';
import type { DtlsCertificate } from './dtls-certificate';
import type { Fingerprint } from './fingerprint';

/** What an offer and its answer decided about DTLS (RFC 5763 §5, RFC 8842). */
export interface DtlsAgreement {
  /** Ours. */
  role: DtlsRole;
  /** Of the peer's certificate. */
  fingerprints: readonly Fingerprint[];
  /** `a=tls-id` of the peer (RFC 8842 §4): another one asks for a new association. */
  tlsId?: string;
}

/** Events of a {@link DtlsTransport}. */
export interface DtlsTransportEvents {
  /** Keys for SRTP. */
  connected: [protection: SrtpProtection];
  /** No keys will come; nothing must be sent. */
  failed: [error: MediaError];
}

/** Datagrams kept that came before it was known with whom to shake hands. */
const MAX_EARLY = 8;

/**
 * DTLS beside RTP on one transport (RFC 5764 §5.1.2, RFC 7983): takes the handshake out of what comes in, and passes on the
 * rest. SRTP is laid over it with the keys it gives.
 */
export class DtlsTransport extends TypedEmitter<DtlsTransportEvents> implements RtpTransport {
  readonly #inner: RtpTransport;
  readonly #certificate: DtlsCertificate;
  #association: Promise<DtlsAssociation> | undefined;
  #agreement: string | undefined;
  #early: Uint8Array[] = [];
  #onRtp: DatagramHandler = () => {};
  #closed = false;

  constructor(inner: RtpTransport, certificate: DtlsCertificate) {
    super();
    this.#inner = inner;
    this.#certificate = certificate;
    inner.onRtp((bytes, from) => {
      if (bytes[0]! >= 20 && bytes[0]! <= 63) this.#receive(bytes);
      else this.#onRtp(bytes, from);
    });
  }

  /**
   * Shakes hands with the peer. The same agreement again changes nothing: an association outlives re-offers (RFC 8842 §5.4).
   * To be called once the way to the peer is open, by ICE or without it.
   */
  start(agreement: DtlsAgreement): void {
    const { role, fingerprints, tlsId } = agreement;
    const identity = JSON.stringify([
      role,
      tlsId,
      fingerprints.map(({ algorithm, value }) => [algorithm, value]).sort(),
    ]);
    if (this.#closed || identity === this.#agreement) return;
    this.#agreement = identity;
    const before = this.#association;
    before?.then((association) => association.close());
    const current: Promise<DtlsAssociation> = DtlsAssociation.start({
      role,
      certificate: this.#certificate,
      fingerprints,
      send: (bytes) => this.#inner.sendRtp(bytes),
      connected: (protection) => this.#isCurrent(current) && this.emit('connected', protection),
      failed: (error) => this.#isCurrent(current) && this.emit('failed', error),
      closed: () => {},
    });
    this.#association = current;
    current.then((association) => {
      if (this.#closed || !this.#isCurrent(current)) association.close();
      else for (const bytes of this.#early.splice(0)) association.receive(bytes);
    });
  }

  #isCurrent(association: Promise<DtlsAssociation>): boolean {
    return this.#association === undefined || this.#association === association;
  }

  #receive(bytes: Uint8Array): void {
    const copy = new Uint8Array(bytes);
    if (this.#association) this.#association.then((association) => association.receive(copy));
    else if (this.#early.length < MAX_EARLY) this.#early.push(copy);
  }

  get localAddress(): string {
    return this.#inner.localAddress;
  }

  get moveTo(): RtpTransport['moveTo'] {
    return this.#inner.moveTo?.bind(this.#inner);
  }

  get localPort(): number {
    return this.#inner.localPort;
  }

  get localRtcpPort(): number {
    return this.#inner.localRtcpPort;
  }

  setRemote(rtp: Readonly<Address>, rtcp: Readonly<Address>): void {
    this.#inner.setRemote(rtp, rtcp);
  }

  sendRtp(bytes: Uint8Array): void {
    this.#inner.sendRtp(bytes);
  }

  sendRtcp(bytes: Uint8Array): void {
    this.#inner.sendRtcp(bytes);
  }

  onRtp(handler: DatagramHandler): void {
    this.#onRtp = handler;
  }

  onRtcp(handler: DatagramHandler): void {
    this.#inner.onRtcp(handler);
  }

  onError(handler: (error: Error) => void): void {
    this.#inner.onError?.(handler);
  }

  async close(): Promise<void> {
    this.#closed = true;
    (await this.#association)?.close();
    await this.#inner.close();
  }
}
