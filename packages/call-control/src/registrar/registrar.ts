import { type NameAddr, type SipRequest, SipResponse, SipUri } from '@offhook/sip-core';
import { type Binding, type BindingRefusal, type BindingRequest, Bindings } from './bindings';

/** How a {@link Registrar} decides. */
export interface RegistrarOptions {
  /** The domains it is responsible for: hosts as they stand in addresses-of-record, without ports. */
  readonly domains: readonly string[];
  /** Whether an address-of-record exists; all of its domains do by default. */
  readonly knows?: (aor: SipUri) => boolean;
  /** Seconds a binding lasts when its user agent says nothing; default 3600. */
  readonly defaultExpires?: number;
  /** Fewest seconds a binding may last: less is answered 423; default 60. */
  readonly minExpires?: number;
  /** Most seconds a binding may last: more is cut down to it; default 7200. */
  readonly maxExpires?: number;
  /** Most bindings of one address-of-record: one more is answered 403; default 10. */
  readonly maxBindings?: number;
  /** Monotonic time in ms. */
  readonly now: () => number;
  /** Wall-clock time in ms since 1970, for the Date header. */
  readonly date: () => number;
}

/**
 * A registrar: answers REGISTER requests and keeps the bindings they make, step by step as RFC 3261 §10.3 has it.
 * Authentication (step 3) comes before it and tells it who asks; it does no I/O itself.
 *
 * @example
 * ```ts
 * const registrar = new Registrar({ domains: ['example.com'], now: clock.now, date: clock.date });
 * transaction.respond(registrar.answer(transaction.request, { user: 'alice', toTag: transaction.toTag }));
 * const [best] = registrar.lookup(SipUri.parse('sip:alice@example.com'));
 * ```
 */
export class Registrar {
  readonly #options: Required<RegistrarOptions>;
  readonly #domains: ReadonlySet<string>;
  readonly #bindings: Bindings;

  constructor(options: RegistrarOptions) {
    this.#options = {
      knows: () => true,
      defaultExpires: 3600,
      minExpires: 60,
      maxExpires: 7200,
      maxBindings: 10,
      ...options,
    };
    this.#domains = new Set(options.domains.map((domain) => domain.toLowerCase()));
    this.#bindings = new Bindings(this.#options.maxBindings);
  }

  /** Whether a URI belongs to one of the registrar's domains. */
  serves(uri: SipUri): boolean {
    return this.#domains.has(uri.host.toLowerCase());
  }

  /** Where a user can be reached now, the most preferred first. */
  lookup(aor: SipUri): readonly Binding[] {
    return this.#bindings.lookup(keyOf(aor), this.#options.now());
  }

  /** The addresses-of-record registered now, as `user@host`. */
  registered(): string[] {
    return [...this.#bindings.registered(this.#options.now())];
  }

  /**
   * Answers a REGISTER.
   *
   * @param options.user the authenticated user, who may change only the bindings of the same name; undefined: nobody was asked
   * @param options.toTag tag of To in the response
   */
  answer(request: SipRequest, options: { user?: string; toTag?: string } = {}): SipResponse {
    const { user, toTag } = options;
    const reply = (status: number, reason?: string) => SipResponse.for(request, status, reason, { toTag });
    // Step 1: a request for another domain would have to be forwarded, which is no registrar's business.
    if (!(request.uri instanceof SipUri) || !this.serves(request.uri)) return reply(404, 'Domain Not Served Here');
    // Steps 4 and 5: who may change what, and whether it exists.
    const aor = request.to.uri;
    if (!(aor instanceof SipUri) || !this.serves(aor)) return reply(404);
    if (user !== undefined && user !== aor.user) return reply(403, 'Not Your Address');
    if (!this.#options.knows(aor)) return reply(404);
    // Steps 6 and 7.
    const key = keyOf(aor);
    const origin = { callId: request.callId, sequence: request.cseq.sequence };
    const now = this.#options.now();
    const conclude = (refusal: BindingRefusal | undefined) => {
      if (refusal === 'out-of-order') return reply(500, 'REGISTER Out Of Order');
      if (refusal === 'too-many') return reply(403, 'Too Many Contacts');
      return this.#listing(reply(200), key, now);
    };
    const contacts = request.contacts;
    if (contacts === '*') {
      if (request.expires !== 0) return reply(400, 'Contact * Needs Expires 0');
      return conclude(this.#bindings.removeAll(key, origin, now));
    }
    const wanted = contacts.map((contact) => this.#bindingRequest(contact, request.expires));
    const requests: BindingRequest[] = [];
    for (const each of wanted) {
      if (!each) return reply(400, 'Bad Contact');
      if (each.expires > 0 && each.expires < this.#options.minExpires) {
        const response = reply(423);
        response.headers.set('Min-Expires', String(this.#options.minExpires));
        return response;
      }
      requests.push(each);
    }
    return conclude(this.#bindings.update(key, origin, requests, now));
  }

  /** Step 8: all bindings there are now, with what remains of their time. */
  #listing(response: SipResponse, key: string, now: number): SipResponse {
    for (const { contact, q, expiresAt } of this.#bindings.lookup(key, now)) {
      const listed = contact.clone();
      if (q < 1) listed.params.set('q', String(q));
      listed.params.set('expires', String(Math.ceil((expiresAt - now) / 1000)));
      response.headers.append('Contact', listed);
    }
    response.headers.set('Date', new Date(this.#options.date()).toUTCString());
    return response;
  }

  /** A contact with its own `expires`, else that of the header, else the registrar's (§10.2.1.1). */
  #bindingRequest(written: NameAddr, headerExpires: number | undefined): BindingRequest | undefined {
    if (!(written.uri instanceof SipUri)) return undefined;
    const contact = written.clone();
    const expires = seconds(contact.params.get('expires')) ?? headerExpires ?? this.#options.defaultExpires;
    const q = Number(contact.params.get('q') ?? 1);
    contact.params.delete('expires');
    contact.params.delete('q');
    return {
      contact,
      uri: written.uri,
      q: q >= 0 && q <= 1 ? q : 1,
      expires: Math.min(expires, this.#options.maxExpires),
    };
  }
}

/** An address-of-record without what does not identify it: parameters, port, case of the host (§10.3 step 5). */
const keyOf = (aor: SipUri) => `${aor.user ?? ''}@${aor.host.toLowerCase()}`;

/** A malformed `expires` counts as none (§20.10 treats it as 3600, the default of most registrars). */
const seconds = (text: string | undefined) =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
