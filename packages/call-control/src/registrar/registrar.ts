import {
  type Flow,
  NameAddr,
  type RandomBytes,
  type SipRequest,
  SipResponse,
  SipUri,
  systemRandom,
} from '@offhook/sip-core';
import { type Binding, type BindingRefusal, type BindingRequest, Bindings } from './bindings';
import { type GruuOwner, Gruus } from './gruus';

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
  /** Whether contacts can be bound to flows (RFC 5626); default true. */
  readonly outbound?: boolean;
  /**
   * Seconds of silence after which a flow is taken for dead, for Flow-Timer (RFC 5626 §10.4); 0, the default: nothing is said, and keep-alives
   * come as often as the RFC has it.
   */
  readonly flowTimer?: number;
  /** Whether user agents that ask for a GRUU get one (RFC 5627); default false. */
  readonly gruu?: boolean;
  /** Routes that user agents are to send their requests by (RFC 3608); default none. */
  readonly serviceRoute?: readonly NameAddr[];
  /** Monotonic time in ms. */
  readonly now: () => number;
  /** Wall-clock time in ms since 1970, for the Date header. */
  readonly date: () => number;
  /** Randomness of GRUUs; that of the machine when absent. */
  readonly random?: RandomBytes;
}

/** What is known of a REGISTER beside what it says. */
export interface RegisterContext {
  /** The authenticated user, who may change only the bindings of the same name; undefined: nobody was asked. */
  user?: string;
  /** Tag of To in the response. */
  toTag?: string;
  /** What the request came over: contacts can be bound to it, and requests to them go back over it (RFC 5626 §6). */
  flow?: Flow;
}

/** Registrations after which temporary GRUUs are looked through for those nobody has any more. */
const SWEEP_AFTER = 1_000;

/**
 * A registrar: answers REGISTER requests and keeps the bindings they make, step by step as RFC 3261 §10.3 has it, with flows (RFC
 * 5626), Path (RFC 3327) and GRUUs (RFC 5627). Authentication (step 3) comes before it and tells it who asks; it does no I/O itself.
 *
 * @example
 * ```ts
 * const registrar = new Registrar({ domains: ['example.com'], now: clock.now, date: clock.date });
 * const { request, toTag, flow } = transaction;
 * transaction.respond(registrar.answer(request, { user: 'alice', toTag, flow }));
 * const [best] = registrar.lookup(SipUri.parse('sip:alice@example.com'));
 * ```
 */
export class Registrar {
  readonly #options: Required<RegistrarOptions>;
  readonly #domains: ReadonlySet<string>;
  readonly #bindings: Bindings;
  readonly #gruus: Gruus;
  #sinceSweep = 0;

