import type { NameAddr, SipUri } from '@offhook/sip-core';

/** Where a user can be reached: one binding of an address-of-record to a contact (RFC 3261 §10). */
export interface Binding {
  /** The contact as its user agent wrote it, its parameters without `expires` and `q`. */
  readonly contact: NameAddr;
  /** The URI of the contact: what a request to the user is sent to. */
  readonly uri: SipUri;
  /** Preference from 0 to 1; 1 when the user agent gave none. */
  readonly q: number;
  /** Call-ID of the REGISTER that made or last refreshed the binding. */
  readonly callId: string;
  /** CSeq number of that REGISTER. */
  readonly sequence: number;
  /** Monotonic time in ms at which it ends. */
  readonly expiresAt: number;
}

/** One contact of a REGISTER, to bind for `expires` seconds; 0 removes its binding. */
export interface BindingRequest {
  readonly contact: NameAddr;
  readonly uri: SipUri;
  readonly q: number;
  readonly expires: number;
}

/** The REGISTER a change of bindings comes from; decides whether the change is a late one. */
export interface BindingOrigin {
  readonly callId: string;
  readonly sequence: number;
}

/** Why a change of bindings is refused; nothing has been changed then. */
export type BindingRefusal = 'out-of-order' | 'too-many';

/**
 * The bindings of a registrar, kept in memory, and the rules of RFC 3261 §10.3 steps 6 and 7 by which a REGISTER
 * changes them. Pure: knows no message and no network; the time is told with each call.
 */
export class Bindings {
  readonly #byAor = new Map<string, Binding[]>();
  readonly #limit: number;

  /** @param limit the most bindings of one address-of-record. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The live bindings of an address-of-record, the most preferred first, the newest first among equals. */
  lookup(aor: string, now: number): readonly Binding[] {
    return this.#live(aor, now).sort((a, b) => b.q - a.q || b.expiresAt - a.expiresAt);
  }

  /** Addresses-of-record that have a live binding. */
  *registered(now: number): IterableIterator<string> {
    for (const aor of this.#byAor.keys()) if (this.#live(aor, now).length > 0) yield aor;
  }

  /** Applies all the contacts of a REGISTER, or none of them when one is refused (§10.3 step 7). */
  update(
    aor: string,
    origin: BindingOrigin,
    requests: readonly BindingRequest[],
    now: number,
  ): BindingRefusal | undefined {
    let bindings = this.#live(aor, now);
    for (const { contact, uri, q, expires } of requests) {
      const existing = bindings.find((binding) => binding.uri.equals(uri));
      if (existing && isLate(existing, origin)) return 'out-of-order';
      bindings = bindings.filter((binding) => binding !== existing);
      if (expires > 0) bindings.push({ contact, uri, q, ...origin, expiresAt: now + expires * 1000 });
    }
    if (bindings.length > this.#limit) return 'too-many';
    this.#store(aor, bindings);
    return undefined;
  }

  /** Removes every binding, as `Contact: *` asks (§10.3 step 6), or none when the request is a late one. */
  removeAll(aor: string, origin: BindingOrigin, now: number): BindingRefusal | undefined {
    if (this.#live(aor, now).some((binding) => isLate(binding, origin))) return 'out-of-order';
    this.#store(aor, []);
    return undefined;
  }

  #live(aor: string, now: number): Binding[] {
    return (this.#byAor.get(aor) ?? []).filter((binding) => binding.expiresAt > now);
  }

  #store(aor: string, bindings: Binding[]): void {
    if (bindings.length > 0) this.#byAor.set(aor, bindings);
    else this.#byAor.delete(aor);
  }
}

/** Within one Call-ID a REGISTER with a CSeq that is not higher came late, or twice (§10.3 step 7). */
const isLate = (binding: Binding, origin: BindingOrigin) =>
  binding.callId === origin.callId && origin.sequence <= binding.sequence;
