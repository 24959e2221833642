import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { MediaError } from '../platform/errors';
import { type Address, type DatagramHandler, isReachable, type RtpTransport } from '../transport/rtp-transport';
import type { TransportAgreement } from '../transport/transport-agreement';
import { markDscp } from './dscp';
import { portClosed, portsToTry } from './rtp-ports';

// Node.js file: UDP sockets.

/** Settings of {@link openUdpRtpTransport}. */
export interface UdpRtpTransportOptions {
  /** Numeric address to bind to, IPv4 or IPv6; `127.0.0.1` when absent. */
  address?: string;
  /** Lowest and highest port to use, both included; the system chooses when absent. */
  portRange?: readonly [min: number, max: number];
  /** One port for RTP and RTCP (RFC 5761); false when absent. */
  rtcpMux?: boolean;
  /**
   * Code point of Differentiated Services that packets are marked with (RFC 2474), 0 to 63: 46 for voice; not marked when
   * absent. Needs the package `koffi`: see {@link markDscp}.
   */
  dscp?: number;
}

const ATTEMPTS = 32;
const NO_HANDLER: DatagramHandler = () => {};

/**
 * Opens the sockets of one audio stream: RTP on an even port and RTCP on the next (RFC 3550 §11), or both on one.
 *
 * Ports of a range are tried from a random one on, those used in the last 30 s after all others.
 *
 * @throws MediaError `ERR_RTP_PORTS` when the range has no free pair, `ERR_RTP_SOCKET` when the address cannot be bound,
 * `ERR_DSCP` when packets cannot be marked here, `ERR_MEDIA_ARGUMENT` when the range is none
 */
export async function openUdpRtpTransport(options: UdpRtpTransportOptions = {}): Promise<RtpTransport> {
  return new UdpRtpTransport(await openMarked(options), options);
}

/** The two sockets, or one twice, whose packets are marked where that is wanted. */
async function openMarked(options: UdpRtpTransportOptions): Promise<Sockets> {
  const { dscp } = options;
  const [rtp, rtcp] = await openSockets(options);
  if (dscp !== undefined) {
    const marked = [rtp, ...(rtcp === rtp ? [] : [rtcp])].map((socket) => markDscp(socket, dscp));
    await Promise.all(marked).catch(async (error: unknown) => {
      await Promise.all([closeSocket(rtp), ...(rtcp === rtp ? [] : [closeSocket(rtcp)])]);
      throw error;
    });
  }
  return [rtp, rtcp];
}

type Sockets = readonly [rtp: Socket, rtcp: Socket];

async function openSockets(options: UdpRtpTransportOptions): Promise<Sockets> {
  const { address = '127.0.0.1', portRange, rtcpMux = false } = options;
  const ports = portRange
    ? portsToTry(address, portRange, rtcpMux, performance.now())
    : new Array<number>(ATTEMPTS).fill(0);
  for (const port of ports) {
    const rtp = await tryBind(address, port);
    if (!rtp) continue;
    const rtpPort = rtp.address().port;
    if (rtcpMux) return [rtp, rtp];
    // The system may choose an odd port; the pair is then the even one below.
    const even = rtpPort % 2 === 0;
    const other = await tryBind(address, even ? rtpPort + 1 : rtpPort - 1).catch(() => undefined);
    if (other) return even ? [rtp, other] : [other, rtp];
    await closeSocket(rtp);
  }
  const where = portRange ? `between ${portRange[0]} and ${portRange[1]}` : 'that the system offers';
  const what = rtcpMux ? 'UDP port' : 'pair of UDP ports';
  throw new MediaError('ERR_RTP_PORTS', `No ${what} ${where} is free on ${address}; widen portRange or end calls.`);
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

async function closeBoth([rtp, rtcp]: Sockets): Promise<void> {
  await Promise.all(rtp === rtcp ? [closeSocket(rtp)] : [closeSocket(rtp), closeSocket(rtcp)]);
}

class UdpRtpTransport implements RtpTransport {
  readonly #options: UdpRtpTransportOptions;
  #localAddress!: string;
  #localPort!: number;
  #localRtcpPort!: number;
  #rtp!: Socket;
  #rtcp!: Socket;
  /** Undefined while there is nowhere to send to. */
  #remoteRtp: Address | undefined;
  #remoteRtcp: Address | undefined;
  #onRtp = NO_HANDLER;
  #onRtcp = NO_HANDLER;
  #onError: (error: Error) => void = () => {};
  #muxed = false;
  #closed = false;
  /** One address object for all packets received, as {@link DatagramHandler} allows. */
  readonly #from: Address = { host: '', port: 0 };

  constructor(sockets: Sockets, options: UdpRtpTransportOptions) {
    this.#options = options;
    this.#muxed = sockets[0] === sockets[1];
    this.#use(sockets);
  }

  #use([rtp, rtcp]: Sockets): void {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    const { address, port } = rtp.address();
    this.#localAddress = address;
    this.#localPort = port;
    this.#localRtcpPort = rtcp.address().port;
    rtp.on('message', (message, info) => {
      // RFC 5761 §4: packet types 192 to 223 are RTCP.
      const isRtcp = this.#muxed && message.length > 1 && message[1]! >= 192 && message[1]! <= 223;
      (isRtcp ? this.#onRtcp : this.#onRtp)(message, this.#origin(info));
    });
    rtp.on('error', (error) => this.#onError(error));
    if (rtp === rtcp) return;
    rtcp.on('message', (message, info) => this.#onRtcp(message, this.#origin(info)));
    rtcp.on('error', (error) => this.#onError(error));
  }

  get localAddress(): string {
    return this.#localAddress;
  }

  get localPort(): number {
    return this.#localPort;
  }

  get localRtcpPort(): number {
    return this.#localRtcpPort;
  }

  async moveTo(address: string): Promise<void> {
    const sockets = await openMarked({ ...this.#options, address });
    const before = [this.#rtp, this.#rtcp];
    const [left, port] = [this.#localAddress, this.#localPort];
    if (this.#closed) {
      await closeBoth(sockets);
      return;
    }
    this.#use(sockets);
    portClosed(left, port, performance.now());
    await closeBoth(before as [Socket, Socket]);
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
    this.#remoteRtp = isReachable(rtp) ? { ...rtp } : undefined;
    this.#remoteRtcp = isReachable(rtcp) ? { ...rtcp } : undefined;
  }

  sendRtp(bytes: Uint8Array): void {
    this.#send(this.#rtp, bytes, this.#remoteRtp);
  }

  sendRtcp(bytes: Uint8Array): void {
    this.#send(this.#muxed ? this.#rtp : this.#rtcp, bytes, this.#remoteRtcp);
  }

  #send(socket: Socket, bytes: Uint8Array, to: Address | undefined): void {
    if (this.#closed || to === undefined) return;
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
    portClosed(this.localAddress, this.localPort, performance.now());
    await closeBoth([this.#rtp, this.#rtcp]);
  }
}
