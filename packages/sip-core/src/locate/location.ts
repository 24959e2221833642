import { isIPv4, isIPv6, plainHost } from '../message/host';
import type { SipUri } from '../message/uri';
import { SipTransportError } from '../platform/errors';
import type { RandomBytes } from '../platform/random';
import { defaultPort, type Target, type TransportProtocol } from '../transport/transport';
import {
  type AddressRecord,
  DnsError,
  type DnsRecord,
  type DnsRecordType,
  type NaptrRecord,
  type SrvRecord,
} from './dns';
import { orderNaptr, orderSrv } from './order';
import { type IpFamily, protocolOf } from './resolver';
import { isSipService, protocolOfService, protocolsFor, srvName } from './services';

/** @internal What is to be found, and by what means. */
export interface Search {
  readonly uri: SipUri;
  /** Protocols there is a transport for. */
  readonly available: readonly TransportProtocol[];
  /** IP versions that a protocol's transports reach. */
  families(protocol: TransportProtocol): readonly IpFamily[];
  /** The IP version tried first. */
  readonly preferred: IpFamily;
  readonly random: RandomBytes;
  /** What is known already of the DNS. */
  known(type: DnsRecordType, name: string): Answer | undefined;
}

/** @internal Records, or why there are none. */
export type Answer = readonly DnsRecord[] | DnsError;

/** @internal A look-up that is needed. */
export interface Question {
  readonly type: DnsRecordType;
  readonly name: string;
}

/** A server by name. */
interface Server {
  readonly protocol: TransportProtocol;
  readonly host: string;
  readonly port: number;
}

/** A NAPTR record of SIP; without a protocol when it is of one that nobody here speaks. */
type Pointer = NaptrRecord & { readonly protocol: TransportProtocol | undefined };

/** Records of one set that are looked at; more than this is no honest zone. */
const MAX_RECORDS = 32;
/** Targets one request may have. */
const MAX_TARGETS = 64;

/**
 * @internal The procedures of RFC 3263 §4 for one URI, without any I/O: {@link find} goes as far as the answers known lead, and leaves the
 * questions it has in {@link missing}. Once they have been answered it is called again.
 */
export class Location {
  /** What has to be looked up next: all at once, as no answer changes whether another is needed. */
  missing: Question[] = [];
  readonly #search: Search;
  /** What RFC 3263 §4 calls TARGET. */
  readonly #name: string;
  readonly #answers = new Map<string, Answer>();

  constructor(search: Search) {
    this.#search = search;
    this.#name = plainHost(search.uri.params.get('maddr') ?? search.uri.host);
  }

  /** Takes the answer to a question. */
  learn({ type, name }: Question, answer: Answer): void {
    this.#answers.set(`${type} ${name}`, answer);
  }

