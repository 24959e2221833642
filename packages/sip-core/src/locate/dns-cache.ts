import { type Clock, systemClock } from '../platform/clock';
import {
  type AddressRecord,
  type Dns,
  DnsError,
  type DnsQueryOptions,
  type DnsRecord,
  type DnsRecordType,
  type NaptrRecord,
  type SrvRecord,
} from './dns';

/** Settings of a {@link DnsCache}. */
export interface DnsCacheOptions {
  /** Time and timers; those of the system when absent. */
  clock?: Clock;
  /** Most answers remembered; those not used for longest are forgotten first. 1,000 when absent. */
  maxEntries?: number;
  /** Longest time anything is remembered, in s; 86,400 when absent (RFC 8767 §4 advises a week at most). */
  maxTtl?: number;
  /** How long it is remembered that there is nothing, when the zone does not say, in s; 30 when absent. */
  negativeTtl?: number;
  /** Longest time that it is remembered that there is nothing, in s; 900 when absent (RFC 2308 §5: one to three hours at most). */
  maxNegativeTtl?: number;
  /** How long it is remembered that a server failed or did not answer, in s; 1 when absent (RFC 2308 §7: 300 at most). */
  failureTtl?: number;
}

type Records = readonly DnsRecord[];
interface Answer {
  readonly until: number;
  readonly what: Records | DnsError;
}

interface Flight {
  result: Promise<Records>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Remembers what a {@link Dns} has said, for as long as the records allow and no longer (RFC 1035 §3.2.1, RFC 2308 for what is not
 * there). Who asks while the same question is on its way waits for that answer.
 */
export class DnsCache implements Dns {
  readonly #dns: Dns;
  readonly #clock: Clock;
  readonly #options: Required<Omit<DnsCacheOptions, 'clock'>>;
  /** The least recently used stands first. */
  readonly #answers = new Map<string, Answer>();
  readonly #flights = new Map<string, Flight>();

  constructor(dns: Dns, { clock = systemClock, ...options }: DnsCacheOptions = {}) {
    this.#dns = dns;
    this.#clock = clock;
    this.#options = {
      maxEntries: 1_000,
      maxTtl: 86_400,
      negativeTtl: 30,
      maxNegativeTtl: 900,
      failureTtl: 1,
      ...options,
    };
  }

  /** Answers remembered now. */
  get size(): number {
    return this.#answers.size;
  }

  /** Forgets all, as after a change of network. */
  clear(): void {
    this.#answers.clear();
  }

  naptr(name: string, options?: DnsQueryOptions): Promise<readonly NaptrRecord[]> {
    return this.#ask('naptr', name, options) as Promise<readonly NaptrRecord[]>;
  }

  srv(name: string, options?: DnsQueryOptions): Promise<readonly SrvRecord[]> {
    return this.#ask('srv', name, options) as Promise<readonly SrvRecord[]>;
  }

  a(name: string, options?: DnsQueryOptions): Promise<readonly AddressRecord[]> {
    return this.#ask('a', name, options) as Promise<readonly AddressRecord[]>;
  }

  aaaa(name: string, options?: DnsQueryOptions): Promise<readonly AddressRecord[]> {
    return this.#ask('aaaa', name, options) as Promise<readonly AddressRecord[]>;
  }

  /** What is remembered of records, without asking anybody: the records, or why there are none. */
  known(type: DnsRecordType, name: string): readonly DnsRecord[] | DnsError | undefined {
    return this.#known(keyOf(type, name));
  }

  #known(key: string): Records | DnsError | undefined {
    const answer = this.#answers.get(key);
    if (!answer) return undefined;
    this.#answers.delete(key);
    if (answer.until <= this.#clock.now()) return undefined;
    this.#answers.set(key, answer);
    return answer.what;
  }

  async #ask(type: DnsRecordType, name: string, { signal }: DnsQueryOptions = {}): Promise<Records> {
    signal?.throwIfAborted();
    const key = keyOf(type, name);
    const known = this.#known(key);
    if (known instanceof DnsError) throw known;
    if (known) return known;
    return this.#wait(this.#flights.get(key) ?? this.#start(type, name, key), key, signal);
  }

  #start(type: DnsRecordType, name: string, key: string): Flight {
    const controller = new AbortController();
    const flight: Flight = { controller, waiting: 0, result: this.#dns[type](name, { signal: controller.signal }) };
    this.#flights.set(key, flight);
    flight.result = this.#keep(flight, type, name, key);
    // Whoever asked may have gone.
    flight.result.catch(() => {});
    return flight;
  }

  async #keep(flight: Flight, type: DnsRecordType, name: string, key: string): Promise<Records> {
    try {
      const records = await flight.result;
      // An empty answer is none.
      if (records.length === 0) throw new DnsError('nodata', type.toUpperCase(), name);
      const ttl = Math.min(...records.map((record) => seconds(record.ttl)), this.#options.maxTtl);
      this.#remember(key, flight, ttl, records);
      return records;
    } catch (error) {
      if (error instanceof DnsError) this.#remember(key, flight, this.#ttlOfFailure(error), error);
      throw error;
    } finally {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    }
  }

  #ttlOfFailure(error: DnsError): number {
    const { negativeTtl, maxNegativeTtl, failureTtl } = this.#options;
    return error.certain ? Math.min(seconds(error.ttl ?? negativeTtl), maxNegativeTtl) : failureTtl;
  }

  #remember(key: string, flight: Flight, ttl: number, what: Records | DnsError): void {
    if (ttl <= 0 || this.#flights.get(key) !== flight) return;
    this.#answers.set(key, { until: this.#clock.now() + ttl * 1_000, what });
    if (this.#answers.size > this.#options.maxEntries) this.#answers.delete(this.#answers.keys().next().value!);
  }

  /** The look-up goes on for as long as somebody waits for it. */
  async #wait(flight: Flight, key: string, signal: AbortSignal | undefined): Promise<Records> {
    flight.waiting++;
    if (!signal) return flight.result;
    let left: (() => void) | undefined;
    const gone = new Promise<never>((_resolve, reject) => {
      left = () => {
        if (--flight.waiting === 0) {
          if (this.#flights.get(key) === flight) this.#flights.delete(key);
          flight.controller.abort(signal.reason);
        }
        reject(signal.reason);
      };
      signal.addEventListener('abort', left, { once: true });
    });
    try {
      return await Promise.race([flight.result, gone]);
    } finally {
      signal.removeEventListener('abort', left!);
    }
  }
}

const keyOf = (type: DnsRecordType, name: string): string => `${type} ${name.toLowerCase().replace(/\.$/, '')}`;

const seconds = (ttl: number): number => Math.max(ttl, 0);
