import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Whether an address means "all addresses of this machine". */
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** The interfaces are looked at again after this time, in ms. */
const FRESH = 1_000;

interface LocalAddress {
  readonly address: string;
  readonly family: string;
  readonly internal: boolean;
  /** Its subnet; undefined when the system does not tell. */
  readonly subnet: BlockList | undefined;
}

let known: readonly LocalAddress[] = [];
let knownUntil = Number.NEGATIVE_INFINITY;

/** @internal The addresses of this machine may be others now. */
export function forgetLocalAddresses(): void {
  knownUntil = Number.NEGATIVE_INFINITY;
}

/** Asking the system takes long, and a flood of strangers would have it asked for each of them. */
function localAddresses(): readonly LocalAddress[] {
  const now = performance.now();
  if (now < knownUntil) return known;
  knownUntil = now + FRESH;
  known = Object.values(networkInterfaces()).flatMap((each) =>
    (each ?? []).map(({ address, family, internal, cidr }) => {
      const prefix = Number(cidr?.split('/')[1]);
      let subnet: BlockList | undefined;
      if (Number.isInteger(prefix)) {
        subnet = new BlockList();
        subnet.addSubnet(address, prefix, family === 'IPv6' ? 'ipv6' : 'ipv4');
      }
      return { address, family, internal, subnet };
    }),
  );
  return known;
}

/**
 * The address of this machine that a host answers to: the loopback address for loopback, the address in the same subnet where
 * there is one, else the first that leads outside.
 *
 * @param remote numeric
 * @returns undefined when this machine has no address of that family
 */
export function localAddressToward(remote: string): string | undefined {
  const family = isIPv6(remote) ? 'IPv6' : 'IPv4';
  const addresses = localAddresses().filter((each) => each.family === family);
  const near = addresses.find(({ address, subnet }) =>
    subnet ? subnet.check(remote, family === 'IPv6' ? 'ipv6' : 'ipv4') : address === remote,
  );
  const outside = addresses.find(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  return (near ?? outside ?? addresses[0])?.address;
}
