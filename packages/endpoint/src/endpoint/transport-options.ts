import { isIPv4, isIPv6 } from '@offhook/sip-core';
import type { TlsSettings } from '@offhook/sip-core/node';
import { EndpointError } from '../errors/endpoint-error';
import type { SipTransport } from '../sip/sip-provider';

/** A protocol that SIP travels by: in datagrams, over connections, or over WebSockets (RFC 7118). */
export type TransportProtocolName = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** What SIP travels over. */
export interface TransportOptions {
  /** What SIP travels by. */
  protocol: TransportProtocolName;
  /** Numeric address of this machine; `0.0.0.0`, every IPv4 one, when absent; `::` for every IPv6 one. */
  host?: string;
  /** Port to listen on; 0, a free one, when absent. */
  port?: number;
  /**
   * Whether others may connect to us: true when absent, but for `tls` and `wss`, where it takes a certificate. Who does not listen is reached over the
   * connections it has made: register with `outbound`.
   */
  listen?: boolean;
  /** Certificates and trust of this transport, `tls` or `wss`; those of the endpoint's `tls` when absent. */
  tls?: TlsSettings;
  /** Path of WebSockets we open, `/` when absent, and of those we accept, any when absent. */
  path?: string;
  /** Origins of pages that may open WebSockets to us, such as `https://phone.example.com`; any when absent. */
  origins?: readonly string[];
}

/**
 * UDP and TCP on free ports; TLS and WebSockets as soon as a server is reached by them, without listening.
 */
export const defaultTransports: readonly TransportOptions[] = [
  { protocol: 'udp' },
  { protocol: 'tcp' },
  { protocol: 'tls', listen: false },
  { protocol: 'wss', listen: false },
  { protocol: 'ws', listen: false },
];

const PROTOCOLS: readonly string[] = ['udp', 'tcp', 'tls', 'ws', 'wss'];
const EVERY_IPV4 = '0.0.0.0';

/**
 * @internal Checks what SIP shall travel over, and fills in the defaults.
 *
 * @param tls what all transports over TLS have in common
 * @throws EndpointError `ERR_OPTION`
 */
export function resolveTransports(
  transports: readonly TransportOptions[] = defaultTransports,
  tls: TlsSettings = {},
): readonly SipTransport[] {
  if (transports.length === 0) throw wrong('name at least one, or leave it out');
  return transports.map((transport) => resolve(transport, tls));
}

function resolve(options: TransportOptions, common: TlsSettings): SipTransport {
  const { protocol, host = EVERY_IPV4, port = 0, path, origins } = options;
  if (!PROTOCOLS.includes(protocol)) throw wrong(`a protocol is one of ${PROTOCOLS.join(', ')}, not "${protocol}"`);
  if (!isIPv4(host) && !isIPv6(host)) throw wrong(`a host is a numeric address of this machine, not "${host}"`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw wrong(`a port is a whole number from 0 to 65535, not ${port}`);
  }
  const secure = protocol === 'tls' || protocol === 'wss';
  const tls = options.tls ?? common;
  const certified = tls.certificate !== undefined || tls.certificates !== undefined;
  const listen = options.listen ?? (!secure || certified);
  if (protocol === 'udp' && !listen) throw wrong('udp always listens, as its answers come back by the same socket');
  if (secure && listen && !certified) throw wrong(`a ${protocol} server needs a certificate and its key`);
  if (path !== undefined && !path.startsWith('/')) throw wrong(`a path begins with a slash, not "${path}"`);
  return {
    protocol,
    host,
    port,
    listen,
    ...(secure && { tls }),
    ...(path !== undefined && { path }),
    ...(origins && { origins }),
  };
}

const wrong = (what: string): EndpointError =>
  new EndpointError('ERR_OPTION', `The option \`transports\` cannot be used: ${what}.`);
