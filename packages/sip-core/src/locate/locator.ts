import type { SipUri } from '../message/uri';
import { type Clock, systemClock } from '../platform/clock';
import { type RandomBytes, systemRandom } from '../platform/random';
import type { Target, TransportProtocol } from '../transport/transport';
import { type Dns, DnsError } from './dns';
import { DnsCache, type DnsCacheOptions } from './dns-cache';
import { type Answer, Location, type Question } from './location';
import type { IpFamily, ResolveOptions, Resolver } from './resolver';

/** Settings of {@link createLocator}. */
export interface LocatorOptions {
  /** Where records are looked up; remembered by a {@link DnsCache}, unless it is one. */
  dns: Dns;
  /** Settings of the cache. */
  cache?: Omit<DnsCacheOptions, 'clock'>;
  /** Time and timers; those of the system when absent. */
  clock?: Clock;
  /** Decides among servers of one priority. */
  random?: RandomBytes;
  /** How long each look-up may take, in ms; 5,000 when absent. */
  queryTimeout?: number;
  /** The IP version tried first where a host has both (RFC 7984 §4); 6 when absent. */
  preferredFamily?: IpFamily;
}

const BOTH: readonly IpFamily[] = [6, 4];

/**
 * Finds servers as RFC 3263 says: NAPTR leads to a protocol, SRV to hosts and ports, A and AAAA to addresses, each remembered for as
 * long as its records allow. Numeric hosts, `localhost` and what is remembered are answered at once, without a promise.
 */
export function createLocator(options: LocatorOptions): Resolver {
  const locator = new Locator(options);
  return (uri, available, resolving) => locator.locate(uri, available, resolving);
}

class Locator {
  readonly #dns: DnsCache;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #queryTimeout: number;
  readonly #preferred: IpFamily;

  constructor({ dns, cache, clock, random, queryTimeout, preferredFamily }: LocatorOptions) {
    this.#clock = clock ?? systemClock;
    this.#dns = dns instanceof DnsCache ? dns : new DnsCache(dns, { ...cache, clock: this.#clock });
    this.#random = random ?? systemRandom;
    this.#queryTimeout = queryTimeout ?? 5_000;
    this.#preferred = preferredFamily ?? 6;
  }

  locate(
    uri: SipUri,
    available: readonly TransportProtocol[],
    { families = () => BOTH }: ResolveOptions = {},
  ): Target[] | Promise<Target[]> {
    const location = new Location({
      uri,
      available,
      families,
      preferred: this.#preferred,
      random: this.#random,
      known: (type, name) => this.#dns.known(type, name),
    });
    return location.find() ?? this.#lookUp(location);
  }

  async #lookUp(location: Location): Promise<Target[]> {
    for (;;) {
      await Promise.all(
        location.missing.map(async (question) => location.learn(question, await this.#answer(question))),
      );
      const targets = location.find();
      if (targets) return targets;
    }
  }

  /** Asks, within the time there is. */
  #answer({ type, name }: Question): Promise<Answer> {
    return new Promise((resolve) => {
      const controller = new AbortController();
      const end = (answer: Answer) => {
        timer.cancel();
        resolve(answer);
      };
      const timer = this.#clock.setTimer(this.#queryTimeout, () => {
        end(new DnsError('timeout', type.toUpperCase(), name));
        controller.abort();
      });
      this.#dns[type](name, { signal: controller.signal }).then(end, (error) =>
        end(
          error instanceof DnsError
            ? error
            : new DnsError('server-failure', type.toUpperCase(), name, { cause: error }),
        ),
      );
    });
  }
}
