import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Whether an address means "all addresses of this machine". */
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

/**
 * The address of this machine that a host answers to: the loopback address for loopback, the address in the same subnet where
 * there is one, else the first that leads outside.
 *
 * @param remote numeric
 * @returns undefined when this machine has no address of that family
 */
export function localAddressToward(remote: string): string | undefined {
  const family = isIPv6(remote) ? 'IPv6' : 'IPv4';
  const addresses = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter((each) => each.family === family);
  const near = addresses.find(({ address, cidr }) => {
    const prefix = Number(cidr?.split('/')[1]);
    if (!Number.isInteger(prefix)) return address === remote;
    const subnet = new BlockList();
    subnet.addSubnet(address, prefix, family === 'IPv6' ? 'ipv6' : 'ipv4');
    return subnet.check(remote, family === 'IPv6' ? 'ipv6' : 'ipv4');
  });
  const outside = addresses.find(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  return (near ?? outside ?? addresses[0])?.address;
}
