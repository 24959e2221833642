import {
  type AddressRecord,
  type Dns,
  DnsError,
  type DnsFailure,
  type DnsQueryOptions,
  type DnsRecord,
  type NaptrRecord,
  type SrvRecord,
} from '../locate/dns';
import type { Clock } from '../platform/clock';
import { parseZone, type ZoneRecord } from './zone';

/** How a {@link MockDns} is to be. */
export interface MockDnsOptions {
  /** Its clock; needed for latency. */
  clock: Clock;
  /** Records, as text of a zone file or one by one. */
  zone?: string | readonly ZoneRecord[];
  /** Time an answer takes, in ms; 10 when absent. */
  latency?: number;
  /** How long it may be remembered that there is nothing, in s; not said when absent. */
  negativeTtl?: number;
}

/** CNAME records followed in a row. */
const LONGEST_CHAIN = 8;

/** A DNS of a test: a zone in memory, answers in virtual time, failures at will, and a list of all it was asked. */
export class MockDns implements Dns {
  /** All questions in order, such as `NAPTR example.com`. */
  readonly queries: string[] = [];
  /** Time an answer takes, in ms; may be changed at any time. */
  latency: number;
  /** Questions that wait for an answer now. */
  waiting = 0;
  readonly #clock: Clock;
  readonly #negativeTtl: number | undefined;
  readonly #failures = new Map<string, DnsFailure | 'silence'>();
  #records: readonly ZoneRecord[] = [];

  constructor({ clock, zone = [], latency = 10, negativeTtl }: MockDnsOptions) {
    this.#clock = clock;
    this.latency = latency;
    this.#negativeTtl = negativeTtl;
    this.add(zone);
  }

  /** Adds records. @throws Error when a line of the zone is none */
  add(zone: string | readonly ZoneRecord[]): this {
    this.#records = [...this.#records, ...(typeof zone === 'string' ? parseZone(zone) : zone)];
    return this;
  }

  /** Takes the records of a name away; of one type when that is given. */
  remove(name: string, type?: ZoneRecord['type']): this {
    this.#records = this.#records.filter(
      (each) => plain(each.name) !== plain(name) || (type !== undefined && each.type !== type),
    );
    return this;
  }

  /**
   * Makes questions about a name fail until {@link heal}.
   *
   * @param how `silence` answers never; the others at once, after the latency
   * @param type all types when absent
   */
  fail(name: string, how: DnsFailure | 'silence' = 'server-failure', type?: 'NAPTR' | 'SRV' | 'A' | 'AAAA'): this {
    this.#failures.set(`${type ?? '*'} ${plain(name)}`, how);
    return this;
  }

  /** Ends all failures. */
  heal(): this {
    this.#failures.clear();
    return this;
  }

  /** How often it was asked: for a type, a name, or all. */
  asked(question = ''): number {
    return this.queries.filter((each) => each.includes(question)).length;
  }

  naptr(name: string, options?: DnsQueryOptions): Promise<readonly NaptrRecord[]> {
    return this.#answer('NAPTR', name, options) as Promise<readonly (NaptrRecord & ZoneRecord)[]>;
  }

  srv(name: string, options?: DnsQueryOptions): Promise<readonly SrvRecord[]> {
    return this.#answer('SRV', name, options) as Promise<readonly (SrvRecord & ZoneRecord)[]>;
  }

  a(name: string, options?: DnsQueryOptions): Promise<readonly AddressRecord[]> {
    return this.#answer('A', name, options) as Promise<readonly (AddressRecord & ZoneRecord)[]>;
  }

  aaaa(name: string, options?: DnsQueryOptions): Promise<readonly AddressRecord[]> {
    return this.#answer('AAAA', name, options) as Promise<readonly (AddressRecord & ZoneRecord)[]>;
  }

  #answer(type: string, name: string, { signal }: DnsQueryOptions = {}): Promise<readonly (ZoneRecord & DnsRecord)[]> {
    this.queries.push(`${type} ${plain(name)}`);
    const failure = this.#failures.get(`${type} ${plain(name)}`) ?? this.#failures.get(`* ${plain(name)}`);
    return new Promise((resolve, reject) => {
      this.waiting++;
      const done = (settle: () => void) => {
        this.waiting--;
        timer?.cancel();
        signal?.removeEventListener('abort', abort);
        settle();
      };
      const abort = () => done(() => reject(signal?.reason));
      signal?.addEventListener('abort', abort, { once: true });
      const answer = () =>
        done(() => {
          try {
            if (failure && failure !== 'silence') throw new DnsError(failure, type, name);
            resolve(this.#find(type, name));
          } catch (error) {
            reject(error);
          }
        });
      const timer = failure === 'silence' ? undefined : this.#clock.setTimer(this.latency, answer);
    });
  }

  #find(type: string, name: string): readonly ZoneRecord[] {
    let owner = plain(name);
    let ttl = Number.POSITIVE_INFINITY;
    for (let step = 0; step < LONGEST_CHAIN; step++) {
      const here = this.#records.filter((each) => plain(each.name) === owner);
      const found = here.filter((each) => each.type === type);
      if (found.length > 0) return found.map((each) => ({ ...each, ttl: Math.min(each.ttl, ttl) }));
      const alias = here.find((each) => each.type === 'CNAME');
      if (alias?.type !== 'CNAME') {
        // A name exists when anything stands at it or under it (RFC 8020).
        const exists = this.#records.some(
          (each) => plain(each.name) === owner || plain(each.name).endsWith(`.${owner}`),
        );
        throw new DnsError(exists ? 'nodata' : 'nxdomain', type, name, { ttl: this.#negativeTtl });
      }
      ttl = Math.min(ttl, alias.ttl);
      owner = plain(alias.target);
    }
    throw new DnsError('server-failure', type, name);
  }
}

const plain = (name: string): string => name.toLowerCase().replace(/\.$/, '');
