import { type IpFamily, numericResolver, type Resolver } from '../locate/resolver';
import { SipTransportError } from '../platform/errors';
import { type Flow, isInvalid, type Target, type Transport, type TransportProtocol } from '../transport/transport';

/** Finds servers when no resolver is given: the one all requests go to, as from a browser, else those named by a numeric host. */
export const resolverOf =
  (transports: () => readonly Transport[]): Resolver =>
  (uri, available, options) => {
    const servers = transports().flatMap(({ server }) => server ?? []);
    return servers.length === transports().length ? servers : numericResolver(uri, available, options);
  };

/** Address families that transports of a protocol reach. */
export function familiesOf(transports: readonly Transport[], wanted: TransportProtocol): IpFamily[] {
  const fitting = transports.filter(({ protocol }) => protocol === wanted);
  // Who does not listen has no address that would tell.
  if (fitting.some(({ local }) => isInvalid(local.host))) return [4, 6];
  return [...new Set(fitting.map(({ local }) => (local.host.includes(':') ? 6 : 4)))];
}

/** The flow to a target, over the transport that fits it best. @throws SipTransportError `ERR_SIP_NO_TRANSPORT` when none does */
export function flowTo(transports: readonly Transport[], target: Target): Flow {
  const ipv6 = target.host.includes(':');
  const fitting = transports.filter(
    ({ protocol, local }) =>
      protocol === target.protocol && (local.host.includes(':') === ipv6 || isInvalid(local.host)),
  );
  // From the loopback address nobody outside is reached.
  const inside = isLoopback(target.host);
  const transport = fitting.find(({ local }) => isLoopback(local.host) === inside) ?? fitting[0];
  if (transport) return transport.flow(target);
  throw new SipTransportError(
    `No ${target.protocol} transport for IPv${ipv6 ? 6 : 4} is open; ${target.host} cannot be reached without one.`,
    { code: 'ERR_SIP_NO_TRANSPORT' },
  );
}

const isLoopback = (host: string): boolean => host === '::1' || host.startsWith('127.');
