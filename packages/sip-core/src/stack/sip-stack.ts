import { DigestClient } from '../auth/digest-client';
import { DialogRegistry } from '../dialog/dialog-registry';
import type { TransactionCounters } from '../limits/counters';
import { TargetHealth } from '../locate/target-health';
import { NameAddr } from '../message/name-addr';
import type { SipResponse } from '../message/response';
import { parseUri, SipUri, type Uri } from '../message/uri';
import { type MessageOptions, sendMessage } from '../messaging/send-message';
import { type Clock, systemClock } from '../platform/clock';
import { SipError, SipStateError } from '../platform/errors';
import { type Logger, silentLogger } from '../platform/logger';
import { type RandomBytes, systemRandom } from '../platform/random';
import { redactingLogger } from '../platform/redact';
import { TypedEmitter } from '../platform/typed-emitter';
import type { Publication, PublishOptions } from '../publication/publication';
import { Publisher } from '../publication/publisher';
import { Referral, type StackReferOptions } from '../refer/referral';
import { Registration } from '../registration/registration';
import { type Arrival, RegistrationCenter } from '../registration/registration-center';
import type { RegistrationOptions } from '../registration/registration-options';
import { familiesOf, flowTo, resolverOf } from '../sending/flow-choice';
import { LargeRequests } from '../sending/large-requests';
import { digestOf, exchange, newRequest, wayOf } from '../sending/new-request';
import type { RequestEnvironment } from '../sending/outgoing-request';
import { IncomingSession } from '../session/incoming-session';
import type { InviteSession } from '../session/invite-session';
import { OutgoingSession } from '../session/outgoing-session';
import { EventServer, type EventServerOptions } from '../subscription/event-server';
import type { SubscribeOptions } from '../subscription/subscribe-options';
import { Subscriber } from '../subscription/subscriber';
import type { Subscription } from '../subscription/subscription';
import type { TraceEvent } from '../trace/trace-event';
import type { TransactionObserver } from '../transaction/observer';
import { TransactionLayer } from '../transaction/transaction-layer';
import type { Flow, Transport, TransportProtocol } from '../transport/transport';
import { CallRecovery } from './call-recovery';
import { IncomingRequests } from './incoming-requests';
import { Profile } from './profile';
import type { StackFeature } from './stack-feature';
import type { StackHost } from './stack-host';
import {
  checkTexts,
  type RequestOptions,
  type SipStackEvents,
  type SipStackOptions,
  type StackInviteOptions,
} from './stack-options';

/**
 * A SIP user agent's signalling (RFC 3261 §8): transports, transactions, dialogs, INVITE sessions and registrations in one
 * object, without media and without I/O of its own.
 */
export class SipStack extends TypedEmitter<SipStackEvents> {
  readonly #options: SipStackOptions;
  readonly #layer: TransactionLayer;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #logger: Logger;
  readonly #dialogs = new DialogRegistry();
  readonly #features: StackFeature[] = [];
  readonly #sessions = new Set<InviteSession>();
  /** BYEs of sessions that are over already. */
  readonly #farewells = new Set<Promise<void>>();
  readonly #profile: Profile;
  readonly #incoming: IncomingRequests;
  #subscriber: Subscriber | undefined;
  #publisher: Publisher | undefined;
  readonly #host: StackHost;
  readonly #environment: RequestEnvironment;
  readonly #registrations: RegistrationCenter;
  readonly #recovery: CallRecovery;
  #state: 'idle' | 'running' | 'closed' = 'idle';

