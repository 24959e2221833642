import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { MediaError } from '../platform/errors';
import { type Address, type DatagramHandler, isReachable, type RtpTransport } from '../transport/rtp-transport';
import type { TransportAgreement } from '../transport/transport-agreement';

// Node.js file: UDP sockets.

/** Settings of {@link openUdpRtpTransport}. */
export interface UdpRtpTransportOptions {
  /** Numeric address to bind to, IPv4 or IPv6; `127.0.0.1` when absent. */
  address?: string;
  /** Lowest and highest port to use, both included; the system chooses when absent. */
  portRange?: readonly [min: number, max: number];
  /** One port for RTP and RTCP (RFC 5761); false when absent. */
  rtcpMux?: boolean;
}

const ATTEMPTS = 32;
const NO_HANDLER: DatagramHandler = () => {};

/**
 * Opens the sockets of one audio stream: RTP on an even port and RTCP on the next (RFC 3550 §11), or both on one.
 *
 * Ports of a range are tried from a random one on, so that a port is not used again right after a call.
 *
 * @throws MediaError `ERR_RTP_PORTS` when the range has no free pair, `ERR_RTP_SOCKET` when the address cannot be bound,
 * `ERR_MEDIA_ARGUMENT` when the range is none
 */
export async function openUdpRtpTransport(options: UdpRtpTransportOptions = {}): Promise<RtpTransport> {
  const { address = '127.0.0.1', portRange, rtcpMux = false } = options;
  for (const port of portRange ? portsOf(portRange, rtcpMux) : new Array<number>(ATTEMPTS).fill(0)) {
    const rtp = await tryBind(address, port);
    if (!rtp) continue;
    const rtpPort = rtp.address().port;
    if (rtcpMux) return new UdpRtpTransport(rtp, rtp);
    // The system may choose an odd port; the pair is then the even one below.
    const even = rtpPort % 2 === 0;
    const other = await tryBind(address, even ? rtpPort + 1 : rtpPort - 1).catch(() => undefined);
    if (other) return even ? new UdpRtpTransport(rtp, other) : new UdpRtpTransport(other, rtp);
    await closeSocket(rtp);
  }
  const where = portRange ? `between ${portRange[0]} and ${portRange[1]}` : 'that the system offers';
  const what = rtcpMux ? 'UDP port' : 'pair of UDP ports';
  throw new MediaError('ERR_RTP_PORTS', `No ${what} ${where} is free on ${address}; widen portRange or end calls.`);
}

function portsOf(range: readonly [number, number], rtcpMux: boolean): number[] {
  const [min, max] = range;
  const step = rtcpMux ? 1 : 2;
  const first = rtcpMux ? min : min + (min % 2);
  const last = rtcpMux ? max : max - 1;
  if (!Number.isInteger(min) || !Number.isInteger(max) || min < 1 || max > 65_535 || first > last) {
    throw new MediaError(
      'ERR_MEDIA_ARGUMENT',
      `Give portRange two ports from 1 to 65535, lowest first, with an even one and the next between them, not ${min}-${max}.`,
    );
  }
  const count = Math.floor((last - first) / step) + 1;
  const start = Math.floor(Math.random() * count);
  return Array.from({ length: count }, (_, i) => first + ((start + i) % count) * step);
}

/** @returns undefined when the port is in use */
function tryBind(address: string, port: number): Promise<Socket | undefined> {
  const ipv6Only = isIPv6(address);
  const family = ipv6Only ? 6 : 4;
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type: ipv6Only ? 'udp6' : 'udp4',
      ipv6Only,
      // Addresses are numeric. Without this every packet sent would go through the resolver of the system.
      lookup: (hostname, _options, callback) => callback(null, hostname, family),
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') {
        resolve(undefined);
        return;
      }
      const message = `Cannot bind a media socket to ${address}: ${error.message}. Use an address of this machine.`;
      reject(new MediaError('ERR_RTP_SOCKET', message, { cause: error }));
    });
    socket.bind(port, address, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

class UdpRtpTransport implements RtpTransport {
  readonly localAddress: string;
  readonly localPort: number;
  readonly localRtcpPort: number;
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  #remoteRtp: Address = { host: '', port: 0 };
  #remoteRtcp: Address = { host: '', port: 0 };
  #onRtp = NO_HANDLER;
  #onRtcp = NO_HANDLER;
  #onError: (error: Error) => void = () => {};
  #muxed: boolean;
  #closed = false;
  /** One address object for all packets received, as {@link DatagramHandler} allows. */
  readonly #from: Address = { host: '', port: 0 };

  constructor(rtp: Socket, rtcp: Socket) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    const { address, port } = rtp.address();
    this.localAddress = address;
    this.localPort = port;
    this.localRtcpPort = rtcp.address().port;
    const muxed = rtp === rtcp;
    this.#muxed = muxed;
    rtp.on('message', (message, info) => {
      // RFC 5761 §4: packet types 192 to 223 are RTCP.
      const isRtcp = this.#muxed && message.length > 1 && message[1]! >= 192 && message[1]! <= 223;
      (isRtcp ? this.#onRtcp : this.#onRtp)(message, this.#origin(info));
    });
    rtp.on('error', (error) => this.#onError(error));
    if (muxed) return;
    rtcp.on('message', (message, info) => this.#onRtcp(message, this.#origin(info)));
    rtcp.on('error', (error) => this.#onError(error));
  }

  agree({ rtcpMux }: TransportAgreement): void {
    this.#muxed = this.#rtp === this.#rtcp || rtcpMux === true;
  }

  #origin(info: RemoteInfo): Address {
    this.#from.host = info.address;
    this.#from.port = info.port;
    return this.#from;
  }

  setRemote(rtp: Readonly<Address>, rtcp: Readonly<Address>): void {
    this.#remoteRtp = { ...rtp };
    this.#remoteRtcp = { ...rtcp };
  }

  sendRtp(bytes: Uint8Array): void {
    this.#send(this.#rtp, bytes, this.#remoteRtp);
  }

  sendRtcp(bytes: Uint8Array): void {
    this.#send(this.#muxed ? this.#rtp : this.#rtcp, bytes, this.#remoteRtcp);
  }

  #send(socket: Socket, bytes: Uint8Array, to: Address): void {
    if (this.#closed || !isReachable(to)) return;
    try {
      socket.send(bytes, to.port, to.host);
    } catch (error) {
      this.#onError(error as Error);
    }
  }

  onRtp(handler: DatagramHandler): void {
    this.#onRtp = handler;
  }

  onRtcp(handler: DatagramHandler): void {
    this.#onRtcp = handler;
  }

  onError(handler: (error: Error) => void): void {
    this.#onError = handler;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onRtp = NO_HANDLER;
    this.#onRtcp = NO_HANDLER;
    await Promise.all(this.#rtp === this.#rtcp ? [closeSocket(this.#rtp)] : [this.#rtp, this.#rtcp].map(closeSocket));
  }
}
