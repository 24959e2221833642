import {
  allowNextHop,
  type Clock,
  DigestServer,
  type IncomingSession,
  type Logger,
  type RandomBytes,
  type ServerTransaction,
  SipStack,
  type SipUri,
  systemClock,
  systemRandom,
  type TraceEvent,
  type Transport,
  TypedEmitter,
} from '@offhook/sip-core';
import type { Call } from '../call/call';
import type { DnConfiguration } from '../dn/dn';
import { DnDirectory } from '../dn/dn-directory';
import type { DnOptions } from '../dn/dn-options';
import { execute } from '../procedures/execute';
import { Registrar, type RegistrarOptions } from '../registrar/registrar';
import type { TEvent } from '../tlib/events';
import { TClient } from '../tlib/t-client';
import { CallControl, type MediaServers } from './call-control';
import { IncomingCalls } from './incoming-calls';
import { LegPlacer } from './leg-placer';

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
  /** DNs beyond those of the users, and options of theirs. */
  readonly dns?: Readonly<Record<string, DnConfiguration>>;
  /** Options of all DNs that have none of their own. */
  readonly options?: DnOptions;
  /** Where music, treatments and conferences come from. */
  readonly mediaServers?: MediaServers;
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
  call: [call: Call];
  /** What T-Lib clients are told, of all DNs. */
  event: [event: TEvent];
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
  readonly #users: ReadonlyMap<string, string>;
  readonly #logger: Logger | undefined;
  readonly #control: CallControl;
  readonly #incoming: IncomingCalls;

  constructor(options: SipServerOptions) {
    super();
    const { transports, domains, clock = systemClock, random, logger } = options;
    const realm = options.realm ?? domains[0] ?? 'offhook';
    this.#users = new Map(Object.entries(options.users));
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
    const dns = new DnDirectory(this.#users.keys(), options.dns, options.options);
    const services = new Map(Object.entries(options.services ?? {}));
    const place = new LegPlacer(
      this.#stack,
      this.registrar,
      dns,
      services,
      domains[0] ?? 'localhost',
      random ?? systemRandom,
    );
    this.#control = new CallControl(dns, place, options.mediaServers ?? {}, clock, random ?? systemRandom, logger);
    this.#control.on('event', (event) => {
      this.emit('event', event);
    });
    this.#incoming = new IncomingCalls(this.#control, (call) => {
      this.emit('call', call);
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

  /** Calls with a party that has not gone. */
  get calls(): readonly Call[] {
    return [...this.#control.calls];
  }

  /** The DNs. */
  get dns(): DnDirectory {
    return this.#control.dns;
  }

  /**
   * Opens a T-Lib link in this process (TOpenServer): requests in, events out.
   *
   * @example
   * ```ts
   * const desktop = server.openServer();
   * desktop.on('event', (event) => console.log(event.event, event.thisDN));
   * await desktop.request({ request: 'TRegisterAddress', thisDN: 'alice' });
   * await desktop.request({ request: 'TMakeCall', thisDN: 'alice', otherDN: 'bob' });
   * ```
   */
  openServer(): TClient {
    const client = new TClient(
      (from, request, referenceID) => void execute(this.#control, this.#incoming, from, request, referenceID),
      (from) => this.#control.clients.delete(from),
    );
    this.#control.clients.add(client);
    return client;
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
      else this.#incoming.connect(caller, allowance);
    }
  }
}

const isOpen = ({ state }: IncomingSession) => state !== 'terminated';
