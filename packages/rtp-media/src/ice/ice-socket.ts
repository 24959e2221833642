import type { Address, RtpTransport } from '../transport/rtp-transport';
import type { IceBase } from './candidate-pair';
import { sameAddress } from './ice-candidate';

/** Told of each datagram; `isRtcp` is undefined where that has to be seen from the datagram. */
export type BaseReceiver = (
  bytes: Uint8Array,
  from: Readonly<Address>,
  base: IceBase,
  isRtcp: boolean | undefined,
) => void;

/** A socket, or a pair of them, as bases of candidates: each sends wherever it is told to. */
export class IceSocket {
  readonly #transport: RtpTransport;
  readonly bases: readonly IceBase[];
  #rtp: Address = { host: '', port: 0 };
  #rtcp: Address = { host: '', port: 0 };

  constructor(transport: RtpTransport, receive: BaseReceiver) {
    this.#transport = transport;
    const { localAddress: host, localPort, localRtcpPort } = transport;
    const rtp: IceBase = {
      address: { host, port: localPort },
      component: 1,
      relayed: false,
      send: (bytes, to) => {
        if (!sameAddress(this.#rtp, to)) this.setRemote(to, this.#rtcp);
        transport.sendRtp(bytes);
      },
    };
    if (localPort === localRtcpPort) {
      this.bases = [rtp];
      transport.onRtp((bytes, from) => receive(bytes, from, rtp, false));
      transport.onRtcp((bytes, from) => receive(bytes, from, rtp, true));
      return;
    }
    const rtcp: IceBase = {
      address: { host, port: localRtcpPort },
      component: 2,
      relayed: false,
      send: (bytes, to) => {
        if (!sameAddress(this.#rtcp, to)) this.setRemote(this.#rtp, to);
        transport.sendRtcp(bytes);
      },
    };
    this.bases = [rtp, rtcp];
    transport.onRtp((bytes, from) => receive(bytes, from, rtp, undefined));
    transport.onRtcp((bytes, from) => receive(bytes, from, rtcp, true));
  }

  /** Where {@link sendRtp} and {@link sendRtcp} go, for media without ICE. */
  setRemote(rtp: Readonly<Address>, rtcp: Readonly<Address>): void {
    this.#rtp = { host: rtp.host, port: rtp.port };
    this.#rtcp = { host: rtcp.host, port: rtcp.port };
    this.#transport.setRemote(this.#rtp, this.#rtcp);
  }

  sendRtp(bytes: Uint8Array): void {
    this.#transport.sendRtp(bytes);
  }

  sendRtcp(bytes: Uint8Array): void {
    this.#transport.sendRtcp(bytes);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}
