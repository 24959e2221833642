import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { ConnectionOptions } from 'node:tls';
import type { IceServer } from '../ice/ice-servers';
import { IceTransport, type IceTransportOptions } from '../ice/ice-transport';
import { MediaError } from '../platform/errors';
import { canonicalAddress } from '../stun/stun-attributes';
import type { Address, RtpTransport } from '../transport/rtp-transport';
import { streamTurnPipe, udpTurnPipe } from './turn-pipes';
import { openUdpRtpTransport, type UdpRtpTransportOptions } from './udp-rtp-transport';

// Node.js file: sockets and names.

/** A STUN or TURN server, in the words of `RTCIceServer` of WebRTC. */
export interface IceServerOptions {
  /**
   * One or more of `stun:HOST[:PORT]`, `turn:HOST[:PORT][?transport=udp|tcp]` and `turns:HOST[:PORT]` (RFC 7064, 7065); ports
   * 3478 and 5349 when absent.
   */
  urls: string | readonly string[];
  /** For TURN. */
  username?: string;
  /** For TURN: the password. */
  credential?: string;
  /** For `turns:`: certificate authorities and the like; certificates are verified. */
  tls?: ConnectionOptions;
}

/** Settings of {@link openIceTransport}. */
export interface OpenIceTransportOptions
  extends Omit<UdpRtpTransportOptions, 'address'>,
    Pick<IceTransportOptions, 'relayOnly' | 'lite' | 'publicAddress' | 'clock' | 'random' | 'logger'> {
  /** Numeric addresses to bind to, the preferred first; `127.0.0.1` when absent. See {@link hostAddresses}. */
  addresses?: readonly string[];
  /** STUN and TURN servers that help to find candidates; none when absent. */
  servers?: readonly IceServerOptions[];
}

/**
 * Opens sockets for one audio stream with ICE. Nothing is sent before {@link IceTransport.gather}.
 *
 * @throws MediaError as {@link openUdpRtpTransport} does, for the first address only: others that cannot be bound are left out;
 *   `ERR_MEDIA_ARGUMENT` for a server that is none
 */
export async function openIceTransport(options: OpenIceTransportOptions = {}): Promise<IceTransport> {
  const { addresses = ['127.0.0.1'], servers = [], portRange, rtcpMux, ...rest } = options;
  const udp = { ...rest, ...(portRange && { portRange }), ...(rtcpMux !== undefined && { rtcpMux }) };
  const [first = '127.0.0.1', ...others] = addresses;
  const parsed = servers.flatMap((server) => parseServer(server));
  const sockets: [RtpTransport, ...RtpTransport[]] = [await openUdpRtpTransport({ ...udp, address: first })];
  for (const address of others) {
    const socket = await openUdpRtpTransport({ ...udp, address }).catch(() => undefined);
    if (socket) sockets.push(socket);
  }
  const resolved = await Promise.all(parsed.map((server) => toIceServer(server, first, udp)));
  return new IceTransport({
    ...rest,
    sockets,
    servers: resolved.filter((each): each is IceServer => each !== undefined),
  });
}

/**
 * Addresses of this host that a peer may reach: no loopback or link-local ones unless there are no others.
 *
 * @param first put first, whatever it is
 */
export function hostAddresses(first?: string): string[] {
  const all = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal, address }) => !internal && !/^(fe80|169\.254)/i.test(address))
    .map(({ address }) => address);
  const addresses = [...new Set([...(first === undefined ? [] : [first]), ...all])];
  return addresses.length > 0 ? addresses : ['127.0.0.1'];
}

interface ParsedServer {
  scheme: 'stun' | 'turn' | 'turns';
  host: string;
  port: number;
  transport: 'udp' | 'tcp';
  options: IceServerOptions;
}

function parseServer(options: IceServerOptions): ParsedServer[] {
  const urls = typeof options.urls === 'string' ? [options.urls] : options.urls;
  return urls.map((url) => {
    const match = /^(stun|turns?):(\[[0-9a-fA-F:.]+\]|[^:?[\]]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/.exec(url);
    if (!match) throw argument(`"${url.slice(0, 100)}" is no stun:, turn: or turns: address`);
    const [, scheme, host, port, transport] = match as unknown as [
      string,
      ParsedServer['scheme'],
      string,
      string?,
      ('udp' | 'tcp')?,
    ];
    if (scheme !== 'stun' && (options.username === undefined || options.credential === undefined)) {
      throw argument(`${scheme}: servers need a username and a credential`);
    }
    return {
      scheme,
      host: host.replace(/^\[(.*)\]$/, '$1'),
      port: Number(port ?? (scheme === 'turns' ? 5349 : 3478)),
      transport: transport ?? (scheme === 'turns' ? 'tcp' : 'udp'),
      options,
    };
  });
}

async function toIceServer(
  { scheme, host, port, transport, options }: ParsedServer,
  bind: string,
  udp: Omit<UdpRtpTransportOptions, 'address'>,
): Promise<IceServer | undefined> {
  const resolve = async (): Promise<Address> => ({ host: await numeric(host, bind.includes(':') ? 6 : 4), port });
  if (scheme === 'stun') {
    const address = await resolve().catch(() => undefined);
    return address && { kind: 'stun', ...address };
  }
  const { username = '', credential = '', tls } = options;
  return {
    kind: 'turn',
    username,
    password: credential,
    connect: async () => {
      const address = await resolve();
      if (scheme === 'turns') return streamTurnPipe(address, { ...(isIP(host) === 0 && { servername: host }), ...tls });
      return transport === 'tcp' ? streamTurnPipe(address) : udpTurnPipe(address, { ...udp, address: bind });
    },
  };
}

async function numeric(host: string, family: 4 | 6): Promise<string> {
  if (isIP(host) !== 0) return canonicalAddress(host);
  return canonicalAddress((await lookup(host, { family })).address);
}

const argument = (what: string) => new MediaError('ERR_MEDIA_ARGUMENT', `This ICE server cannot be used: ${what}.`);
