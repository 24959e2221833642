import { createLocator, type LocatorOptions } from '../locate/locator';
import type { Resolver } from '../locate/resolver';
import { DnsClient, type DnsClientOptions } from './dns-client';

/** Settings of {@link createDnsResolver}. */
export type DnsResolverOptions = DnsClientOptions & Omit<LocatorOptions, 'dns'>;

/**
 * A resolver that finds servers as RFC 3263 says, over DNS servers of one's own choice. It remembers what it has found: stacks should
 * share one.
 */
export function createDnsResolver({
  cache,
  clock,
  random,
  queryTimeout,
  preferredFamily,
  ...client
}: DnsResolverOptions = {}): Resolver {
  return createLocator({
    dns: new DnsClient(client),
    ...(cache && { cache }),
    ...(clock && { clock }),
    ...(random && { random }),
    ...(queryTimeout !== undefined && { queryTimeout }),
    ...(preferredFamily && { preferredFamily }),
  });
}

let shared: Resolver | undefined;

/**
 * The resolver of RFC 3263 over the system's DNS servers: NAPTR, SRV, A and AAAA records, remembered for as long as they allow by all who
 * use it; names of the hosts file come from there.
 */
export const dnsResolver: Resolver = (uri, available, options) => {
  shared ??= createDnsResolver();
  return shared(uri, available, options);
};
