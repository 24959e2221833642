import { type CredentialSource, DigestClient } from '../auth/digest-client';
import { applyRoutes, type Dialog } from '../dialog/dialog';
import { DialogRegistry } from '../dialog/dialog-registry';
import { RecvInfo } from '../headers/info';
import type { TransactionCounters } from '../limits/counters';
import type { Limits } from '../limits/limits';
import { TargetHealth } from '../locate/target-health';
import { Headers } from '../message/headers';
import type { SipMessage } from '../message/message';
import { NameAddr } from '../message/name-addr';
import { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { parseUri, SipUri, type Uri } from '../message/uri';
import { Via } from '../message/via';
import { type MessageOptions, sendMessage } from '../messaging/send-message';
import { type Clock, systemClock } from '../platform/clock';
import { SipError, SipStateError, SipSyntaxError, SipTransportError } from '../platform/errors';
import { joined } from '../platform/joined';
import { type Logger, silentLogger } from '../platform/logger';
import { type RandomBytes, randomToken, systemRandom } from '../platform/random';
import { redactingLogger } from '../platform/redact';
import { TypedEmitter } from '../platform/typed-emitter';
import type { Publication, PublishOptions } from '../publication/publication';
import { Publisher } from '../publication/publisher';
import type { IncomingReferral } from '../refer/incoming-referral';
import { Referral, type StackReferOptions } from '../refer/referral';
import type { Line } from '../registration/line';
import { Registration } from '../registration/registration';
import { type Arrival, type RegisteringOptions, RegistrationCenter } from '../registration/registration-center';
import type { RegistrationOptions } from '../registration/registration-options';
import { IncomingSession } from '../session/incoming-session';
import { receivedPackages } from '../session/info';
import type { InviteSession } from '../session/invite-session';
import type { SessionBody } from '../session/offer-answer-handler';
import { type InviteOptions, OutgoingSession } from '../session/outgoing-session';
import type { HeaderList } from '../session/session-events';
import {
  type ReliableProvisional,
  type SessionSettings,
  type SessionTimerOptions,
  timerSettings,
} from '../session/session-settings';
import { EventServer, type EventServerOptions } from '../subscription/event-server';
import type { SubscribeOptions } from '../subscription/subscribe-options';
import { Subscriber } from '../subscription/subscriber';
import type { Subscription } from '../subscription/subscription';
import type { TraceEvent } from '../trace/trace-event';
import type { TransactionObserver } from '../transaction/observer';
import type { ServerTransaction } from '../transaction/server-transaction';
import type { TimerValues } from '../transaction/timer-values';
import { TransactionLayer } from '../transaction/transaction-layer';
import type { Flow, Target, Transport, TransportProtocol } from '../transport/transport';
import { LargeRequests } from './large-requests';
import { OutgoingRequest, type RequestEnvironment } from './outgoing-request';
import { type Abilities, type Refusal, refuseExtensions, refuseRequest } from './request-checks';
import { type IpFamily, numericResolver, type Resolver } from './resolver';
import type { StackFeature } from './stack-feature';
import type { StackHost } from './stack-host';

/** Settings of a {@link SipStack}. */
export interface SipStackOptions {
  /** What to listen on and send from; at least one. */
  transports: readonly Transport[];
  clock?: Clock;
  random?: RandomBytes;
  logger?: Logger;
  timers?: Partial<TimerValues>;
  /** User-Agent and Server; none when absent. */
  userAgent?: string;
  /** Finds servers; only numeric hosts and `localhost` are found when absent. `@offhook/sip-core/node` has one for names. */
  resolver?: Resolver;
  /** Methods answered beyond INVITE, ACK, CANCEL, BYE and OPTIONS; for Allow. */
  allow?: readonly string[];
  /** Option tags understood (RFC 3261 §19.2): for Supported, and what a Require may ask for. */
  supported?: readonly string[];
  /** Content types that INVITE bodies may have; `application/sdp` when absent. */
  accept?: readonly string[];
  /** Host of our Contact and Via when it is not the address a flow leaves from: a known public address. */
  publicAddress?: string;
  /** What all registrations share. */
  registering?: RegisteringOptions;
  /**
   * How requests over 1,300 bytes go that would go over UDP: `tcp`, as RFC 3261 §18.1.1 demands, when a TCP transport is open and the
   * server takes the connection, else `udp` all the same; `tcp` when absent.
   */
  largeRequests?: 'tcp' | 'udp';
  /** Largest packet that crosses the network whole, in bytes: requests within 200 bytes of it are large, whatever their size. */
  pathMtu?: number;
  /**
   * Session timers (RFC 4028): calls are refreshed, and end when the peer is gone. Each 30 minutes when absent; false: calls live until somebody
   * ends them.
   */
  sessionTimer?: SessionTimerOptions | false;
  /** Which provisional responses to INVITE are acknowledged (RFC 3262); `early-media` when absent. */
  reliableProvisional?: ReliableProvisional;
  /** Info Packages that calls receive (RFC 6086); sessions tell of them by their `info` event. None when absent. */
  infoPackages?: readonly string[];
  /** How much is taken on, of one message, of one peer and of all together; `defaultLimits` where it says nothing. */
  limits?: Partial<Limits>;
}

/** Events of a {@link SipStack}. */
export interface SipStackEvents {
  /** An INVITE that opens a dialog. Set its `offerAnswer` before the listener returns. */
  invite: [session: IncomingSession];
  /** Somebody refers us elsewhere, outside a call or in one whose session nobody listens to for it. Needs a {@link ReferServer}. */
  refer: [referral: IncomingReferral];
  /** A request outside any dialog that the stack does not answer itself; unless somebody listens, it is answered 405. */
  request: [transaction: ServerTransaction];
  /** A session has begun, of either direction; nothing has been sent or answered in it. For statistics and the like. */
  session: [session: InviteSession];
  /** Each message on its way in or out. */
  trace: [event: TraceEvent];
}

/** A request outside any dialog. */
export interface RequestOptions {
  method: string;
  /** Request-URI. */
  uri: Uri | string;
  from: NameAddr | string;
  /** To; the Request-URI when absent. */
  to?: NameAddr | string;
  routes?: readonly NameAddr[];
  /** The server to send to, without a Route. */
  server?: SipUri | string;
  /** The flow to use while it is open, such as the one the recipient has registered over (RFC 5626 §5.3). */
  flow?: Flow;
  /** The line it goes by: its flow, its Service-Route and its Contact are taken. A `server` of its own comes before the flow. */
  registration?: Line;
  headers?: HeaderList;
  body?: SessionBody;
  credentials?: CredentialSource;
  /** Gives up waiting. */
  signal?: AbortSignal;
}

/** An outgoing call: {@link InviteOptions} with addresses as text or parsed, and credentials. */
export type StackInviteOptions = Omit<InviteOptions, 'uri' | 'from' | 'to' | 'server'> & {
  uri: Uri | string;
  from: NameAddr | string;
  to?: NameAddr | string;
  server?: SipUri | string;
  credentials?: CredentialSource;
};

/** Methods the stack or its sessions answer. */
const OWN_METHODS = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'UPDATE', 'PRACK'];

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
  /** Requests being served, by what stays the same on every path they take (RFC 3261 §8.2.2.2). */
  readonly #serving = new Map<string, ServerTransaction>();
  readonly #abilities: Abilities;
  readonly #sessionSettings: SessionSettings;
  #subscriber: Subscriber | undefined;
  #publisher: Publisher | undefined;
  #allow: readonly string[];
  #events: readonly string[] = [];
  readonly #host: StackHost;
  readonly #environment: RequestEnvironment;
  readonly #registrations: RegistrationCenter;
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
        request: (transaction) => this.#request(transaction),
        ack: (ack) => this.#ack(ack),
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
    const health = new TargetHealth({ clock: this.#clock, random: this.#random });
    this.#environment = {
      layer: this.#layer,
      health,
      large: new LargeRequests(options),
      locate: (uri) => {
        const families = (protocol: TransportProtocol) => this.#families(protocol);
        const found = (options.resolver ?? numericResolver)(uri, this.#protocols(), { families });
        return Array.isArray(found) ? health.order(found) : found.then((targets) => health.order(targets));
      },
      flow: (target) => this.#flow(target),
    };
    this.#sessionSettings = {
      timer: timerSettings(options.sessionTimer),
      reliable: options.reliableProvisional ?? 'early-media',
      infoPackages: options.infoPackages ?? [],
    };
    const { timer, reliable, infoPackages } = this.#sessionSettings;
    const methods = OWN_METHODS.filter((method) => method !== 'PRACK' || reliable !== 'off');
    this.#allow = union(union(methods, infoPackages.length > 0 ? ['INFO'] : []), options.allow);
    const own = [...(reliable === 'off' ? [] : ['100rel']), ...(timer ? ['timer'] : []), '199'];
    this.#abilities = {
      supported: union(own, options.supported),
      accept: options.accept ?? ['application/sdp'],
      timer,
      reliable: reliable === 'required',
    };
    this.#host = this.#makeHost();
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
    return this.#allow;
  }

  /** The dialogs of all sessions and subscriptions. */
  get dialogs(): DialogRegistry {
    return this.#dialogs;
  }

  /** Plugs in an extension: requests of its methods go to it, and what it can do is told to peers. */
  use(feature: StackFeature): this {
    this.#features.push(feature);
    this.#allow = union(this.#allow, feature.methods);
    this.#events = union(this.#events, feature.events);
    this.#abilities.supported = union(this.#abilities.supported, feature.supported);
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
    const uri = asUri(options.uri);
    const request = SipRequest.create({ method: options.method, uri: uri.clone() });
    const from = asAddress(options.from).clone();
    from.tag ??= randomToken(this.#random, 12);
    request.headers.set('Max-Forwards', 70);
    request.headers.set('From', from);
    request.headers.set('To', options.to === undefined ? new NameAddr(uri) : asAddress(options.to));
    request.headers.set('Call-ID', randomToken(this.#random, 24));
    request.cseq = { sequence: 1, method: options.method };
    applyRoutes(request, [...(options.registration?.serviceRoute ?? []), ...(options.routes ?? [])]);
    for (const [name, value] of options.headers ?? []) request.headers.append(name, value);
    if (options.body) request.setBody(options.body.contentType, options.body.body);
    this.#decorate(request);
    const { signal, credentials, server, registration } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const abort = () => {
        outgoing.cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      const settle = (end: () => void) => {
        signal?.removeEventListener('abort', abort);
        end();
      };
      const outgoing = new OutgoingRequest(this.#environment, {
        request,
        server: server === undefined ? registration?.server : asSipUri(server),
        flow: options.flow ?? (server === undefined ? registration?.flow : undefined),
        digest: DigestClient.of(credentials, this.#random),
        handlers: {
          sending: (sent, flow) => {
            if (options.method !== 'OPTIONS') return;
            sent.contact = registration?.contactOver(flow) ?? this.#host.contact(flow, from.sipUri?.user);
          },
          response: (response) => {
            if (response.status >= 200) settle(() => resolve(response));
          },
          failed: (error) => settle(() => reject(error)),
        },
      });
      outgoing.send();
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
    const params: Record<string, string> = flow.protocol === 'UDP' ? {} : { transport: flow.protocol.toLowerCase() };
    const host = this.#options.publicAddress ?? flow.local.host;
    return new NameAddr(new SipUri({ scheme: 'sip', user, host, port: flow.local.port, params }));
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
      accept: this.#abilities.accept,
      sessions: this.#sessionSettings,
      get allow() {
        return stack.#allow;
      },
      get supported() {
        return stack.#abilities.supported;
      },
      get events() {
        return stack.#events;
      },
      farewell: (done) => {
        this.#farewells.add(done);
        void done.then(() => this.#farewells.delete(done));
      },
      decorate: (message) => this.#decorate(message),
      contact: (flow, user) => this.#registrations.contactFor(flow, user) ?? this.contact(flow, user),
      answerOptions: (transaction) => this.#options200(transaction),
      inDialog: (transaction, dialog) => this.#offer(transaction, dialog),
      invite: (invitation) => this.invite(invitation),
      subscriber: () => this.#notified(),
      referred: (referral) => this.emit('refer', referral),
    };
  }

  #track(session: InviteSession): void {
    this.#sessions.add(session);
    this.emit('session', session);
    session.on('ended', () => this.#sessions.delete(session));
  }

  #requireRunning(): void {
    if (this.#state !== 'running') throw new SipStateError('The stack is not running; start() it first.');
  }

  #protocols(): TransportProtocol[] {
    return this.#layer.transports.map(({ protocol }) => protocol);
  }

  #families(wanted: TransportProtocol): IpFamily[] {
    const transports = this.#layer.transports.filter(({ protocol }) => protocol === wanted);
    return [...new Set(transports.map(({ local }) => (local.host.includes(':') ? 6 : 4)))];
  }

  #flow(target: Target): Flow {
    const ipv6 = target.host.includes(':');
    const transports = this.#layer.transports.filter(
      ({ protocol, local }) => protocol === target.protocol && local.host.includes(':') === ipv6,
    );
    // From the loopback address nobody outside is reached.
    const inside = isLoopback(target.host);
    const transport = transports.find(({ local }) => isLoopback(local.host) === inside) ?? transports[0];
    if (transport) return transport.flow(target);
    throw new SipTransportError(
      `No ${target.protocol} transport for IPv${ipv6 ? 6 : 4} is open; ${target.host} cannot be reached without one.`,
      { code: 'ERR_SIP_NO_TRANSPORT' },
    );
  }

  #decorate(message: SipMessage): void {
    const { userAgent } = this.#options;
    const { supported, accept } = this.#abilities;
    const { headers } = message;
    const isRequest = message instanceof SipRequest;
    if (userAgent && !headers.has(isRequest ? 'User-Agent' : 'Server')) {
      headers.append(isRequest ? 'User-Agent' : 'Server', userAgent);
    }
    const { method } = message.cseq;
    if (method === 'INVITE' || method === 'OPTIONS' || method === 'UPDATE') {
      if (!headers.has('Allow')) headers.append('Allow', this.#allow.join(', '));
      if (this.#events.length > 0 && !headers.has('Allow-Events')) {
        headers.append('Allow-Events', this.#events.join(', '));
      }
      if (supported.length > 0 && !headers.has('Supported')) headers.append('Supported', supported.join(', '));
    }
    if (method === 'INVITE' && !headers.has('Recv-Info')) {
      for (const [name, value] of receivedPackages(this.#host)) headers.append(name, value);
    }
    if (method === 'OPTIONS' && !headers.has('Accept')) headers.append('Accept', accept.join(', '));
  }

  #ack(ack: SipRequest): void {
    this.#dialogs.receiveAck(ack);
  }

  #request(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (request.to.tag !== undefined) {
      this.#inDialog(transaction);
      return;
    }
    if (this.#state === 'closed') {
      transaction.reply(503);
      return;
    }
    if (this.#merged(transaction) || this.#full(transaction)) return;
    const refusal = refuseRequest(request, this.#abilities);
    if (refusal) {
      this.#refuse(transaction, refusal);
      return;
    }
    if (request.method === 'INVITE') {
      this.#invited(transaction);
      return;
    }
    for (const feature of this.#features) {
      if (feature.methods?.includes(request.method) && feature.receive?.(transaction)) return;
    }
    if (this.emit('request', transaction)) return;
    if (request.method === 'OPTIONS') this.#options200(transaction);
    else transaction.reply(405, { headers: [['Allow', this.allow.join(', ')]] });
  }

  #inDialog(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (this.#dialogs.crosses(request)) {
      transaction.reply(200);
      return;
    }
    if (!this.#dialogs.has(request)) {
      for (const feature of this.#features) {
        if (feature.methods?.includes(request.method) && feature.orphan?.(transaction)) return;
      }
      transaction.reply(481);
      return;
    }
    const refusal = refuseExtensions(request, this.#abilities);
    if (refusal) this.#refuse(transaction, refusal);
    else this.#dialogs.receive(transaction, (dialog) => this.#offer(transaction, dialog));
  }

  #offer(transaction: ServerTransaction, dialog: Dialog): boolean {
    const { method } = transaction.request;
    return this.#features.some((each) => each.methods?.includes(method) && each.inDialog?.(transaction, dialog));
  }

  /** RFC 3261 §8.2.2.2: the same request has come on another path and is being served. */
  #merged(transaction: ServerTransaction): boolean {
    const { request } = transaction;
    const key = joined(request.from.tag ?? '', request.callId, request.cseq.sequence, request.method);
    const other = this.#serving.get(key);
    if (other && other.state !== 'terminated') {
      this.#layer.countRefusal('merged', transaction.flow);
      transaction.reply(482, { reason: 'Request Merged' });
      return true;
    }
    this.#serving.set(key, transaction);
    transaction.ended = () => {
      if (this.#serving.get(key) === transaction) this.#serving.delete(key);
    };
    return false;
  }

  /** Whether there are as many sessions or dialogs as there may be; the request is then answered. */
  #full(transaction: ServerTransaction): boolean {
    const { method } = transaction.request;
    const { maxSessions, maxDialogs } = this.#layer.limits;
    const opens = method === 'INVITE' || method === 'SUBSCRIBE' || method === 'REFER';
    const reason =
      method === 'INVITE' && this.#sessions.size >= maxSessions
        ? 'sessions'
        : opens && this.#dialogs.size >= maxDialogs
          ? 'dialogs'
          : undefined;
    if (!reason) return false;
    this.#layer.countRefusal(reason, transaction.flow);
    transaction.reply(503, { headers: [this.#layer.retryAfter()] });
    return true;
  }

  #refuse(transaction: ServerTransaction, { status, reason, headers = [] }: Refusal): void {
    transaction.reply(status, { headers, ...(reason !== undefined && { reason }) });
  }

  #invited(transaction: ServerTransaction): void {
    let session: IncomingSession;
    try {
      session = new IncomingSession(this.#host, transaction);
    } catch (error) {
      const { status = 400, message } = error as SipSyntaxError;
      transaction.reply(status, { reason: error instanceof SipSyntaxError ? error.reason : message });
      return;
    }
    for (const feature of this.#features) {
      const refusal = feature.screen?.(session);
      if (!refusal) continue;
      session.reject(refusal.status, undefined, refusal.headers);
      return;
    }
    this.#track(session);
    if (!this.emit('invite', session)) session.reject(480);
  }

  /** RFC 3261 §11.2: what an INVITE would be answered with, and what we can do. */
  #options200(transaction: ServerTransaction): void {
    const headers: [string, string][] = [
      ['Contact', this.contact(transaction.flow, transaction.request.to.sipUri?.user).toString()],
      ['Allow', this.allow.join(', ')],
      ['Accept', this.#abilities.accept.join(', ')],
      ['Supported', this.#abilities.supported.join(', ')],
    ];
    if (this.#events.length > 0) headers.push(['Allow-Events', this.#events.join(', ')]);
    if (this.#options.userAgent) headers.push(['Server', this.#options.userAgent]);
    transaction.reply(200, { headers });
  }
}

const isLoopback = (host: string): boolean => host === '::1' || host.startsWith('127.');

const union = (known: readonly string[], more: readonly string[] = []): readonly string[] => [
  ...new Set([...known, ...more]),
];

const asUri = (uri: Uri | string): Uri => (typeof uri === 'string' ? parseUri(uri) : uri);
const asSipUri = (uri: SipUri | string): SipUri => (typeof uri === 'string' ? SipUri.parse(uri) : uri);
const asAddress = (address: NameAddr | string): NameAddr =>
  typeof address === 'string' ? NameAddr.parse(address) : address;

/** What is written into every message is looked at once, before anything goes out. @throws SipInjectionError, SipSyntaxError */
function checkTexts(options: SipStackOptions): void {
  const { userAgent = '', publicAddress = 'localhost', allow, supported, accept, infoPackages = [] } = options;
  for (const name of infoPackages) RecvInfo.format([{ package: name }]);
  new Headers([
    ['User-Agent', userAgent],
    ['Via', new Via({ transport: 'UDP', host: publicAddress })],
  ]);
  for (const [name, words] of Object.entries({ Allow: allow, Supported: supported, Accept: accept })) {
    for (const word of words ?? []) new Headers([[name, word]]);
  }
}
