import { BlockList } from 'node:net';
import { isIPv4, isIPv6 } from '@offhook/sip-core';
import type { Configuration } from '../configuration';
import { ConfigurationError, problem } from '../configuration-error';
import type { ConfigurationEnvironment, LocalAddress } from './environment';

/** @internal Which address of ours is used. */
export interface AddressChoice {
  /** What peers are told; undefined: what reaches them. */
  readonly publicAddress: string | undefined;
  /** What sockets are bound to. */
  readonly bind: '0.0.0.0' | '::';
}

const PATH = 'policy.endpoint.public_address';

/**
 * @internal Chooses by `public_address` and `ip_versions`.
 *
 * @throws ConfigurationError when there is no such address
 */
export async function chooseAddress(
  configuration: Configuration,
  environment: Required<ConfigurationEnvironment>,
): Promise<AddressChoice> {
  const given = configuration.get(PATH) ?? '';
  const numeric = given.replace(/^\[|\]$/g, '');
  if (isIPv4(numeric)) return { publicAddress: numeric, bind: '0.0.0.0' };
  if (isIPv6(numeric)) return { publicAddress: numeric, bind: '::' };
  const addresses = environment.addresses();
  if (given === '$ipv4' || given === '$ipv6') {
    return { publicAddress: undefined, bind: given === '$ipv4' ? '0.0.0.0' : '::' };
  }
  const versions = (configuration.get('policy.endpoint.ip_versions') || 'ipv4,ipv6').split(',');
  const families = versions.map((version) => (version === 'ipv6' ? 6 : 4));
  const family = families.find((each) => addresses.some((address) => address.family === each)) ?? families[0]!;
  const bind = family === 6 ? '::' : '0.0.0.0';
  if (given === '' || given === '$auto') return { publicAddress: undefined, bind };
  const publicAddress = await find(given, addresses, families, environment);
  return { publicAddress, bind: isIPv6(publicAddress) ? '::' : '0.0.0.0' };
}

async function find(
  given: string,
  addresses: readonly LocalAddress[],
  families: readonly (4 | 6)[],
  environment: Required<ConfigurationEnvironment>,
): Promise<string> {
  if (given === '$host' || given === '$fqdn') return resolve(environment.hostname(), given, families, environment);
  if (!given.startsWith('$')) return resolve(given, given, families, environment);
  const isChosen = given.startsWith('$net:')
    ? inSubnet(given.slice('$net:'.length), given)
    : ({ adapter }: LocalAddress) => adapter === given.slice(1);
  for (const family of families) {
    const found = addresses.find((address) => address.family === family && isChosen(address));
    if (found) return found.address;
  }
  const adapters = [...new Set(addresses.map(({ adapter }) => `$${adapter}`))].join(', ');
  throw cannotBe(given, `what this machine has an address of${adapters && `, such as ${adapters}`}`);
}

async function resolve(
  host: string,
  given: string,
  families: readonly (4 | 6)[],
  environment: Required<ConfigurationEnvironment>,
): Promise<string> {
  const [first, second] = families;
  try {
    return await environment.lookup(host, second === undefined ? first! : 0);
  } catch (cause) {
    throw cannotBe(given, `a host that has an address, as ${host} has none`, cause);
  }
}

function inSubnet(subnet: string, given: string): (address: LocalAddress) => boolean {
  const [network = '', bits] = subnet.split('/');
  const family = isIPv4(network) ? 'ipv4' : 'ipv6';
  const most = family === 'ipv4' ? 32 : 128;
  const prefix = bits === undefined ? most : Number(bits);
  if (!(isIPv4(network) || isIPv6(network)) || !(Number.isInteger(prefix) && prefix >= 0 && prefix <= most)) {
    throw cannotBe(given, '$net: and a subnet, such as $net:10.0.0.0/8');
  }
  const subnets = new BlockList();
  subnets.addSubnet(network, prefix, family);
  return (local) => subnets.check(local.address, local.family === 6 ? 'ipv6' : 'ipv4');
}

const cannotBe = (value: string, allowed: string, cause?: unknown): ConfigurationError =>
  new ConfigurationError([problem(PATH, value, allowed)], cause);
