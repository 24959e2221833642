import { isIPv4, isIPv6, plainHost } from '../message/host';
import { SipUri, type Uri } from '../message/uri';
import { SipTransportError } from '../platform/errors';
import { defaultPort, type Target, type TransportProtocol } from '../transport/transport';

/**
 * Finds where requests to a URI are sent (RFC 3263), the best first.
 *
 * @throws SipTransportError `ERR_SIP_RESOLVE` (through the promise) when the host is not known
 */
export type Resolver = (
  uri: SipUri,
  available: readonly TransportProtocol[],
  options?: ResolveOptions,
) => Target[] | Promise<Target[]>;

/** What else a {@link Resolver} is told. */
export interface ResolveOptions {
  /** The IP versions that a protocol's transports reach; both when absent. */
  families?(protocol: TransportProtocol): readonly IpFamily[];
}

/** A version of IP. */
export type IpFamily = 4 | 6;

/**
 * The protocol a URI asks for (RFC 3263 §4.1): its `transport` parameter, TLS for sips, else UDP where there is one. `ws` means a
 * WebSocket of either kind (RFC 7118 §5): it is the secure one when there is no other.
 */
export function protocolOf(uri: SipUri, available: readonly TransportProtocol[]): TransportProtocol {
  const wanted = uri.params.get('transport')?.toUpperCase();
  if (uri.scheme === 'sips') {
    const web =
      wanted === undefined ? !available.includes('TLS') && available.includes('WSS') : wanted.startsWith('WS');
    return web ? 'WSS' : 'TLS';
  }
  if (wanted === 'WS' && available.includes('WSS') && !available.includes('WS')) return 'WSS';
  if (wanted) return wanted as TransportProtocol;
  return available.includes('UDP') || available.length === 0 ? 'UDP' : available[0]!;
}

/** The resolver without any look-up: numeric hosts, and `localhost`. */
export const numericResolver: Resolver = (uri, available) => {
  const protocol = protocolOf(uri, available);
  const named = plainHost(uri.params.get('maddr') ?? uri.host);
  const host = named.toLowerCase() === 'localhost' ? '127.0.0.1' : named;
  if (isIPv4(host) || isIPv6(host)) return [{ protocol, host, port: uri.port ?? defaultPort(protocol) }];
  throw new SipTransportError(`"${named}" is a name, and no resolver was given; use a numeric address or give one.`, {
    code: 'ERR_SIP_RESOLVE',
  });
};

/** The SIP URI a request is to be sent toward: its first loose route, else its Request-URI (RFC 3261 §8.1.2). */
export function nextHop(uri: Uri): SipUri {
  if (uri instanceof SipUri) return uri;
  throw new SipTransportError(
    `A request to ${uri.toString()} needs a server to be sent to; only sip: and sips: can be located.`,
    {
      code: 'ERR_SIP_RESOLVE',
    },
  );
}
