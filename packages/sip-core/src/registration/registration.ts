import { DigestClient } from '../auth/digest-client';
import { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import { SipUri, type Uri } from '../message/uri';
import { SipStateError } from '../platform/errors';
import { TypedEmitter } from '../platform/typed-emitter';
import type { StackHost } from '../stack/stack-host';
import type { Address, Flow } from '../transport/transport';
import type { Line } from './line';
import { withExpires } from './register-request';
import { type RegisteredContact, sameInstance } from './registered-contact';
import type { RegistrationCenter } from './registration-center';
import { type LegOwner, RegistrationLeg } from './registration-leg';
import type {
  RegistrationDetail,
  RegistrationEvents,
  RegistrationFlow,
  RegistrationOptions,
  RegistrationState,
} from './registration-options';

/**
 * A binding of an address-of-record to this user agent (RFC 3261 §10.2), kept alive until it is removed: refreshed before it
 * expires, with the same Call-ID and a rising CSeq; tried again, with growing and scattered pauses, when it fails.
 *
 * With {@link RegistrationOptions.outbound} it is bound to flows (RFC 5626), one or several, that are kept alive and replaced when they
 * break; it stays registered while one of them lives. Requests of the line are sent with the `registration` option of
 * {@link SipStack.invite} and others, and then take its flow, its Service-Route (RFC 3608) and its GRUU (RFC 5627).
 */
export class Registration extends TypedEmitter<RegistrationEvents> implements Line {
  /** Address-of-record. */
  readonly aor: SipUri;
  readonly #center: RegistrationCenter;
  readonly #owner: LegOwner;
  readonly #options: RegistrationOptions;
  readonly #servers: readonly SipUri[];
  readonly #instanceId: string | undefined;
  readonly #legs: RegistrationLeg[] = [];
  #state: RegistrationState = 'unregistered';
  #stopped = false;
  #removing: Promise<void> | undefined;

  /** @internal Made by {@link SipStack.register}. */
  constructor(host: StackHost, center: RegistrationCenter, options: RegistrationOptions) {
    super();
    this.#center = center;
    this.#options = options;
    this.aor = uriOf(options.aor);
    const { scheme, host: domain, port, params } = this.aor;
    const registrar = options.registrar ?? new SipUri({ scheme, host: domain, port, params: params.clone() });
    const { server, servers = server === undefined ? [] : [server], outbound = false, gruu = 'none' } = options;
    this.#servers = servers.map(uriOf);
    const { instanceId = outbound || gruu !== 'none' ? center.instanceId : undefined } = options;
    this.#instanceId = instanceId;
    const registration = this;
    this.#owner = {
      host,
      center,
      options,
      instanceId,
      aor: this.aor,
      registrar: uriOf(registrar),
      get stopped() {
        return registration.#stopped;
      },
      serversFor: (leg) => this.#serversFor(leg),
      takenBy: (leg) => this.#takenBy(leg),
      spareFor: (leg) => this.#legs.some((each) => each !== leg && each.state === 'registered'),
      changed: (leg, detail) => this.#changed(leg, detail),
    };
    const flows = outbound ? (options.flows ?? Math.max(1, this.#servers.length)) : 1;
    for (let regId = 1; regId <= flows; regId++) {
      const digest = DigestClient.of(options.credentials, host.random);
      this.#legs.push(new RegistrationLeg(this.#owner, regId, digest));
    }
    center.add(this);
  }

  /** Where the registration stands. */
  get state(): RegistrationState {
    return this.#state;
  }

  /** The Contact bound; of several flows that of the first one that is registered. Undefined before. */
  get contact(): NameAddr | undefined {
    return this.#leg.contact;
  }

  /** The flows of the registration; one of a plain registration. */
  get flows(): readonly RegistrationFlow[] {
    return this.#legs;
  }

  /** Instance it is registered as (RFC 5626 §4.1); undefined unless asked for. */
  get instanceId(): string | undefined {
    return this.#instanceId;
  }

  /** All bindings of the address-of-record as the registrar listed them last, those of other user agents included. */
  get bindings(): readonly RegisteredContact[] {
    return this.#leg.grant?.listed ?? [];
  }

  /** Bindings of our own instance that none of our flows stands behind: left from before a restart, or from another address. */
  get staleBindings(): readonly RegisteredContact[] {
    return this.bindings.filter(
      (each) => sameInstance(each.instanceId, this.#instanceId) && !this.#legs.some((leg) => standsBehind(leg, each)),
    );
  }

  /** Further addresses of the user, the default one first (RFC 7315 §4.1); empty when the registrar names none. */
  get associatedUris(): readonly NameAddr[] {
    return this.#leg.grant?.associated ?? [];
  }

  /** Proxies between us and the registrar that calls come through (RFC 3327). */
  get path(): readonly NameAddr[] {
    return this.#leg.grant?.path ?? [];
  }

  /** Routes requests of the line begin with (RFC 3608). */
  get serviceRoute(): readonly NameAddr[] {
    return this.#leg.grant?.serviceRoute ?? [];
  }

  /** The URI that leads to this very user agent from everywhere (RFC 5627); undefined unless asked for and given. */
  get gruu(): SipUri | undefined {
    return this.#leg.grant?.gruu;
  }

  /** The flow of the line: with outbound only. */
  get flow(): Flow | undefined {
    return this.#legs.find(({ state, outbound, flow }) => state === 'registered' && outbound && flow && !flow.closed)
      ?.flow;
  }

  /** The server that has registered us last, when one was set; where requests of the line go when there is no flow. */
  get server(): SipUri | undefined {
    return this.#leg.server ?? this.#servers[0];
  }

  /** @internal The leg that speaks for the registration. */
  get #leg(): RegistrationLeg {
    return this.#legs.find(({ state }) => state === 'registered') ?? this.#legs[0]!;
  }

  /** Our Contact in requests and responses of the line that go over a flow: the GRUU, or the address bound. */
  contactOver(flow: Flow): NameAddr | undefined {
    const leg =
      this.#legs.find((each) => each.flow === flow && each.state === 'registered') ??
      this.#legs.find((each) => each.state === 'registered');
    if (!leg?.contact) return undefined;
    if (leg.grant?.gruu) return new NameAddr(leg.grant.gruu.clone());
    const uri = leg.contact.uri.clone();
    // RFC 5626 §4.3: requests of the dialog shall come back over the flow.
    if (leg.outbound && uri instanceof SipUri) uri.params.set('ob', '');
    return new NameAddr(uri);
  }

  /**
   * Registers, and keeps it so from then on. Resolves once registered.
   *
   * @throws SipResponseError when the registrar refuses, SipTimeoutError, SipTransportError: through the promise. It is tried again all
   *   the same, until {@link stop} or {@link remove}, unless the refusal is one of credentials (401, 403, 407) or of us (404), or
   *   {@link RegistrationOptions.retry} says otherwise
   */
  start(): Promise<void> {
    if (this.#stopped) {
      this.#stopped = false;
      this.#center.add(this);
    }
    return this.refresh();
  }

  /** Registers again now. Settles as {@link start} does: with several flows, as soon as one is registered. */
  async refresh(): Promise<void> {
    if (this.#stopped) throw new SipStateError('The registration has been stopped.');
    const live = this.#legs.filter(({ state }) => state === 'registered');
    await first((live.length === 0 ? [this.#legs[0]!] : live).map((leg) => leg.attempt()));
  }

  /**
   * The network is another one: gives up what there was of flows, and registers at once from the new address. A plain binding of the
   * former address is taken away in the same request. Settles as {@link refresh}.
   */
  async networkChanged(): Promise<void> {
    if (this.#stopped) throw new SipStateError('The registration has been stopped.');
    const { flows, restart } = this.abandonFlows();
    for (const flow of flows) flow.close();
    await restart();
  }

  /** @internal Gives up all flows. */
  abandonFlows(): { flows: readonly Flow[]; restart(): Promise<void> } {
    const used = this.#legs.filter((leg, index) => index === 0 || leg.state !== 'idle');
    const flows = used.map((leg) => leg.abandonFlow()).filter((flow) => flow !== undefined);
    return { flows, restart: () => first(used.map((leg) => leg.restart())) };
  }

  /**
   * Asks the registrar for the bindings there are (RFC 3261 §10.2.3), without changing any.
   *
   * @throws SipResponseError, SipTimeoutError, SipTransportError
   */
  async fetchBindings(): Promise<readonly RegisteredContact[]> {
    await this.#leg.ask([]);
    return this.bindings;
  }

  /**
   * Takes bindings away (RFC 3261 §10.2.2), such as {@link staleBindings}, those of this registration excepted.
   *
   * @throws SipResponseError, SipTimeoutError, SipTransportError
   */
  async removeBindings(bindings: readonly RegisteredContact[]): Promise<void> {
    const others = bindings.filter((each) => !this.#legs.some((leg) => standsBehind(leg, each)));
    // RFC 5626 §6: a request that names a flow names one contact.
    const contacts = others.map(({ contact }) => withExpires(new NameAddr(contact.uri.clone()), 0));
    if (contacts.length > 0) await this.#leg.ask(contacts);
  }

  /** Takes the binding away (RFC 3261 §10.2.2). Resolves when the registrar says so, or does not answer. */
  remove(): Promise<void> {
    this.#removing ??= this.#remove().finally(() => {
      this.#removing = undefined;
    });
    return this.#removing;
  }

  async #remove(): Promise<void> {
    // What waits for its turn gives up; what is under way is let finish, so that nothing binds us again.
    const wasStopped = this.#stopped;
    this.#stopped = true;
    await Promise.all(this.#legs.map((leg) => leg.settled()));
    const details = await Promise.all(this.#legs.map((leg) => leg.unbind()));
    if (!wasStopped || this.#state !== 'unregistered') {
      this.#enter('unregistered', details.find((detail) => detail?.status !== undefined) ?? details[0] ?? {});
    }
    this.#center.remove(this);
  }

  /** As {@link remove}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.remove();
  }

  /** Stops refreshing without a word to the registrar. */
  stop(): void {
    this.#stopped = true;
    for (const leg of this.#legs) leg.rest();
    this.#center.remove(this);
  }

  /** @internal Users in Request-URI or To of requests for it. */
  get users(): readonly string[] {
    const given = this.#options.contact;
    const uri = typeof given === 'string' ? NameAddr.parse(given).uri : given?.uri;
    const user = this.aor.user ?? '';
    return uri instanceof SipUri && (uri.user ?? '') !== user ? [user, uri.user ?? ''] : [user];
  }

  /** @internal Whether messages of the user over a flow carry a Contact of this line. */
  owns(flow: Flow): boolean {
    return this.#legs.some((leg) => leg.flow === flow && leg.state === 'registered' && leg.particular);
  }

  /** @internal How well a request that came over a flow fits, from 0: not at all. */
  fit(request: SipRequest, flow: Flow): number {
    const { uri } = request;
    const to = request.to.uri;
    const called = to instanceof SipUri && to.user === this.aor.user && sameHost(to, this.aor);
    const bound = this.#legs.some((leg) => leads(uri, leg));
    const over = this.#legs.some((leg) => leg.flow && sameFlow(leg.flow, flow));
    // The Contact alone may be that of several lines; whom the caller asked for, and the path it came by, tell them apart.
    if (!bound && !called) return 0;
    return (bound ? 4 : 0) + (called ? 2 : 0) + (over ? 1 : 0);
  }

  #serversFor(leg: RegistrationLeg): readonly (SipUri | undefined)[] {
    if (this.#servers.length === 0) return [undefined];
    const taken = new Set(
      this.#legs.filter((each) => each !== leg && each.state === 'registered').map(({ server }) => server),
    );
    const free = this.#servers.filter((server) => !taken.has(server));
    const candidates = free.length > 0 ? free : this.#servers;
    // The one that did last, then the others as they were given.
    const preferred =
      candidates.find((server) => server === leg.server) ?? candidates[(leg.regId - 1) % candidates.length];
    return [preferred, ...candidates.filter((server) => server !== preferred)];
  }

  #takenBy(leg: RegistrationLeg): readonly Address[] {
    if (this.#legs.length === 1) return [];
    return this.#legs
      .filter((each) => each !== leg && each.state === 'registered' && each.flow)
      .map(({ flow }) => flow!.remote);
  }

  #changed(leg: RegistrationLeg, detail: RegistrationDetail): void {
    if (leg.state !== 'registering') this.emit('flow', leg, detail);
    if (this.#stopped && leg.state !== 'registered') return;
    if (leg.state === 'registered') {
      this.#enter('registered', detail);
      if (this.#stopped) return;
      if (leg.outbound) this.#startOthers();
      // A registrar that cannot tell flows apart needs one only.
      else if (this.#owner.spareFor(leg)) leg.rest();
      if (this.#options.staleBindings === 'remove' && this.staleBindings.length > 0) {
        this.removeBindings(this.staleBindings).catch(() => {});
      }
      return;
    }
    const states = this.#legs.map(({ state }) => state);
    if (states.includes('registered')) return;
    if (states.includes('registering')) {
      if (this.#state !== 'registering') this.#enter('registering', detail);
    } else {
      this.#enter('failed', detail);
    }
  }

  /** RFC 5626 §4.2.1: further flows, once the registrar has shown that it can tell them apart. */
  #startOthers(): void {
    for (const leg of this.#legs) if (leg.state === 'idle') leg.attempt().catch(() => {});
  }

  #enter(state: RegistrationState, detail: RegistrationDetail): void {
    this.#state = state;
    this.emit('state', state, detail);
  }
}

/** Settles with the first success, or else with the first failure. */
async function first(attempts: readonly Promise<void>[]): Promise<void> {
  if (attempts.length === 1) return attempts[0];
  await Promise.any(attempts).catch((error: AggregateError) => {
    throw error.errors[0];
  });
}

const uriOf = (uri: SipUri | string): SipUri => (typeof uri === 'string' ? SipUri.parse(uri) : uri);

function standsBehind(leg: RegistrationLeg, { contact, regId }: RegisteredContact): boolean {
  if (leg.outbound && regId !== undefined) return regId === leg.regId;
  return leg.contact?.uri.equals(contact.uri) === true;
}

/** Whether a Request-URI is the Contact of a leg, or its GRUU, whatever parameters have come with it. */
function leads(uri: Uri, { contact, grant }: RegistrationLeg): boolean {
  if (!(uri instanceof SipUri)) return false;
  const sameAs = (own: Uri | undefined) =>
    own instanceof SipUri && own.user === uri.user && sameHost(own, uri) && own.port === uri.port;
  return sameAs(contact?.uri) || sameAs(grant?.gruu);
}

const sameHost = (a: SipUri, b: SipUri): boolean => a.host.toLowerCase() === b.host.toLowerCase();

/** The very flow, or another one from the same address. */
const sameFlow = (a: Flow, b: Flow): boolean =>
  a === b || (a.protocol === b.protocol && a.remote.host === b.remote.host && a.remote.port === b.remote.port);
