import {
  allowNextHop,
  type Clock,
  DigestServer,
  type HopAllowance,
  type IncomingSession,
  type Logger,
  NameAddr,
  type RandomBytes,
  type ServerTransaction,
  SipStack,
  type SipUri,
  systemClock,
  type TraceEvent,
  type Transport,
  TypedEmitter,
} from '@offhook/sip-core';
import { Registrar, type RegistrarOptions } from '../registrar/registrar';
import { route } from './routing';
import { TwoPartyCall } from './two-party-call';

/** How a {@link SipServer} is set up. */
export interface SipServerOptions {
  /** What it listens on and sends from. */
  readonly transports: readonly Transport[];
  /** The domains it is responsible for: hosts as they stand in addresses, without ports. */
  readonly domains: readonly string[];
  /** Passwords by user name. Users of all domains are the same. */
  readonly users: Readonly<Record<string, string>>;
  /** Services by the user part they are called at; nobody has to be registered for them. */
  readonly services?: Readonly<Record<string, SipUri>>;
  /** Whether a caller has to be one of the users, proved by digest; default true. */
  readonly authenticateCalls?: boolean;
  /** Realm of the digest authentication; default the first domain. */
  readonly realm?: string;
  /** Limits of the registrar. */
  readonly registrar?: Omit<RegistrarOptions, 'domains' | 'knows' | 'now' | 'date' | 'random'>;
  /** Time and timers; those of the machine when absent. */
  readonly clock?: Clock;
  /** Randomness; that of the machine when absent. */
  readonly random?: RandomBytes;
  /** Where to write what happens; nowhere when absent. */
  readonly logger?: Logger;
}

/** Events of a {@link SipServer}. */
export interface SipServerEvents {
  /** A call began to be set up between a caller and a callee. */
  call: [call: TwoPartyCall];
  /** Each message on its way in or out. */
  trace: [event: TraceEvent];
}

/**
 * A registrar, and a back-to-back user agent between the users registered with it and the services it knows: each party
 * has a dialog with the server, and media flows between the parties, never through the server.
 *
 * @example
 * ```ts
 * const server = new SipServer({
 *   transports: [new UdpTransport({ host: '127.0.0.1', port: 5060 })],
 *   domains: ['127.0.0.1'],
 *   users: { alice: 'secret', bob: 'hidden' },
 * });
 * await server.start();
 * ```
 */
export class SipServer extends TypedEmitter<SipServerEvents> {
  /** Who is registered. */
  readonly registrar: Registrar;
  readonly #stack: SipStack;
  readonly #registrarDigest: DigestServer;
  readonly #callDigest: DigestServer | undefined;
  readonly #services: ReadonlyMap<string, SipUri>;
  readonly #users: ReadonlyMap<string, string>;
  readonly #logger: Logger | undefined;
  readonly #calls = new Set<TwoPartyCall>();

