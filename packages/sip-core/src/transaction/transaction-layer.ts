import { Admission } from '../limits/admission';
import { type DropReason, newCounters, type RefusalReason, type TransactionCounters } from '../limits/counters';
import type { Limits } from '../limits/limits';
import { plainHost } from '../message/host';
import { type ParseOptions, parseMessage } from '../message/parse';
import { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import { serializeMessage } from '../message/serialize';
import { errorResponse, validateRequest, validateResponse } from '../message/validate';
import { Via } from '../message/via';
import { type Clock, systemClock } from '../platform/clock';
import { SipSyntaxError, SipTransportError } from '../platform/errors';
import { withFixedDelay } from '../platform/fixed-delay';
import { type Logger, silentLogger } from '../platform/logger';
import { type RandomBytes, randomToken, systemRandom } from '../platform/random';
import { redactingLogger } from '../platform/redact';
import { TracedMessage, type TraceEvent } from '../trace/trace-event';
import { type Address, defaultPort, type Flow, isInvalid, type Transport } from '../transport/transport';
import { ClientTransaction, type ClientTransactionHandlers } from './client-transaction';
import { clientKey, MAGIC_COOKIE, serverKey } from './matching';
import { logMessages } from './message-log';
import type { TransactionObserver } from './observer';
import { Observers } from './observers';
import { ServerTransaction } from './server-transaction';
import { defaultTimers, type TimerValues } from './timer-values';

/** What the user of transactions (RFC 3261: the TU) is told. */
export interface TransactionUser {
  /** A new request, other than ACK and CANCEL. */
  request(transaction: ServerTransaction): void;
  /** The ACK of a 2xx: it belongs to no transaction (RFC 3261 §13.3.1.4). */
  ack(ack: SipRequest, flow: Flow): void;
  /** A response that fits no transaction, such as a late 2xx of a forked INVITE. */
  strayResponse?(response: SipResponse, flow: Flow): void;
  /** Whether a request belongs to a dialog: such are served when others are too many. */
  knows?(request: SipRequest): boolean;
  /** A message has been received or sent. */
  trace?: ((event: TraceEvent) => void) | undefined;
}

/** Who is told what becomes of one flow. */
export interface FlowWatch {
  /** It has closed, or a datagram could not be sent. */
  closed?(error?: SipTransportError): void;
  /** A keep-alive was answered; in datagrams with our address as the peer sees it. */
  pong?(mapped?: Address): void;
}

/** Settings of a {@link TransactionLayer}. */
export interface TransactionLayerOptions {
  /** Time and timers; those of the system when absent. */
  clock?: Clock;
  /** Where random bytes come from; the system's when absent. */
  random?: RandomBytes;
  /** Timers of transactions in ms (RFC 3261 §17); `defaultTimers` where it says nothing. */
  timers?: Partial<TimerValues>;
  /** Where it writes what it does; nowhere when absent. */
  logger?: Logger;
  /** Whether requests of others are forwarded, as by a proxy: a response may then have several Via; false when absent. */
  forwards?: boolean;
  /** Host written in Via when it is not the flow's own: a known public address. */
  sentByHost?: string;
  /** How much is taken on; {@link defaultLimits} where it says nothing. */
  limits?: Partial<Limits>;
}

/**
 * Sends requests and receives them, each in its transaction (RFC 3261 §17), over any number of transports: adds Via, matches
 * responses, retransmits, answers what is malformed, and drops, counted, what is noise.
 */
export class TransactionLayer {
  /** @internal */
  readonly clock: Clock;
  /** @internal The clock of the machines: their longest timers share one. */
  readonly machineClock: Clock;
  /** @internal */
  readonly timers: TimerValues;
  readonly counters: TransactionCounters = newCounters();
  readonly #admission: Admission;
  /** To tag of responses that no transaction sends (RFC 3261 §8.2.7: the same each time). */
  readonly #statelessTag: string;
  readonly #parseDatagram: ParseOptions;
  readonly #parseStream: ParseOptions;
  readonly #known = (request: SipRequest): boolean =>
    request.to.tag !== undefined && this.#user.knows?.(request) === true;
  #watch: Observers | undefined;
  /** Server transactions with a final response, the oldest first. */
  readonly #answered = new Set<ServerTransaction>();
  /** Transactions that end with a connection. */
  readonly #relying = new Map<Flow, Set<ClientTransaction | ServerTransaction>>();
  readonly #random: RandomBytes;
  readonly #logger: Logger;
  readonly #user: TransactionUser;
  readonly #sentByHost: string | undefined;
  /** Our name where nothing listens. */
  readonly #nobody: string;
  readonly #mostVias: number;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #transports: Transport[] = [];
  readonly #watches = new Map<Flow, Set<FlowWatch>>();
  #closed = false;

  constructor(user: TransactionUser, options: TransactionLayerOptions = {}) {
    this.#user = user;
    this.clock = options.clock ?? systemClock;
    this.timers = { ...defaultTimers, ...options.timers };
    this.machineClock = withFixedDelay(this.clock, 64 * this.timers.T1);
    this.#random = options.random ?? systemRandom;
    this.#logger = options.logger ? redactingLogger(options.logger) : silentLogger;
    this.#sentByHost = options.sentByHost;
    this.#mostVias = options.forwards ? Number.POSITIVE_INFINITY : 1;
    this.#admission = new Admission(options.limits ?? {}, this.clock, this.#random);
    const { maxMessageSize, maxBodySize, maxHeaderCount, maxHeaderLength } = this.limits;
    this.#parseDatagram = { maxMessageSize, maxBodySize, maxHeaderCount, maxHeaderLength };
    this.#parseStream = { ...this.#parseDatagram, stream: true };
    this.#statelessTag = this.newTag();
    this.#nobody = `${this.newTag().toLowerCase()}.invalid`;
    if (options.logger && options.logger !== silentLogger) this.observe(logMessages(this.#logger));
  }

  /** The limits that hold. */
  get limits(): Limits {
    return this.#admission.limits;
  }

  /** Transactions alive now, by what they wait for, and sources whose rate is known. */
  get load(): { clients: number; waiting: number; answered: number; sources: number } {
    return {
      clients: this.#clients.size,
      waiting: this.#servers.size - this.#answered.size,
      answered: this.#answered.size,
      sources: this.#admission.sources,
    };
  }

  /** Lets somebody watch, until the function it answers is called. */
  observe(observer: TransactionObserver): () => void {
    this.#setObservers([...(this.#watch?.all ?? []), observer]);
    return () => this.#setObservers((this.#watch?.all ?? []).filter((each) => each !== observer));
  }

  #setObservers(observers: readonly TransactionObserver[]): void {
    const failed = (error: unknown) => this.#logger.error({ error }, 'Who watches transactions has failed.');
    this.#watch = observers.length === 0 ? undefined : new Observers(observers, failed);
  }

  /** Transactions alive now. */
  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  /** The transports in use. */
  get transports(): readonly Transport[] {
    return this.#transports;
  }

  /**
   * Listens on a transport and uses it from now on.
   *
   * @throws SipTransportError when it cannot listen
   */
  async attach(transport: Transport): Promise<void> {
    await transport.listen({
      message: (data, flow) => this.#receive(data, flow),
      flowClosed: (flow, error) => this.#flowClosed(flow, error),
      noise: (reason, flow) => {
        this.counters.malformed++;
        this.#drop('noise', flow, reason);
      },
      pong: (flow, mapped) => {
        for (const watch of [...(this.#watches.get(flow) ?? [])]) watch.pong?.(mapped);
      },
    });
    this.#transports.push(transport);
  }

  /** Closes one of the transports; what waits for an answer over it fails. */
  async detach(transport: Transport): Promise<void> {
    const index = this.#transports.indexOf(transport);
    if (index < 0) return;
    const gone = [...this.#clients.values()].filter(({ flow }) => this.#transportOf(flow) === transport);
    this.#transports.splice(index, 1);
    const { protocol, local } = transport;
    for (const each of gone) each.fail(new SipTransportError(`The ${protocol} transport at ${at(local)} was closed.`));
    await transport.close();
  }

  /** Tells what becomes of a flow, until the function it answers is called. */
  watch(flow: Flow, watch: FlowWatch): () => void {
    let watches = this.#watches.get(flow);
    if (!watches) {
      watches = new Set();
      this.#watches.set(flow, watches);
    }
    watches.add(watch);
    return () => {
      if (watches.delete(watch) && watches.size === 0 && this.#watches.get(flow) === watches) {
        this.#watches.delete(flow);
      }
    };
  }

  /** Closes the transports; transactions end without a word. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const transaction of [...this.#clients.values(), ...this.#servers.values()]) transaction.abandon();
    this.#clients.clear();
    this.#servers.clear();
    this.#answered.clear();
    this.#relying.clear();
    await Promise.all(this.#transports.map((transport) => transport.close()));
    this.#transports.length = 0;
  }

  /**
   * Sends a request in a new client transaction. A Via with a new branch is put on top (RFC 3261 §8.1.1.7), asking for `rport`
   * (RFC 3581 §3).
   *
   * @param mark what the branch is to carry besides, as an element that forwards does to know loops (RFC 5393 §4.2)
   */
  request(request: SipRequest, flow: Flow, handlers: ClientTransactionHandlers, mark = ''): ClientTransaction {
    this.#addVia(request, flow, mark);
    return this.#begin(request, flow, handlers);
  }

  /**
   * Sends a request again that has its Via, to the same server over another flow: who has received it already takes it for a repetition
   * (RFC 3261 §17.2.3).
   */
  repeat(request: SipRequest, flow: Flow, handlers: ClientTransactionHandlers): ClientTransaction {
    return this.#begin(request, flow, handlers);
  }

  /** Sends a request outside any transaction: the ACK of a 2xx. Adds a Via as {@link TransactionLayer.request} does. */
  sendStateless(request: SipRequest, flow: Flow): Uint8Array {
    this.#addVia(request, flow, '');
    const bytes = serializeMessage(request);
    this.requesting(request, flow);
    this.transmit(bytes, flow);
    return bytes;
  }

  /** Sends bytes made by {@link sendStateless} again. */
  transmit(bytes: Uint8Array, flow: Flow): void {
    if (this.#closed) return;
    this.counters.sent++;
    this.#user.trace?.(new TracedMessage(this.clock.date(), 'out', flow, bytes));
    flow.send(bytes);
  }

  /**
   * What Via and Contact call our end of a flow (RFC 3261 §18.1.1): the address that listens, or a name in `.invalid`, without a port, when none
   * does (RFC 7118 §5.1).
   */
  sentBy({ local }: Flow): { host: string; port: number | undefined } {
    if (isInvalid(local.host)) return { host: local.host, port: undefined };
    if (local.port === 0) return { host: this.#nobody, port: undefined };
    return { host: this.#sentByHost ?? local.host, port: local.port };
  }

  /** A new tag of From or To (RFC 3261 §19.3). */
  newTag(): string {
    return randomToken(this.#random, 12);
  }

  /** @internal */
  sendCancel(cancel: SipRequest, invite: ClientTransaction): void {
    const { flow } = invite;
    // It goes where the INVITE went (RFC 3261 §9.1), over a new connection when the old one is gone.
    const way = flow.closed ? (this.#transportOf(flow)?.flow(flow.remote) ?? flow) : flow;
    this.#begin(cancel, way, {
      response: () => {},
      // RFC 3261 §9.1: whether or not the CANCEL is answered, the INVITE ends by itself, or is given up by its own timer.
      timeout: () => {},
      transportError: () => {},
    });
  }

  /** @internal */
  forgetClient(transaction: ClientTransaction): void {
    if (this.#clients.get(transaction.key) === transaction) this.#clients.delete(transaction.key);
    this.#relyNoMore(transaction, transaction.flow);
    this.#watch?.ended(transaction);
  }

  /** @internal */
  forgetServer(transaction: ServerTransaction): void {
    if (this.#servers.get(transaction.key) === transaction) this.#servers.delete(transaction.key);
    this.#answered.delete(transaction);
    this.#relyNoMore(transaction, transaction.answeredOver);
    this.#watch?.ended(transaction);
  }

  /** @internal The transaction is about to send its final response. */
  answered(transaction: ServerTransaction): void {
    this.#answered.add(transaction);
    if (this.#answered.size <= this.limits.maxAnsweredTransactions) return;
    for (const oldest of this.#answered) {
      this.counters.forgotten++;
      oldest.forget();
      return;
    }
  }

  /** @internal The transaction ends with a connection, and no longer with another. */
  rely(transaction: ClientTransaction | ServerTransaction, flow: Flow, before?: Flow): void {
    this.#relyNoMore(transaction, before);
    if (!flow.reliable) return;
    const transactions = this.#relying.get(flow);
    if (transactions) transactions.add(transaction);
    else this.#relying.set(flow, new Set([transaction]));
  }

  #relyNoMore(transaction: ClientTransaction | ServerTransaction, flow: Flow | undefined): void {
    const transactions = flow && this.#relying.get(flow);
    if (transactions?.delete(transaction) && transactions.size === 0) this.#relying.delete(flow!);
  }

  /** @internal */
  requesting(request: SipRequest, flow: Flow): void {
    this.#watch?.request(request, flow, 'out');
  }

  /** @internal */
  responding(response: SipResponse, transaction: ServerTransaction): void {
    this.#watch?.response(response, transaction.flow, 'out', transaction);
  }

  /** @internal */
  sendingAgain(kind: 'request' | 'response', method: string, flow: Flow, byTimer: boolean): void {
    if (byTimer) this.counters.retransmitted++;
    this.#watch?.repeated(kind, method, flow, 'out');
  }

  /** @internal */
  failing(transaction: ClientTransaction, why: 'timeout' | 'transport'): void {
    this.#watch?.failed(transaction, why);
  }

  /** Counts a request that its user refuses before serving it. */
  countRefusal(reason: RefusalReason, flow: Flow): void {
    this.counters.refusals[reason]++;
    this.#watch?.refused(reason, flow);
  }

  /** Header field of a 503 that says when to come again (RFC 3261 §20.33). */
  retryAfter(): [name: string, value: string] {
    return ['Retry-After', this.#admission.retryAfter()];
  }

  #drop(reason: DropReason, flow: Flow, detail?: string): void {
    this.counters.drops[reason]++;
    this.#logger.debug({ remote: flow.remote, reason, detail }, 'Dropped.');
    this.#watch?.dropped(reason, flow);
  }

  /** @internal Where responses to a request go (RFC 3261 §18.2.2, RFC 3581 §4). */
  responseFlow(request: SipRequest, flow: Flow): Flow {
    if (flow.reliable && !flow.closed) return flow;
    const transport = this.#transportOf(flow);
    if (!transport) return flow;
    const { via } = request;
    if (flow.reliable) {
      // Who can only be reached over that connection will not get the response.
      if (isInvalid(via.host)) return flow;
      // The connection is gone: a new one to where the request says it came from, at the port it listens on.
      return transport.flow({
        host: plainHost(via.received ?? via.host),
        port: via.port ?? defaultPort(flow.protocol),
      });
    }
    const maddr = via.params.get('maddr');
    if (maddr) return transport.flow({ host: plainHost(maddr), port: via.port ?? defaultPort(flow.protocol) });
    if (via.rport !== undefined) return flow;
    return transport.flow({ host: plainHost(via.received ?? via.host), port: via.port ?? defaultPort(flow.protocol) });
  }

  /** The transport a flow is of, to send from where the request came to. */
  #transportOf({ protocol, local }: Flow): Transport | undefined {
    const candidates = this.#transports.filter(
      (each) => each.protocol === protocol && each.local.port === local.port && sameFamily(each.local, local),
    );
    return candidates.find((each) => each.local.host === local.host) ?? candidates[0];
  }

  #addVia(request: SipRequest, flow: Flow, mark: string): void {
    const branch = MAGIC_COOKIE + mark + randomToken(this.#random, 16);
    // RFC 5923 §5: requests for us may come over this connection.
    const params = flow.wantsAlias ? { branch, rport: '', alias: '' } : { branch, rport: '' };
    const via = new Via({ transport: flow.protocol, ...this.sentBy(flow), params });
    request.headers.prepend('Via', via);
  }

  #begin(request: SipRequest, flow: Flow, handlers: ClientTransactionHandlers): ClientTransaction {
    const key = clientKey(request.via.branch ?? '', request.method);
    const transaction = new ClientTransaction(this, key, request, flow, handlers);
    this.#clients.set(key, transaction);
    this.rely(transaction, flow);
    const { maxClientTransactions } = this.limits;
    if (this.#clients.size > maxClientTransactions && request.method !== 'BYE' && request.method !== 'CANCEL') {
      const message = `${maxClientTransactions} requests are under way already; wait until some have been answered, or raise maxClientTransactions.`;
      transaction.fail(new SipTransportError(message, { code: 'ERR_SIP_LIMIT', status: 503 }));
      return transaction;
    }
    if (this.#closed || flow.closed) {
      const what = this.#closed ? 'This end' : `The connection to ${at(flow.remote)}`;
      transaction.fail(new SipTransportError(`${what} is closed; nothing can be sent.`));
      return transaction;
    }
    transaction.begin();
    return transaction;
  }

  #receive(data: Uint8Array, flow: Flow): void {
    this.counters.received++;
    this.#user.trace?.(new TracedMessage(this.clock.date(), 'in', flow, data));
    try {
      const message = parseMessage(data, flow.reliable ? this.#parseStream : this.#parseDatagram);
      if (message instanceof SipRequest) this.#receiveRequest(message, flow);
      else this.#receiveResponse(message, flow);
    } catch (error) {
      if (!(error instanceof SipSyntaxError)) {
        this.#logger.error({ error, remote: flow.remote }, 'A message could not be served.');
        return;
      }
      this.#refuse(error, flow);
    }
  }

  #refuse(error: SipSyntaxError, flow: Flow): void {
    const response = errorResponse(error, this.#statelessTag);
    if (!response) {
      this.counters.malformed++;
      this.#drop('malformed-request', flow, error.message);
      return;
    }
    if (!this.#admission.mayAnswer(flow.remote)) {
      this.#drop('malformed-rate', flow, error.message);
      return;
    }
    this.counters.refused++;
    this.countRefusal(reasonOf(error.status), flow);
    this.#logger.debug(
      { remote: flow.remote, status: error.status, detail: error.message },
      'Refused what is malformed.',
    );
    this.#watch?.response(response, flow, 'out', undefined);
    this.transmit(serializeMessage(response), flow);
  }

  /** Answers 503, or nothing at all, without beginning a transaction. */
  #turnAway(request: SipRequest, flow: Flow, reason: RefusalReason): void {
    const silent = reason === 'rate' && this.limits.overRate === 'drop';
    if (silent || !this.#admission.mayAnswer(flow.remote)) {
      this.#drop('rate', flow, request.method);
      return;
    }
    this.countRefusal(reason, flow);
    const response = SipResponse.for(request, 503, undefined, { toTag: this.#statelessTag });
    response.headers.append(...this.retryAfter());
    this.#watch?.response(response, flow, 'out', undefined);
    this.transmit(serializeMessage(response), this.responseFlow(request, flow));
  }

  #receiveRequest(request: SipRequest, flow: Flow): void {
    const fault = validateRequest(request);
    if (fault) {
      this.#refuse(fault, flow);
      return;
    }
    fillVia(request, flow.remote);
    if (flow.alias && request.via.params.has('alias')) {
      flow.alias(request.via.port ?? defaultPort(flow.protocol));
    }
    const key = serverKey(request);
    const known = this.#servers.get(key);
    if (request.method === 'ACK') {
      this.#watch?.request(request, flow, 'in');
      if (known?.acknowledge()) return;
      this.#user.ack(request, flow);
      return;
    }
    if (known) {
      this.#repeated(known, request, flow);
      return;
    }
    const cancelled = request.method === 'CANCEL' ? this.#servers.get(serverKey(request, 'INVITE')) : undefined;
    const waiting = this.#servers.size - this.#answered.size;
    const reason = cancelled ? undefined : this.#admission.refusal(request, flow.remote, waiting, this.#known);
    this.#watch?.request(request, flow, 'in');
    if (reason) {
      this.#turnAway(request, flow, reason);
      return;
    }
    const transaction = new ServerTransaction(this, key, request, flow);
    this.#servers.set(key, transaction);
    if (request.method === 'CANCEL') {
      this.#cancelled(transaction, cancelled);
      return;
    }
    try {
      this.#user.request(transaction);
    } catch (error) {
      // A header field that only this kind of request has was malformed: the peer's fault, of which it is told.
      const theirs = error instanceof SipSyntaxError ? error : undefined;
      this.#logger[theirs ? 'debug' : 'error']({ error, remote: flow.remote }, 'A request could not be served.');
      if (!transaction.answered) transaction.reply(theirs?.status ?? 500, theirs && { reason: theirs.reason });
    }
    transaction.begin();
  }

  #repeated(transaction: ServerTransaction, request: SipRequest, flow: Flow): void {
    this.#watch?.repeated('request', request.method, flow, 'in');
    if (!this.#admission.mayAnswer(flow.remote)) {
      this.#drop('repeat-rate', flow, request.method);
      return;
    }
    this.counters.requestsAbsorbed++;
    transaction.repeated();
  }

  /** RFC 3261 §9.2: answered at once, 200 when it matches an INVITE, else 481. */
  #cancelled(cancel: ServerTransaction, invite: ServerTransaction | undefined): void {
    if (!invite) {
      cancel.reply(481);
      return;
    }
    cancel.reply(200, { toTag: invite.toTag });
    if (!invite.answered) invite.handlers.cancelled?.(cancel.request);
  }

  #receiveResponse(response: SipResponse, flow: Flow): void {
    const fault = validateResponse(response);
    // RFC 3261 §18.1.2, §8.1.3.3: a response that is malformed, or went astray, is dropped.
    if (fault || response.vias.length > this.#mostVias) {
      this.counters.malformed++;
      this.#drop(fault ? 'malformed-response' : 'misrouted-response', flow, fault?.message);
      return;
    }
    const transaction = this.#clients.get(clientKey(response.via.branch ?? '', response.cseq.method));
    if (transaction) {
      if (transaction.answered && response.status >= 200) {
        this.#watch?.repeated('response', response.cseq.method, flow, 'in');
      } else {
        this.#watch?.response(response, flow, 'in', transaction);
      }
      transaction.receive(response);
      return;
    }
    this.counters.stray++;
    this.#drop('stray-response', flow);
    this.#user.strayResponse?.(response, flow);
  }

  #flowClosed(flow: Flow, error: SipTransportError | undefined): void {
    const cause = error ?? new SipTransportError(`The connection to ${at(flow.remote)} was closed by the peer.`);
    const concerned = flow.reliable
      ? (this.#relying.get(flow) ?? [])
      : [...this.#clients.values(), ...this.#servers.values()];
    for (const transaction of [...concerned]) {
      if (transaction instanceof ServerTransaction) transaction.flowClosed(flow, cause);
      else if (transaction.flow === flow) transaction.flowClosed(cause);
    }
    for (const watch of [...(this.#watches.get(flow) ?? [])]) watch.closed?.(error);
  }
}

const sameFamily = (a: Address, b: Address) => a.host.includes(':') === b.host.includes(':');

const at = ({ host, port }: Address) => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** RFC 3261 §18.2.1 and RFC 3581 §4: note where the request really came from. */
function fillVia(request: SipRequest, source: Address): void {
  const top = request.via;
  const wantsPort = top.rport !== undefined;
  // A `received` the sender wrote itself would send the responses to whom it likes.
  if (!wantsPort && top.host === source.host && top.received === undefined) return;
  const via = top.clone();
  if (wantsPort) via.params.set('rport', String(source.port));
  via.params.set('received', source.host);
  request.via = via;
}

function reasonOf(status: number): RefusalReason {
  if (status === 505) return 'version';
  return status === 413 || status === 414 || status === 513 ? 'too-large' : 'malformed';
}