  constructor(options: RegistrarOptions) {
    this.#options = {
      knows: () => true,
      defaultExpires: 3600,
      minExpires: 60,
      maxExpires: 7200,
      maxBindings: 10,
      outbound: true,
      flowTimer: 0,
      gruu: false,
      serviceRoute: [],
      random: systemRandom,
      ...options,
    };
    this.#domains = new Set(options.domains.map((domain) => domain.toLowerCase()));
    this.#bindings = new Bindings(this.#options.maxBindings);
    this.#gruus = new Gruus(this.#options.random);
  }

  /** Whether a URI belongs to one of the registrar's domains. */
  serves(uri: SipUri): boolean {
    return this.#domains.has(uri.host.toLowerCase());
  }

  /**
   * Where a user can be reached now, the most preferred first; of a GRUU, where that very user agent can. Several flows of one user agent
   * are ways to the same phone: try the next only when one has failed (RFC 5626 §5.3).
   */
  lookup(uri: SipUri): readonly Binding[] {
    const owner = this.#gruus.ownerOf(uri);
    const bindings = this.#bindings.lookup(owner?.aor ?? keyOf(uri), this.#options.now());
    return owner ? bindings.filter((each) => isOf(each, owner)) : bindings;
  }

  /** The addresses-of-record registered now, as `user@host`. */
  registered(): string[] {
    return [...this.#bindings.registered(this.#options.now())];
  }

  /** Answers a REGISTER. */
  answer(request: SipRequest, context: RegisterContext = {}): SipResponse {
    const { user, toTag, flow } = context;
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
    const path = pathOf(request);
    if (!path) return reply(400, 'Bad Path');
    const origin = { callId: request.callId, sequence: request.cseq.sequence, flow, path };
    const now = this.#options.now();
    const conclude = (refusal: BindingRefusal | undefined, byFlow = false) => {
      if (refusal === 'out-of-order') return reply(500, 'REGISTER Out Of Order');
      if (refusal === 'too-many') return reply(403, 'Too Many Contacts');
      const response = this.#listing(reply(200), request, key, now);
      if (byFlow) this.#grantFlow(response);
      return response;
    };
    const contacts = request.contacts;
    if (contacts === '*') {
      if (request.expires !== 0) return reply(400, 'Contact * Needs Expires 0');
      return conclude(this.#bindings.removeAll(key, origin, now));
    }
    const keepable = flow !== undefined || path.length > 0;
    const flows = this.#options.outbound && keepable && request.supported.includes('outbound');
    const wanted = contacts.map((contact) => this.#bindingRequest(contact, request.expires, flows));
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
    const byFlow = requests.some(({ regId }) => regId !== undefined);
    if (byFlow) {
      // RFC 5626 §6: one flow, one contact.
      if (requests.filter(({ expires }) => expires > 0).length > 1) return reply(400, 'One Contact For A Flow');
      if (!isFirstHopAble(request, path)) return reply(439, 'First Hop Lacks Outbound Support');
    }
    return conclude(this.#bindings.update(key, origin, requests, now), byFlow);
  }

  /** Step 8: all bindings there are now, with what remains of their time. */
  #listing(response: SipResponse, request: SipRequest, key: string, now: number): SipResponse {
    const { headers } = response;
    const gruus = this.#options.gruu && request.supported.includes('gruu');
    for (const binding of this.#bindings.lookup(key, now)) {
      const listed = binding.contact.clone();
      if (binding.q < 1) listed.params.set('q', String(binding.q));
      if (gruus && binding.instanceId !== undefined) this.#nameGruus(listed, binding, key);
      listed.params.set('expires', String(Math.ceil((binding.expiresAt - now) / 1000)));
      headers.append('Contact', listed);
    }
    // RFC 3327 §5.3: the user agent may want to know by what way it is reached.
    headers.copyFrom(request.headers, 'Path');
    for (const route of this.#options.serviceRoute) headers.append('Service-Route', route);
    headers.set('Date', new Date(this.#options.date()).toUTCString());
    return response;
  }

  #nameGruus({ params }: NameAddr, { instanceId = '', callId }: Binding, aor: string): void {
    const owner = { aor, instanceId };
    params.set('pub-gruu', this.#gruus.public(owner).toString());
    params.set('temp-gruu', this.#gruus.temporary(owner, callId).toString());
    if (++this.#sinceSweep < SWEEP_AFTER) return;
    this.#sinceSweep = 0;
    this.#gruus.sweep((each) => this.#bindings.lookup(each.aor, this.#options.now()).some((it) => isOf(it, each)));
  }

  /** RFC 5626 §6: says that requests come back over the flow, and how long it may be silent. */
  #grantFlow({ headers }: SipResponse): void {
    headers.append('Require', 'outbound');
    headers.append('Supported', 'path, outbound');
    if (this.#options.flowTimer > 0) headers.set('Flow-Timer', String(this.#options.flowTimer));
  }

  /** A contact with its own `expires`, else that of the header, else the registrar's (§10.2.1.1). */
  #bindingRequest(written: NameAddr, headerExpires: number | undefined, flows: boolean): BindingRequest | undefined {
    if (!(written.uri instanceof SipUri)) return undefined;
    const contact = written.clone();
    const { params } = contact;
    const expires = seconds(params.get('expires')) ?? headerExpires ?? this.#options.defaultExpires;
    const q = Number(params.get('q') ?? 1);
    const instanceId = params.get('+sip.instance')?.replace(/^<|>$/g, '');
    const regId = seconds(params.get('reg-id'));
    // What is the registrar's to say is not taken from the user agent.
    for (const name of ['expires', 'q', 'pub-gruu', 'temp-gruu']) params.delete(name);
    return {
      contact,
      uri: written.uri,
      q: q >= 0 && q <= 1 ? q : 1,
      instanceId,
      // RFC 5626 §6: a flow is an instance's; a number alone says nothing.
      regId: flows && instanceId !== undefined && regId !== undefined && regId > 0 ? regId : undefined,
      expires: Math.min(expires, this.#options.maxExpires),
    };
  }
}

/** Path, the proxy nearest to the registrar first (RFC 3327 §5.3). */
function pathOf(request: SipRequest): NameAddr[] | undefined {
  try {
    return request.headers.getAll('Path').map((text) => NameAddr.parse(text));
  } catch {
    return undefined;
  }
}

/** RFC 5626 §6: whether the first hop keeps the flow: the proxy that added the last Path, or the registrar itself. */
function isFirstHopAble(request: SipRequest, path: readonly NameAddr[]): boolean {
  const nearest = path.at(-1)?.uri;
  if (nearest) return nearest instanceof SipUri && nearest.params.has('ob');
  return request.vias.length === 1;
}

const isOf = (binding: Binding, owner: GruuOwner): boolean =>
  binding.instanceId?.toLowerCase() === owner.instanceId.toLowerCase();

/** An address-of-record without what does not identify it: parameters, port, case of the host (§10.3 step 5). */
const keyOf = (aor: SipUri) => `${aor.user ?? ''}@${aor.host.toLowerCase()}`;

/** A malformed `expires` counts as none (§20.10 treats it as 3600, the default of most registrars). */
const seconds = (text: string | undefined) =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
