import type { SipUri } from '../message/uri';
import type { TransportProtocol } from '../transport/transport';
import { protocolOf } from './resolver';

/** How the DNS names SIP over one protocol. */
interface Service {
  readonly protocol: TransportProtocol;
  /** Services field of NAPTR records (RFC 3263 §4.1, RFC 7118 §8). */
  readonly naptr: string;
  /** What stands before the domain in the name of SRV records. */
  readonly srv: string;
  readonly secure: boolean;
}

const SERVICES: readonly Service[] = [
  { protocol: 'UDP', naptr: 'SIP+D2U', srv: '_sip._udp', secure: false },
  { protocol: 'TCP', naptr: 'SIP+D2T', srv: '_sip._tcp', secure: false },
  { protocol: 'TLS', naptr: 'SIPS+D2T', srv: '_sips._tcp', secure: true },
  { protocol: 'WS', naptr: 'SIP+D2W', srv: '_sip._ws', secure: false },
  { protocol: 'WSS', naptr: 'SIPS+D2W', srv: '_sips._ws', secure: true },
];

/** Whether a services field of NAPTR speaks of SIP over anything. */
export const isSipService = (services: string): boolean => /^sips?\+d2/i.test(services);

/** The protocol a services field of NAPTR stands for; undefined when it is another service, or a protocol nobody here speaks. */
export function protocolOfService(services: string): TransportProtocol | undefined {
  const wanted = services.toUpperCase();
  return SERVICES.find(({ naptr }) => naptr === wanted)?.protocol;
}

/** Name of the SRV records for a protocol in a domain. */
export const srvName = (protocol: TransportProtocol, domain: string): string =>
  `${SERVICES.find((each) => each.protocol === protocol)!.srv}.${domain}`;

/** Whether messages travel encrypted, as a sips URI demands of them (RFC 3261 §26.2.2). */
export const isSecure = (protocol: TransportProtocol): boolean =>
  SERVICES.some((each) => each.protocol === protocol && each.secure);

/**
 * The protocols a request to a URI may go over (RFC 3263 §4.1), the most wanted first: the one its `transport` parameter names, else
 * all there are; of these only secure ones for a sips URI.
 */
export function protocolsFor(uri: SipUri, available: readonly TransportProtocol[]): readonly TransportProtocol[] {
  if (uri.params.has('transport')) {
    const protocol = protocolOf(uri, available);
    return available.includes(protocol) ? [protocol] : [];
  }
  const unique = [...new Set(available)];
  return uri.scheme === 'sips' ? unique.filter(isSecure) : unique;
}
