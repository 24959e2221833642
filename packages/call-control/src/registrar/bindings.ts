import type { Flow, NameAddr, SipUri } from '@offhook/sip-core';

/** Where a user can be reached: one binding of an address-of-record to a contact (RFC 3261 §10). */
export interface Binding {
  /** The contact as its user agent wrote it, its parameters without `expires` and `q`. */
  readonly contact: NameAddr;
  /** The URI of the contact: what a request to the user is sent to. */
  readonly uri: SipUri;
  /** Preference from 0 to 1; 1 when the user agent gave none. */
  readonly q: number;
  /** Instance of the user agent, such as `urn:uuid:…` (RFC 5626 §4.1). */
  readonly instanceId: string | undefined;
  /** Which flow of the instance it is bound to (RFC 5626 §4.2); undefined: to none, the contact is an address like any other. */
  readonly regId: number | undefined;
  /** What it came over; undefined when nobody said. */
  readonly flow: Flow | undefined;
  /** Proxies a request to the user has to go by, the first one first (RFC 3327). */
  readonly path: readonly NameAddr[];
  /** Call-ID of the REGISTER that made or last refreshed the binding. */
  readonly callId: string;
  /** CSeq number of that REGISTER. */
  readonly sequence: number;
  /** Monotonic time in ms at which it was made or last refreshed. */
  readonly refreshedAt: number;
  /** Monotonic time in ms at which it ends. */
  readonly expiresAt: number;
}

/** One contact of a REGISTER, to bind for `expires` seconds; 0 removes its binding. */
export interface BindingRequest extends Pick<Binding, 'contact' | 'uri' | 'q'> {
  readonly instanceId?: string | undefined;
  readonly regId?: number | undefined;
  readonly expires: number;
}

/** The REGISTER a change of bindings comes from; decides whether the change is a late one. */
export interface BindingOrigin {
  readonly callId: string;
  readonly sequence: number;
  readonly flow?: Flow | undefined;
  readonly path?: readonly NameAddr[];
}

/** Why a change of bindings is refused; nothing has been changed then. */
export type BindingRefusal = 'out-of-order' | 'too-many';

/**
 * The bindings of a registrar, kept in memory, and the rules of RFC 3261 §10.3 steps 6 and 7 and RFC 5626 §6 by which a REGISTER
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
    const { callId, sequence, flow, path = [] } = origin;
    let bindings = this.#live(aor, now);
    for (const { contact, uri, q, instanceId, regId, expires } of requests) {
      const existing = bindings.find((binding) => isSame(binding, uri, instanceId, regId));
      if (existing && isLate(existing, origin)) return 'out-of-order';
      bindings = bindings.filter((binding) => binding !== existing);
      if (expires === 0) continue;
      const times = { refreshedAt: now, expiresAt: now + expires * 1000 };
      bindings.push({ contact, uri, q, instanceId, regId, flow, path, callId, sequence, ...times });
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
    const known = this.#byAor.get(aor);
    if (!known) return [];
    // RFC 5626 §6: what is bound to a flow ends with it.
    const live = known.filter(
      ({ expiresAt, regId, path, flow }) =>
        expiresAt > now && !(regId !== undefined && path.length === 0 && flow?.closed),
    );
    if (live.length < known.length) this.#store(aor, live);
    return [...live];
  }

  #store(aor: string, bindings: Binding[]): void {
    if (bindings.length > 0) this.#byAor.set(aor, bindings);
    else this.#byAor.delete(aor);
  }
}

/** A flow's binding is replaced whatever its contact says (RFC 5626 §6); others are told apart by their URIs (RFC 3261 §10.2.4). */
function isSame(binding: Binding, uri: SipUri, instanceId: string | undefined, regId: number | undefined): boolean {
  if (regId === undefined || instanceId === undefined) return binding.regId === undefined && binding.uri.equals(uri);
  return binding.regId === regId && binding.instanceId?.toLowerCase() === instanceId.toLowerCase();
}

/** Within one Call-ID a REGISTER with a CSeq that is not higher came late, or twice (§10.3 step 7). */
const isLate = (binding: Binding, origin: BindingOrigin) =>
  binding.callId === origin.callId && origin.sequence <= binding.sequence;