  /**
   * The targets, the best first; undefined when more has to be looked up.
   *
   * @throws SipTransportError `ERR_SIP_RESOLVE` or `ERR_SIP_NO_TRANSPORT` when there are none
   */
  find(): Target[] | undefined {
    this.missing = [];
    const { uri, available, families } = this.#search;
    const known = this.#withoutLookup(this.#name);
    if (known) {
      const protocol = protocolOf(uri, available);
      const own = known.filter((host) => families(protocol).includes(familyOf(host)));
      // Whether a transport reaches a numeric host is for the stack to say, which knows what is missing.
      const addresses = own.length > 0 ? own : known;
      return this.#targets([[{ protocol, host: this.#name, port: uri.port ?? defaultPort(protocol) }, addresses]]);
    }
    const servers = this.#servers();
    if (!servers) return undefined;
    const failures: DnsError[] = [];
    const found = servers.map((server) => [server, this.#addresses(server, failures)] as const);
    if (this.missing.length > 0) return undefined;
    const targets = this.#targets(found);
    if (targets.length > 0) return targets;
    // What may be otherwise the next time tells more than what is certain.
    const failure = failures.find(({ certain }) => !certain) ?? failures[0];
    throw new SipTransportError(
      `The host "${this.#name}" cannot be found. ${failure?.message ?? 'It has no address that can be reached from here.'}`,
      { code: 'ERR_SIP_RESOLVE', cause: failure },
    );
  }

  /** Addresses that are known without asking; `localhost` is the machine itself (RFC 6761 §6.3). */
  #withoutLookup(name: string): readonly string[] | undefined {
    if (isIPv4(name) || isIPv6(name)) return [name];
    return /^(.+\.)?localhost\.?$/i.test(name) ? this.#interleave(['::1'], ['127.0.0.1']) : undefined;
  }

  /** RFC 3263 §4.1 and §4.2: protocol, host name and port of the servers, the best first. */
  #servers(): readonly Server[] | undefined {
    const { uri, available } = this.#search;
    const protocols = protocolsFor(uri, available);
    const [first] = protocols;
    if (first === undefined) throw this.#noTransport();
    const preferred = protocols.length === 1 ? first : protocolOf(uri, available);
    // A port that is given is no port of an SRV record: addresses are all that is missing.
    if (uri.port !== undefined) return [{ protocol: preferred, host: this.#name, port: uri.port }];
    const pointers = uri.params.has('transport') ? [] : this.#pointers();
    if (!pointers) return undefined;
    const usable = pointers.filter(({ protocol }) => protocol !== undefined && protocols.includes(protocol));
    for (const group of orderNaptr(usable)) {
      const services = this.#services(group.map(({ protocol, replacement }) => [protocol!, replacement]));
      if (!services || services.servers.length > 0) return services?.servers;
    }
    const services = this.#services(protocols.map((protocol) => [protocol, srvName(protocol, this.#name)]));
    if (!services || services.servers.length > 0) return services?.servers;
    if (services.refused) {
      const message = `The domain "${this.#name}" says that it has no SIP service over ${protocols.join(', ')}.`;
      throw new SipTransportError(message, { code: 'ERR_SIP_RESOLVE' });
    }
    // The domain names protocols, and none that could be spoken: guessing another would not be what it wants.
    if (pointers.length > 0 && usable.length === 0) throw this.#noTransport();
    return [{ protocol: preferred, host: this.#name, port: defaultPort(preferred) }];
  }

  /** NAPTR records that lead to SRV records of SIP (RFC 3263 §4.1). A server that cannot tell them has none for us. */
  #pointers(): readonly Pointer[] | undefined {
    return this.#records<NaptrRecord>('naptr', this.#name)
      ?.filter(
        ({ flags, services, regexp, replacement }) =>
          flags.toLowerCase() === 's' && regexp === '' && isName(replacement) && isSipService(services),
      )
      .slice(0, MAX_RECORDS)
      .map((record) => ({ ...record, protocol: protocolOfService(record.services) }));
  }

  /** RFC 3263 §4.2: the servers that SRV records name, those of the first service first. */
  #services(
    services: readonly (readonly [TransportProtocol, name: string])[],
  ): { servers: readonly Server[]; refused: boolean } | undefined {
    const sets = services.map(([, name]) => this.#records<SrvRecord>('srv', name));
    if (this.missing.length > 0) return undefined;
    let refused = false;
    const servers = sets.flatMap((records = [], index) => {
      // RFC 2782, "Target": a lone root name says that the service is decidedly not available.
      if (records.length === 1 && !isName(records[0]!.target)) refused = true;
      const usable = records.filter(({ target, port }) => isName(target) && port > 0 && port < 65_536);
      const [protocol] = services[index]!;
      return orderSrv(usable.slice(0, MAX_RECORDS), this.#search.random).map(({ target, port }) => ({
        protocol,
        host: target.replace(/\.$/, ''),
        port,
      }));
    });
    return { servers: servers.slice(0, MAX_RECORDS), refused };
  }

  /** RFC 7984 §4: addresses of both kinds where both can be reached, taking turns. */
  #addresses({ protocol, host }: Server, failures: DnsError[]): readonly string[] {
    const families = this.#search.families(protocol);
    const known = this.#withoutLookup(host);
    if (known) return known.filter((address) => families.includes(familyOf(address)));
    const look = (family: IpFamily, type: 'a' | 'aaaa', isUsable: (address: string) => boolean): readonly string[] => {
      if (!families.includes(family)) return [];
      const records = this.#records<AddressRecord>(type, host, failures) ?? [];
      return records.map(({ address }) => address).filter(isUsable);
    };
    return this.#interleave(look(6, 'aaaa', isUsableIPv6), look(4, 'a', isUsableIPv4));
  }

  #interleave(ipv6: readonly string[], ipv4: readonly string[]): string[] {
    const [first, second] = this.#search.preferred === 6 ? [ipv6, ipv4] : [ipv4, ipv6];
    const longest = Math.max(first.length, second.length);
    const turns = Array.from({ length: longest }, (_, index) => [first[index], second[index]]);
    return turns.flat().filter((address) => address !== undefined);
  }

  #targets(found: readonly (readonly [Server, addresses: readonly string[]])[]): Target[] {
    const { host: named } = this.#search.uri;
    const domain = isIPv4(named) || isIPv6(named) ? {} : { domain: named };
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

  /** Records that are known, none when it is known that there are none; else it is noted that they are missing. */
  #records<T extends DnsRecord>(
    type: DnsRecordType,
    name: string,
    failures: DnsError[] = [],
  ): readonly T[] | undefined {
    const key = `${type} ${name}`;
    let answer = this.#answers.get(key);
    if (!answer) {
      answer = this.#search.known(type, name);
      // It may be forgotten before the rest is known.
      if (answer) this.#answers.set(key, answer);
    }
    if (answer instanceof DnsError) {
      failures.push(answer);
      return [];
    }
    if (answer) return answer as readonly DnsRecord[] as readonly T[];
    if (!this.missing.some((each) => each.type === type && each.name === name)) this.missing.push({ type, name });
    return undefined;
  }

  #noTransport(): SipTransportError {
    const { uri, available } = this.#search;
    const asked = uri.params.get('transport')?.toUpperCase();
    const wanted = asked ?? (uri.scheme === 'sips' ? 'TLS or WSS' : 'a protocol that it offers');
    return new SipTransportError(
      `"${this.#name}" has to be reached over ${wanted}, and only ${available.join(', ') || 'no transport'} is open; open one for it.`,
      { code: 'ERR_SIP_NO_TRANSPORT' },
    );
  }
}

const familyOf = (host: string): IpFamily => (host.includes(':') ? 6 : 4);

/** Whether it is a name to look up, and not the root, which stands for "none". */
const isName = (name: string): boolean => name !== '' && name !== '.';

/** Blocking name servers answer with the unspecified address, which would lead to this machine itself. */
const isUsableIPv4 = (address: string): boolean => isIPv4(address) && address !== '0.0.0.0';
const isUsableIPv6 = (address: string): boolean => isIPv6(address) && address !== '::' && !/^::ffff:/i.test(address);
