import type { TransportAgreement, TransportStatistics } from './transport-agreement';

/** A numeric IP address (IPv6 without brackets) and a port. */
export interface Address {
  host: string;
  port: number;
}

/**
 * Called for each datagram. `bytes` and `from` belong to the transport and hold good only until the handler returns.
 */
export type DatagramHandler = (bytes: Uint8Array, from: Readonly<Address>) => void;

/**
 * What carries RTP and RTCP: a UDP socket pair, a network in memory, and SRTP, DTLS or ICE wrapped around another
 * transport. Sending never throws and never waits; what cannot be sent is lost, as on any network.
 */
export interface RtpTransport {
  /** Numeric address the sockets are bound to. */
  readonly localAddress: string;
  /** Port RTP arrives on. */
  readonly localPort: number;
  /** Port RTCP arrives on; the RTP port when both are multiplexed (RFC 5761). */
  readonly localRtcpPort: number;
  /** Where to send from now on. */
  setRemote(rtp: Readonly<Address>, rtcp: Readonly<Address>): void;
  /** Sends one RTP packet; the bytes may be reused once this returns. */
  sendRtp(bytes: Uint8Array): void;
  /** Sends one compound RTCP packet. */
  sendRtcp(bytes: Uint8Array): void;
  /** Sets the one receiver of RTP; the latest call wins. */
  onRtp(handler: DatagramHandler): void;
  /** Sets the one receiver of RTCP; the latest call wins. */
  onRtcp(handler: DatagramHandler): void;
  /** Sets the one receiver of failures of the network (port unreachable, socket gone), which are reported and survived. */
  onError?(handler: (error: Error) => void): void;
  /** Takes up what an offer and its answer decided, each time before {@link setRemote}; a plain transport needs nothing of it. */
  agree?(agreement: TransportAgreement): void;
  /** What became of the way and the protection of packets. */
  statistics?(): TransportStatistics;
  /**
   * Receives and sends at another address of this machine from now on, at ports of its own: the network is another one. Absent: it cannot.
   *
   * @throws MediaError when nothing can be opened there; all is as before then
   */
  readonly moveTo?: ((address: string) => Promise<void>) | undefined;
  /** Frees the sockets. */
  close(): Promise<void>;
}

/** Whether packets can be sent there: a port of 0 or an unspecified host (a hold of RFC 2543) is nowhere. */
export function isReachable(address: Readonly<Address>): boolean {
  return address.port > 0 && address.host !== '' && address.host !== '0.0.0.0' && address.host !== '::';
}
