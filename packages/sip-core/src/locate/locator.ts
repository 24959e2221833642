import { isIPv4, isIPv6 } from '../message/host';
import type { SipUri } from '../message/uri';
import { type Clock, systemClock } from '../platform/clock';
import { SipTransportError } from '../platform/errors';
import { type RandomBytes, systemRandom } from '../platform/random';
import { type IpFamily, protocolOf, type ResolveOptions, type Resolver } from '../stack/resolver';
import { defaultPort, type Target, type TransportProtocol } from '../transport/transport';
import { type AddressRecord, type Dns, DnsError, type DnsRecord, type NaptrRecord, type SrvRecord } from './dns';
import { DnsCache, type DnsCacheOptions } from './dns-cache';
import { orderNaptr, orderSrv } from './order';
import { isSipService, protocolOfService, protocolsFor, srvName } from './services';

/** Settings of a {@link createLocator}. */
export interface LocatorOptions {
  /** Where records are looked up. */
  dns: Dns;
  /** Settings of the cache in front of `dns`; `false` for none, when `dns` is one itself. */
  cache?: Omit<DnsCacheOptions, 'clock'> | false;
  clock?: Clock;
  /** Decides among servers of one priority. */
  random?: RandomBytes;
  /** How long each look-up may take, in ms; 5,000 when absent. */
  queryTimeout?: number;
  /** The IP version tried first where a host has both (RFC 7984 §4); 6 when absent. */
  preferredFamily?: IpFamily;
}

/** Records of one set that are looked at; more than this is no honest zone. */
const MAX_RECORDS = 32;
/** Targets one request may have. */
const MAX_TARGETS = 64;
const BOTH: readonly IpFamily[] = [6, 4];

/** A server by name, to be looked up. */
interface Server {
  readonly protocol: TransportProtocol;
  readonly host: string;
  readonly port: number;
}

interface Search {
  readonly uri: SipUri;
  readonly available: readonly TransportProtocol[];
  /** What RFC 3263 §4 calls TARGET. */
  readonly name: string;
  families(protocol: TransportProtocol): readonly IpFamily[];
}

/**
 * Finds servers as RFC 3263 says: NAPTR leads to a protocol, SRV to hosts and ports, A and AAAA to addresses, each remembered for as
 * long as its records allow. Numeric hosts and `localhost` need no look-up and are answered at once.
 */
export function createLocator(options: LocatorOptions): Resolver {
  const locator = new Locator(options);
  return (uri, available, resolving) => locator.locate(uri, available, resolving);
}

class Locator {
  readonly #dns: Dns;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #queryTimeout: number;
  readonly #preferred: IpFamily;

  constructor({ dns, cache = {}, clock, random, queryTimeout, preferredFamily }: LocatorOptions) {
    this.#clock = clock ?? systemClock;
    this.#dns = cache === false ? dns : new DnsCache(dns, { ...cache, clock: this.#clock });
    this.#random = random ?? systemRandom;
    this.#queryTimeout = queryTimeout ?? 5_000;
    this.#preferred = preferredFamily ?? 6;
  }

  locate(
    uri: SipUri,
    available: readonly TransportProtocol[],
    { families = () => BOTH }: ResolveOptions = {},
  ): Target[] | Promise<Target[]> {
    const name = uri.params.get('maddr') ?? uri.host;
    const known = this.#withoutLookup(name);
    const search: Search = { uri, available, name, families };
    if (known) {
      const protocol = protocolOf(uri, available);
      const server = { protocol, host: name, port: uri.port ?? defaultPort(protocol) };
      // Whether a transport reaches it is for the stack to say, which knows what is missing.
      const own = known.filter((host) => families(protocol).includes(familyOf(host)));
      return this.#targets(search, [[server, own.length > 0 ? own : known]]);
    }
    return this.#lookUp(search);
  }