  constructor(options: SipServerOptions) {
    super();
    const { transports, domains, clock = systemClock, random, logger } = options;
    const realm = options.realm ?? domains[0] ?? 'offhook';
    this.#users = new Map(Object.entries(options.users));
    this.#services = new Map(Object.entries(options.services ?? {}));
    this.#logger = logger;
    const digest = { realm, password: (user: string) => this.#users.get(user), clock, ...(random && { random }) };
    this.#registrarDigest = new DigestServer(digest);
    if (options.authenticateCalls !== false) this.#callDigest = new DigestServer({ ...digest, proxy: true });
    this.registrar = new Registrar({
      ...options.registrar,
      domains,
      knows: ({ user }) => user !== undefined && this.#users.has(user),
      now: () => clock.now(),
      date: () => clock.date(),
      ...(random && { random }),
    });
    this.#stack = new SipStack({
      transports,
      clock,
      userAgent: 'Offhook call-control',
      allow: ['REGISTER'],
      ...(random && { random }),
      ...(logger && { logger }),
    });
    this.#stack.on('request', (transaction) => this.#request(transaction));
    this.#stack.on('invite', (caller) => this.#invited(caller));
    this.#stack.on('trace', (event) => {
      this.emit('trace', event);
    });
  }

  /** What it listens on, ports known once it has started. */
  get transports(): readonly Transport[] {
    return this.#stack.transports;
  }

  /** Calls with a leg that has not ended. */
  get calls(): ReadonlySet<TwoPartyCall> {
    return this.#calls;
  }

  /**
   * Listens.
   *
   * @throws SipTransportError when a port is in use or an address is none of this machine
   */
  start(): Promise<void> {
    return this.#stack.start();
  }

  /** Ends all calls and stops listening. Bindings are kept. */
  close(): Promise<void> {
    return this.#stack.close();
  }

  /** Closes it: `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #request(transaction: ServerTransaction): Promise<void> {
    const { method } = transaction.request;
    const allow: [string, string] = ['Allow', this.#stack.allow.join(', ')];
    if (method === 'REGISTER') await this.#register(transaction);
    else if (method === 'OPTIONS') transaction.reply(200, { headers: [allow, ['Accept', 'application/sdp']] });
    else transaction.reply(405, { headers: [allow] });
  }

  async #register(transaction: ServerTransaction): Promise<void> {
    const { request, toTag, flow } = transaction;
    const verdict = await this.#registrarDigest.verify(request);
    if (!verdict.ok) {
      const headers = this.#registrarDigest.challenge(verdict.stale);
      transaction.reply(this.#registrarDigest.status, { headers });
      return;
    }
    const response = this.registrar.answer(request, { user: verdict.username, toTag, flow });
    this.#logger?.info({ user: verdict.username, status: response.status }, 'REGISTER answered');
    transaction.respond(response);
  }

  #invited(caller: IncomingSession): void {
    this.#admit(caller).catch((error: unknown) => {
      this.#logger?.error({ error }, 'A call could not be set up.');
      if (isOpen(caller)) caller.reject(500);
    });
  }

  async #admit(caller: IncomingSession): Promise<void> {
    const { invite } = caller;
    const verdict = await this.#callDigest?.verify(invite);
    if (!isOpen(caller)) return;
    if (verdict && !verdict.ok) {
      caller.reject(this.#callDigest!.status, undefined, this.#callDigest!.challenge(verdict.stale));
    } else if (verdict?.ok && verdict.username !== invite.from.sipUri?.user) {
      caller.reject(403, 'Not Your Address');
    } else {
      const allowance = allowNextHop(invite);
      if ('status' in allowance) caller.reject(allowance.status);
      else this.#connect(caller, allowance);
    }
  }

  #connect(caller: IncomingSession, { maxForwards, maxBreadth }: HopAllowance): void {
    const { invite } = caller;
    const found = route(invite.uri, this.registrar, this.#services, (user) => this.#users.has(user));
    if ('refusal' in found) {
      caller.reject(found.refusal);
      return;
    }
    const call = new TwoPartyCall(caller, (offerAnswer, delayedOffer) =>
      this.#stack.invite({
        uri: found.uri,
        routes: found.routes,
        ...(found.flow && { flow: found.flow }),
        from: new NameAddr(invite.from.uri, invite.from.displayName),
        to: new NameAddr(invite.to.uri, invite.to.displayName),
        maxForwards,
        headers: [['Max-Breadth', String(maxBreadth[0])], ...passedOn([...invite.headers])],
        offerAnswer,
        delayedOffer,
      }),
    );
    this.#calls.add(call);
    call.on('ended', () => this.#calls.delete(call));
    this.emit('call', call);
  }
}

const isOpen = ({ state }: IncomingSession) => state !== 'terminated';

/** Header fields of the caller's INVITE that the callee gets to see: those of applications, and the subject. */
const passedOn = (headers: readonly [string, string][]) => headers.filter(([name]) => /^(x-.+|subject|s)$/i.test(name));
