import { Dn, type DnConfiguration } from './dn';
import type { DnOptions } from './dn-options';

/** All DNs of a server. */
export class DnDirectory {
  readonly #dns = new Map<string, Dn>();

  /**
   * @param users whose phones are DNs, too
   * @param configured DNs by their numbers
   * @param options what the options of a DN are when it has none of its own
   */
  constructor(
    users: Iterable<string>,
    configured: Readonly<Record<string, DnConfiguration>> = {},
    options: DnOptions = {},
  ) {
    for (const user of users) this.#dns.set(user, new Dn(user, configured[user] ?? {}, options));
    for (const [number, configuration] of Object.entries(configured)) {
      if (!this.#dns.has(number)) this.#dns.set(number, new Dn(number, configuration, options));
    }
  }

  /** The DN of that number; a trunk for the numbers that begin with its own. */
  find(number: string): Dn | undefined {
    const exact = this.#dns.get(number);
    if (exact) return exact;
    let best: Dn | undefined;
    for (const dn of this.#dns.values()) {
      const leads = dn.type === 'trunk' && number.startsWith(dn.number);
      if (leads && dn.number.length > (best?.number.length ?? -1)) best = dn;
    }
    return best;
  }

  /** All DNs. */
  [Symbol.iterator](): IterableIterator<Dn> {
    return this.#dns.values();
  }
}
