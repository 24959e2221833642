import { getServers } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Answer, DecodedPacket } from 'dns-packet';
import {
  type AddressRecord,
  type Dns,
  DnsError,
  type DnsQueryOptions,
  type NaptrRecord,
  type SrvRecord,
} from '../locate/dns';
import type { Address } from '../transport/transport';
import { codeOf, exchange, NoAnswer } from './dns-exchange';
import { HostsFile } from './hosts-file';

/** Settings of a {@link DnsClient}. */
export interface DnsClientOptions {
  /**
   * Servers to ask, the first first: `192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:5353`. Those of the system when absent, and then
   * addresses the DNS does not know are looked up as the system does too (mDNS, search domains).
   */
  servers?: readonly string[];
  /** How long one server may take, in ms, doubled for each further round; 1,000 when absent. */
  timeout?: number;
  /** Rounds through the servers; 2 when absent. */
  attempts?: number;
  /** Questions under way at once, others wait; 100 when absent. */
  maxConcurrent?: number;
  /** Path of the hosts file, or `false` for none; the system's when absent. */
  hostsFile?: string | false;
}

/** CNAME records followed in a row. */
const LONGEST_CHAIN = 8;
/** Seconds that what the system says of a name is remembered: it tells no TTL. */
const SYSTEM_TTL = 10;

type RecordType = 'NAPTR' | 'SRV' | 'A' | 'AAAA';

/**
 * Asks DNS servers for records with their TTL (RFC 1035), which Node's own functions tell of addresses only: over UDP, over TCP when an
 * answer is too long. Addresses of names in the hosts file, and of names without a dot, come from the system. Remembers nothing; put a
 * `DnsCache` in front.
 */
export class DnsClient implements Dns {
  readonly #options: DnsClientOptions;
  readonly #hosts: HostsFile | undefined;
  #running = 0;
  readonly #queue: (() => void)[] = [];

  constructor(options: DnsClientOptions = {}) {
    this.#options = options;
    const { hostsFile } = options;
    this.#hosts = hostsFile === false ? undefined : new HostsFile(hostsFile);
  }