  constructor(options: SipStackOptions) {
    super();
    checkTexts(options);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#logger = options.logger ? redactingLogger(options.logger) : silentLogger;
    const stack = this;
    const trace = (event: TraceEvent) => this.emit('trace', event);
    this.#layer = new TransactionLayer(
      {
        request: (transaction) => this.#incoming.receive(transaction),
        ack: (ack) => this.#dialogs.receiveAck(ack),
        knows: (request) => this.#dialogs.has(request),
        // Asked for at each message: when nobody listens, nothing is made to be shown.
        get trace() {
          return stack.listenerCount('trace') > 0 ? trace : undefined;
        },
      },
      {
        clock: this.#clock,
        random: this.#random,
        ...(options.logger && { logger: this.#logger }),
        ...(options.timers && { timers: options.timers }),
        ...(options.publicAddress === undefined ? {} : { sentByHost: options.publicAddress }),
        ...(options.limits && { limits: options.limits }),
      },
    );
    const resolver = options.resolver ?? resolverOf(() => this.#layer.transports);
    const health = new TargetHealth({ clock: this.#clock, random: this.#random });
    this.#environment = {
      layer: this.#layer,
      health,
      large: new LargeRequests(options),
      locate: (uri) => {
        const families = (protocol: TransportProtocol) => familiesOf(this.#layer.transports, protocol);
        const found = resolver(uri, this.#protocols(), { families });
        return Array.isArray(found) ? health.order(found) : found.then((targets) => health.order(targets));
      },
      flow: (target) => flowTo(this.#layer.transports, target),
    };
    this.#profile = new Profile(options);
    this.#host = this.#makeHost();
    this.#incoming = new IncomingRequests(this.#host, this.#profile, this.#features, {
      get closed() {
        return stack.#state === 'closed';
      },
      get sessions() {
        return stack.#sessions.size;
      },
      invited: (session) => {
        this.#track(session);
        return this.emit('invite', session);
      },
      requested: (transaction) => this.emit('request', transaction),
    });
    this.#recovery = new CallRecovery(this.#host);
    this.#registrations = new RegistrationCenter(
      this.#host,
      (flow, user) => this.contact(flow, user),
      options.registering,
    );
  }

  /** The clock everything here goes by. */
  get clock(): Clock {
    return this.#clock;
  }

  /** Methods answered, for Allow (RFC 3261 §20.5). */
  get allow(): readonly string[] {
    return this.#profile.allow;
  }

  /** The dialogs of all sessions and subscriptions. */
  get dialogs(): DialogRegistry {
    return this.#dialogs;
  }

  /** Plugs in an extension: requests of its methods go to it, and what it can do is told to peers. */
  use(feature: StackFeature): this {
    this.#features.push(feature);
    this.#profile.add(feature);
    feature.attach?.(this.#host);
    return this;
  }

  /** The transports in use, their ports known. */
  get transports(): readonly Transport[] {
    return this.#layer.transports;
  }

  /** Transactions alive now, by what they wait for, and sources whose rate is known. */
  get transactions(): { clients: number; waiting: number; answered: number; sources: number } {
    return this.#layer.load;
  }

  /** Lets somebody watch all transactions, for statistics; until the function it answers is called. */
  observe(observer: TransactionObserver): () => void {
    return this.#layer.observe(observer);
  }

  /** Messages seen, and what was repeated, refused and dropped, by reason. */
  get counters(): Readonly<TransactionCounters> {
    return this.#layer.counters;
  }

  /** Sessions, transactions and registrations alive now, and what keeps features busy, such as subscriptions. */
  get load(): { sessions: number; transactions: number; registrations: number; features: number } {
    return {
      sessions: this.#sessions.size,
      transactions: this.#layer.size,
      registrations: this.#registrations.size,
      features: this.#features.reduce((sum, { size = 0 }) => sum + size, 0),
    };
  }

  /**
   * Listens on all transports.
   *
   * @throws SipTransportError when one cannot; those that could are closed again
   */
  async start(): Promise<void> {
    if (this.#state !== 'idle') throw new SipStateError('The stack has been started already.');
    this.#state = 'running';
    try {
      for (const transport of this.#options.transports) await this.#layer.attach(transport);
    } catch (error) {
      this.#state = 'closed';
      await this.#layer.close();
      throw error;
    }
  }

  /**
   * Ends all sessions (BYE, CANCEL or a refusal), waits for that at most `grace` ms, and closes the transports. Registrations stay
   * as the registrar knows them; remove them first.
   */
  async close(grace = 2_000): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#registrations.close();
    this.#recovery.close();
    const ending = [
      ...[...this.#sessions].map((session) => session.terminate()),
      ...this.#features.map((feature) => feature.close?.()),
      ...this.#farewells,
    ];
    if (ending.length > 0) {
      const patience = new Promise<void>((resolve) => {
        const timer = this.#clock.setTimer(grace, resolve);
        Promise.allSettled(ending).then(() => {
          timer.cancel();
          resolve();
        });
      });
      await patience;
    }
    for (const session of this.#sessions) session.end({ by: 'local' });
    for (const feature of this.#features) feature.abandon?.();
    await this.#layer.close();
  }

  /** Closes it, with the usual patience. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Begins a call. Nothing has been sent when this returns.
   *
   * @throws SipSyntaxError when an address is none; SipError `ERR_SIP_LIMIT` when there are `maxSessions` already
   */
  invite(options: StackInviteOptions): OutgoingSession {
    this.#requireRunning();
    const { maxSessions } = this.#layer.limits;
    if (this.#sessions.size >= maxSessions) {
      throw new SipError(`There are ${maxSessions} sessions already; end one first, or raise maxSessions.`, {
        code: 'ERR_SIP_LIMIT',
        status: 503,
      });
    }
    const { uri, from, to, server, credentials, ...others } = options;
    const session = new OutgoingSession(
      this.#host,
      {
        ...others,
        uri: asUri(uri),
        from: asAddress(from),
        ...(to === undefined ? {} : { to: asAddress(to) }),
        ...(server === undefined ? {} : { server: asSipUri(server) }),
      },
      DigestClient.of(credentials, this.#random),
    );
    this.#track(session);
    void session.begin();
    return session;
  }

  /**
   * Subscribes to the state of a resource (RFC 6665). Nothing has been sent when this returns. NOTIFY is in Allow from the first
   * subscription on.
   *
   * @throws SipSyntaxError when an address is none
   */
  subscribe(options: SubscribeOptions): Subscription {
    this.#requireRunning();
    return this.#notified().subscribe(options);
  }

  /** Serves an event package (RFC 6665 §4.2): the same as `use` with a new {@link EventServer}, which is returned. */
  serveEvent(options: EventServerOptions): EventServer {
    const server = new EventServer(options);
    this.use(server);
    return server;
  }

  /**
   * Asks somebody to call somebody else, outside any dialog (RFC 3515); in a call, its session has a `refer` of its own. Nothing has been sent
   * when this returns.
   *
   * @throws SipSyntaxError when an address is none; SipStateError when a call that is named has no dialog
   */
  refer(options: StackReferOptions): Referral {
    this.#requireRunning();
    return new Referral(this.#host, { target: options.target, options, addressing: options }).begin();
  }

  /** Publishes a state of ours (RFC 3903). Nothing has been sent when this returns. */
  publish(options: PublishOptions): Publication {
    this.#requireRunning();
    if (!this.#publisher) {
      this.#publisher = new Publisher();
      this.use(this.#publisher);
    }
    return this.#publisher.publish(options);
  }

  /**
   * Sends a MESSAGE outside any dialog (RFC 3428) and gives its final response, of whatever status.
   *
   * @throws SipError `ERR_SIP_MESSAGE_TOO_LARGE` over 1,300 bytes, SipTimeoutError, SipTransportError: through the promise
   */
  message(options: MessageOptions): Promise<SipResponse> {
    this.#requireRunning();
    return sendMessage(this.#host, options);
  }

  /** Makes a registration; `start()` it. @throws SipSyntaxError when an address is none */
  register(options: RegistrationOptions): Registration {
    this.#requireRunning();
    return new Registration(this.#host, this.#registrations, options);
  }

  /**
   * Sends a request outside any dialog and gives its final response, of whatever status.
   *
   * @throws SipTimeoutError, SipTransportError; the signal's reason; SipSyntaxError when an address is none
   */
  request(options: RequestOptions): Promise<SipResponse> {
    this.#requireRunning();
    const { method, registration, credentials, signal } = options;
    const request = newRequest(this.#host, method, options, options.body);
    return exchange(this.#host, request, {
      ...wayOf(options),
      digest: digestOf(this.#host, credentials),
      signal,
      sending: (sent, flow) => {
        if (method !== 'OPTIONS') return;
        sent.contact = registration?.contactOver(flow) ?? this.#host.contact(flow, request.from.sipUri?.user);
      },
    });
  }

  /**
   * The network is another one: an address was lost, a cable plugged in. All registrations that have begun register anew, at once and from
   * whatever address there is now; old connections are closed. Resolves when that is done, or has failed.
   *
   * @param options.attach transports to listen on from now on
   * @param options.detach transports to close
   * @param options.refreshDialogs whether the peers of all calls are told our new address, by a re-INVITE
   * @throws SipTransportError when a transport cannot listen
   */
  async networkChanged(
    options: { attach?: readonly Transport[]; detach?: readonly Transport[]; refreshDialogs?: boolean } = {},
  ): Promise<void> {
    this.#requireRunning();
    await this.#registrations.networkChanged(async () => {
      for (const transport of options.detach ?? []) await this.#layer.detach(transport);
      for (const transport of this.#layer.transports) transport.networkChanged?.();
      for (const transport of options.attach ?? []) await this.#layer.attach(transport);
    });
    if (!options.refreshDialogs) return;
    const calls = [...this.#sessions].filter(({ state }) => state === 'confirmed');
    await Promise.all(calls.map((call) => call.reinvite().catch(() => {})));
  }

  /** The registration that a request, or the INVITE of a session, has come for: by its Request-URI, its flow and its To. */
  registrationFor(arrival: Arrival | IncomingSession): Registration | undefined {
    if (!(arrival instanceof IncomingSession)) return this.#registrations.find(arrival);
    const { invite, flow } = arrival;
    return flow && this.#registrations.find({ request: invite, flow });
  }

  /** Our Contact for a peer reached over a flow (RFC 3261 §8.1.1.8). */
  contact(flow: Flow, user?: string): NameAddr {
    // RFC 7118 §5.2: `ws` stands for secure WebSockets too.
    const transport = flow.protocol === 'WSS' ? 'ws' : flow.protocol.toLowerCase();
    const params: Record<string, string> = flow.protocol === 'UDP' ? {} : { transport };
    return new NameAddr(new SipUri({ scheme: 'sip', user, ...this.#layer.sentBy(flow), params }));
  }

  /** Whoever takes NOTIFYs. */
  #notified(): Subscriber {
    if (!this.#subscriber) {
      this.#subscriber = new Subscriber();
      this.use(this.#subscriber);
    }
    return this.#subscriber;
  }

  #makeHost(): StackHost {
    const stack = this;
    return {
      environment: this.#environment,
      clock: this.#clock,
      random: this.#random,
      logger: this.#logger,
      dialogs: this.#dialogs,
      accept: this.#profile.accept,
      sessions: this.#profile.sessions,
      get allow() {
        return stack.#profile.allow;
      },
      get supported() {
        return stack.#profile.supported;
      },
      get events() {
        return stack.#profile.events;
      },
      farewell: (done) => {
        this.#farewells.add(done);
        void done.then(() => this.#farewells.delete(done));
      },
      decorate: (message) => this.#profile.decorate(message),
      contact: (flow, user) => this.#registrations.contactFor(flow, user) ?? this.contact(flow, user),
      answerOptions: (transaction) => {
        const { flow, request } = transaction;
        this.#profile.answerOptions(transaction, this.contact(flow, request.to.sipUri?.user));
      },
      inDialog: (transaction, dialog) => this.#incoming.offer(transaction, dialog),
      invite: (invitation) => this.invite(invitation),
      subscriber: () => this.#notified(),
      referred: (referral) => this.emit('refer', referral),
    };
  }

  #track(session: InviteSession): void {
    this.#sessions.add(session);
    this.#recovery.track(session);
    this.emit('session', session);
    session.on('ended', () => this.#sessions.delete(session));
  }

  #requireRunning(): void {
    if (this.#state !== 'running') throw new SipStateError('The stack is not running; start() it first.');
  }

  #protocols(): TransportProtocol[] {
    return this.#layer.transports.map(({ protocol }) => protocol);
  }
}

const asUri = (uri: Uri | string): Uri => (typeof uri === 'string' ? parseUri(uri) : uri);
const asSipUri = (uri: SipUri | string): SipUri => (typeof uri === 'string' ? SipUri.parse(uri) : uri);
const asAddress = (address: NameAddr | string): NameAddr =>
  typeof address === 'string' ? NameAddr.parse(address) : address;