  /** Addresses that are known without asking; `localhost` is the machine itself (RFC 6761 §6.3). */
  #withoutLookup(name: string): readonly string[] | undefined {
    if (isIPv4(name) || isIPv6(name)) return [name];
    return /^(.+\.)?localhost\.?$/i.test(name) ? this.#interleave(['::1'], ['127.0.0.1']) : undefined;
  }

  async #lookUp(search: Search): Promise<Target[]> {
    const servers = await this.#servers(search);
    const hosts = new Map<string, Promise<readonly string[]>>();
    const failures: DnsError[] = [];
    for (const { host, protocol } of servers) {
      const families = search.families(protocol);
      const key = `${host} ${families}`;
      if (!hosts.has(key)) hosts.set(key, this.#addresses(host, families, failures));
    }
    const found = await Promise.all(
      servers.map(async (server) => {
        const addresses = await hosts.get(`${server.host} ${search.families(server.protocol)}`)!;
        return [server, addresses] as const;
      }),
    );
    const targets = this.#targets(search, found);
    if (targets.length > 0) return targets;
    // What may be otherwise the next time tells more than what is certain.
    const failure = failures.find(({ certain }) => !certain) ?? failures[0];
    throw new SipTransportError(
      `The host "${search.name}" cannot be found: ${failure?.message ?? 'it has no address that can be reached from here.'}`,
      { code: 'ERR_SIP_RESOLVE', cause: failure },
    );
  }

  /** RFC 3263 §4.1 and §4.2: protocol, host name and port of the servers, the best first. */
  async #servers(search: Search): Promise<Server[]> {
    const { uri, name, available } = search;
    const protocols = protocolsFor(uri, available);
    const [first] = protocols;
    if (first === undefined) throw this.#noTransport(search);
    const preferred = protocols.length === 1 ? first : protocolOf(uri, available);
    // A port that is given is no port of an SRV record: addresses are all that is missing.
    if (uri.port !== undefined) return [{ protocol: preferred, host: name, port: uri.port }];
    const pointers = uri.params.has('transport') ? [] : await this.#pointers(search);
    const usable = pointers.filter(({ protocol }) => protocol !== undefined && protocols.includes(protocol));
    for (const group of orderNaptr(usable)) {
      const { servers } = await this.#services(
        group.map(({ protocol, replacement }) => ({ protocol: protocol!, name: replacement })),
      );
      if (servers.length > 0) return servers;
    }
    const { servers, refused } = await this.#services(
      protocols.map((protocol) => ({ protocol, name: srvName(protocol, name) })),
    );
    if (servers.length > 0) return servers;
    if (refused) {
      throw new SipTransportError(
        `The domain "${name}" says that it has no SIP service over ${protocols.join(', ')}.`,
        {
          code: 'ERR_SIP_RESOLVE',
        },
      );
    }
    // The domain names protocols, and none that could be spoken: guessing another would not be what it wants.
    if (pointers.length > 0 && usable.length === 0) throw this.#noTransport(search);
    return [{ protocol: preferred, host: name, port: defaultPort(preferred) }];
  }

  /** NAPTR records that lead to SRV records of SIP (RFC 3263 §4.1). A server that cannot tell them has none for us. */
  async #pointers({ name }: Search): Promise<(NaptrRecord & { protocol: TransportProtocol | undefined })[]> {
    const records = await this.#ask<NaptrRecord>('naptr', name).catch(() => []);
    return records
      .filter(
        ({ flags, services, regexp, replacement }) =>
          flags.toLowerCase() === 's' && regexp === '' && isName(replacement) && isSipService(services),
      )
      .slice(0, MAX_RECORDS)
      .map((record) => ({ ...record, protocol: protocolOfService(record.services) }));
  }

  /** RFC 3263 §4.2: the servers that SRV records name, those of the first service first. */
  async #services(
    services: readonly { protocol: TransportProtocol; name: string }[],
  ): Promise<{ servers: Server[]; refused: boolean }> {
    const sets = await Promise.all(services.map(({ name }) => this.#ask<SrvRecord>('srv', name).catch(() => [])));
    let refused = false;
    const servers = sets.flatMap((records, index) => {
      // RFC 2782, "Target": a lone root name says that the service is decidedly not available.
      if (records.length === 1 && !isName(records[0]!.target)) refused = true;
      const usable = records.filter(({ target, port }) => isName(target) && port > 0 && port < 65_536);
      const { protocol } = services[index]!;
      return orderSrv(usable.slice(0, MAX_RECORDS), this.#random).map(({ target, port }) => ({
        protocol,
        host: target.replace(/\.$/, ''),
        port,
      }));
    });
    return { servers: servers.slice(0, MAX_RECORDS), refused };
  }

  /** RFC 7984 §4: both kinds of addresses where both can be reached, taking turns. */
  async #addresses(host: string, families: readonly IpFamily[], failures: DnsError[]): Promise<readonly string[]> {
    const known = this.#withoutLookup(host);
    if (known) return known.filter((address) => families.includes(familyOf(address)));
    const ask = async (family: IpFamily): Promise<string[]> => {
      if (!families.includes(family)) return [];
      try {
        const records = await this.#ask<AddressRecord>(family === 6 ? 'aaaa' : 'a', host);
        return records.map(({ address }) => address).filter(family === 6 ? isPlainIPv6 : isPlainIPv4);
      } catch (error) {
        if (error instanceof DnsError) failures.push(error);
        return [];
      }
    };
    const [ipv6, ipv4] = await Promise.all([ask(6), ask(4)]);
    return this.#interleave(ipv6, ipv4);
  }

  #interleave(ipv6: readonly string[], ipv4: readonly string[]): string[] {
    const [first, second] = this.#preferred === 6 ? [ipv6, ipv4] : [ipv4, ipv6];
    const longest = Math.max(first.length, second.length);
    const turns = Array.from({ length: longest }, (_, index) => [first[index], second[index]]);
    return turns.flat().filter((address) => address !== undefined);
  }

  #targets({ uri }: Search, found: readonly (readonly [Server, readonly string[]])[]): Target[] {
    const domain = isIPv4(uri.host) || isIPv6(uri.host) ? {} : { domain: uri.host };
    const targets = new Map<string, Target>();
    for (const [{ protocol, port }, addresses] of found) {
      for (const host of addresses) {
        if (targets.size === MAX_TARGETS) break;
        const key = `${protocol} ${host} ${port}`;
        if (!targets.has(key)) targets.set(key, { protocol, host, port, ...domain });
      }
    }
    return [...targets.values()];
  }

  /** Asks within the time there is. */
  async #ask<T extends DnsRecord>(type: keyof Dns, name: string): Promise<readonly T[]> {
    const controller = new AbortController();
    const late = this.#clock.setTimer(this.#queryTimeout, () =>
      controller.abort(new DnsError('timeout', type.toUpperCase(), name)),
    );
    const { signal } = controller;
    try {
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      const records = await Promise.race([this.#dns[type](name, { signal }), aborted]);
      return records as readonly DnsRecord[] as readonly T[];
    } finally {
      late.cancel();
    }
  }

  #noTransport({ uri, name, available }: Search): SipTransportError {
    const asked = uri.params.get('transport')?.toUpperCase();
    const wanted = asked ?? (uri.scheme === 'sips' ? 'TLS or WSS' : 'a protocol that it offers');
    return new SipTransportError(
      `"${name}" has to be reached over ${wanted}, and only ${available.join(', ') || 'no transport'} is open; open one for it.`,
      { code: 'ERR_SIP_NO_TRANSPORT' },
    );
  }
}

const familyOf = (host: string): IpFamily => (host.includes(':') ? 6 : 4);

/** Whether it is a name to look up, and not the root, which stands for "none". */
const isName = (name: string): boolean => name !== '' && name !== '.';

/** Blocking name servers answer with the unspecified address, which would lead to this machine itself. */
const isPlainIPv4 = (address: string): boolean => isIPv4(address) && address !== '0.0.0.0';
const isPlainIPv6 = (address: string): boolean => isIPv6(address) && address !== '::' && !/^::ffff:/i.test(address);