  async naptr(name: string, options: DnsQueryOptions = {}): Promise<readonly NaptrRecord[]> {
    await this.#requireDomain('NAPTR', name);
    return (await this.#ask('NAPTR', name, options)).map(({ ttl, data }) => {
      const { order, preference, flags, services, regexp, replacement } = data as Omit<NaptrRecord, 'ttl'>;
      return { ttl, order, preference, flags, services, regexp, replacement };
    });
  }

  async srv(name: string, options: DnsQueryOptions = {}): Promise<readonly SrvRecord[]> {
    await this.#requireDomain('SRV', name);
    return (await this.#ask('SRV', name, options)).map(({ ttl, data }) => {
      const { priority, weight, port, target } = data as Omit<SrvRecord, 'ttl'>;
      return { ttl, priority, weight, port, target };
    });
  }

  a(name: string, options: DnsQueryOptions = {}): Promise<readonly AddressRecord[]> {
    return this.#addresses('A', name, options);
  }

  aaaa(name: string, options: DnsQueryOptions = {}): Promise<readonly AddressRecord[]> {
    return this.#addresses('AAAA', name, options);
  }

  async #addresses(type: 'A' | 'AAAA', name: string, options: DnsQueryOptions): Promise<readonly AddressRecord[]> {
    if (await this.#isOfSystem(name)) return this.#fromSystem(type, name);
    try {
      return (await this.#ask(type, name, options)).map(({ ttl, data }) => ({ ttl, address: data as string }));
    } catch (error) {
      const known = error instanceof DnsError && error.failure === 'nodata';
      if (known || this.#options.servers || options.signal?.aborted) throw error;
      // The system may know names by other means. When it does not either, what the DNS said is what there is to say.
      return this.#fromSystem(type, name).catch(() => Promise.reject(error));
    }
  }

  /** Whether the DNS has no say: names of the hosts file, and such as get a search domain from the system. */
  async #isOfSystem(name: string): Promise<boolean> {
    const plain = name.replace(/\.$/, '');
    return !plain.includes('.') || (await this.#hosts?.has(plain)) === true;
  }

  async #requireDomain(type: RecordType, name: string): Promise<void> {
    if (await this.#isOfSystem(name)) throw new DnsError('nodata', type, name, { ttl: SYSTEM_TTL });
  }

  async #fromSystem(type: 'A' | 'AAAA', name: string): Promise<readonly AddressRecord[]> {
    try {
      const found = await lookup(name, { all: true, family: type === 'A' ? 4 : 6 });
      return found.map(({ address }) => ({ ttl: SYSTEM_TTL, address }));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const failure = code === 'ENOTFOUND' ? 'nxdomain' : code === 'ENODATA' ? 'nodata' : 'server-failure';
      throw new DnsError(failure, type, name, { cause: error, ttl: SYSTEM_TTL });
    }
  }

  /** Records of a name, CNAME records followed (RFC 1034 §3.6.2), each with the shortest TTL on the way to it. */
  async #ask(type: RecordType, name: string, { signal }: DnsQueryOptions): Promise<{ ttl: number; data: unknown }[]> {
    let owner = name.toLowerCase().replace(/\.$/, '');
    let ttl = Number.POSITIVE_INFINITY;
    const seen = new Set<string>();
    while (seen.size < LONGEST_CHAIN) {
      const packet = await this.#query(type, owner, signal);
      const answers = (packet.answers ?? []) as Answer[];
      const asked = owner;
      for (;;) {
        const records = answers.filter((each) => each.type === type && isOf(each, owner)) as AnswerWithData[];
        if (records.length > 0) {
          return records.map((record) => ({ ttl: Math.min(record.ttl ?? 0, ttl), data: record.data }));
        }
        const alias = answers.find((each) => each.type === 'CNAME' && isOf(each, owner)) as AnswerWithData | undefined;
        if (!alias || seen.has(owner) || seen.size >= LONGEST_CHAIN) break;
        seen.add(owner);
        ttl = Math.min(ttl, alias.ttl ?? 0);
        owner = String(alias.data).toLowerCase();
      }
      if (seen.has(owner)) break;
      const negative = negativeTtl(packet, ttl);
      if (codeOf(packet) === 'NXDOMAIN') throw new DnsError('nxdomain', type, name, { ttl: negative });
      // A server that follows aliases itself has said all there is; others leave the rest to us.
      if (owner === asked || negative !== undefined) throw new DnsError('nodata', type, name, { ttl: negative });
    }
    throw new DnsError('server-failure', type, name, { cause: new Error('The CNAME records lead nowhere.') });
  }

  /** The first answer of any server that tells something. */
  async #query(type: RecordType, name: string, signal: AbortSignal | undefined): Promise<DecodedPacket> {
    if (!isDomainName(name)) throw new DnsError('nxdomain', type, name);
    const { servers = getServers(), timeout = 1_000, attempts = 2 } = this.#options;
    const asking = new Set(servers.map(parseServer).filter((server) => server !== undefined));
    let trouble: unknown = new Error('There is no DNS server to ask.');
    for (let round = 0; round < attempts; round++) {
      for (const server of asking) {
        const ask = { server, question: { type, name }, timeout: timeout * 2 ** round, signal };
        try {
          const packet = await this.#inTurn(() => exchange(ask), signal);
          const code = codeOf(packet);
          if (code === 'NOERROR' || code === 'NXDOMAIN') return packet;
          trouble = new Error(`${server.host} answered ${code}.`);
        } catch (error) {
          if (signal?.aborted) throw new DnsError('timeout', type, name, { cause: signal.reason });
          trouble = error;
          if (error instanceof NoAnswer) continue;
        }
        // Who has said that it cannot tell will not tell a second later.
        asking.delete(server);
      }
    }
    throw new DnsError(trouble instanceof NoAnswer ? 'timeout' : 'server-failure', type, name, { cause: trouble });
  }

  async #inTurn<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const { maxConcurrent = 100 } = this.#options;
    if (this.#running >= maxConcurrent) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#running++;
    try {
      signal?.throwIfAborted();
      return await work();
    } finally {
      // The turn is handed on, or given back.
      const next = this.#queue.shift();
      if (next) next();
      else this.#running--;
    }
  }
}

type AnswerWithData = Answer & { readonly ttl?: number; readonly data: unknown };

const isOf = (answer: Answer, owner: string): boolean =>
  answer.name.toLowerCase() === owner && (answer as { class?: string }).class === 'IN';

/** How long it may be remembered that there is nothing (RFC 2308 §5): what the SOA record of the zone says, or the way to it. */
function negativeTtl({ authorities = [] }: DecodedPacket, ttl: number): number | undefined {
  const soa = authorities.find(({ type }) => type === 'SOA') as (Answer & { data: { minimum?: number } }) | undefined;
  if (!soa) return undefined;
  return Math.min((soa as { ttl?: number }).ttl ?? 0, soa.data.minimum ?? 0, ttl);
}

/** Whether a name fits into a question (RFC 1035 §2.3.4). */
function isDomainName(name: string): boolean {
  return (
    name.length <= 253 &&
    /^[\x21-\x7e]+$/.test(name) &&
    name.split('.').every(({ length }) => length > 0 && length < 64)
  );
}

function parseServer(text: string): Address | undefined {
  if (isIP(text.replace(/%.*$/, ''))) return { host: text, port: 53 };
  const match = /^(?:\[(.+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  return host === undefined ? undefined : { host, port: Number(match?.[3] ?? 53) };
}
