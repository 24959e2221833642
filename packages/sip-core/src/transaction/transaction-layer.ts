import { parseMessage } from '../message/parse';
import { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { serializeMessage } from '../message/serialize';
import { errorResponse, validateRequest, validateResponse } from '../message/validate';
import { Via } from '../message/via';
import { type Clock, systemClock } from '../platform/clock';
import { SipSyntaxError, SipTransportError } from '../platform/errors';
import { type Logger, silentLogger } from '../platform/logger';
import { type RandomBytes, randomToken, systemRandom } from '../platform/random';
import { type Address, defaultPort, type Flow, type Transport } from '../transport/transport';
import { ClientTransaction, type ClientTransactionHandlers } from './client-transaction';
import { clientKey, MAGIC_COOKIE, serverKey } from './matching';
import { ServerTransaction } from './server-transaction';
import { defaultTimers, type TimerValues } from './timer-values';

/** A message seen on its way in or out. */
export interface TraceEvent {
  /** Wall-clock time in ms since 1970. */
  readonly time: number;
  readonly direction: 'in' | 'out';
  readonly flow: Flow;
  /** The message as it is on the wire; valid during the call only. */
  readonly data: Uint8Array;
}

/** What the user of transactions (RFC 3261: the TU) is told. */
export interface TransactionUser {
  /** A new request, other than ACK and CANCEL. */
  request(transaction: ServerTransaction): void;
  /** The ACK of a 2xx: it belongs to no transaction (RFC 3261 §13.3.1.4). */
  ack(ack: SipRequest, flow: Flow): void;
  /** A response that fits no transaction, such as a late 2xx of a forked INVITE. */
  strayResponse?(response: SipResponse, flow: Flow): void;
  /** A message has been received or sent. */
  trace?(event: TraceEvent): void;
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
  clock?: Clock;
  random?: RandomBytes;
  timers?: Partial<TimerValues>;
  logger?: Logger;
  /** Whether requests of others are forwarded, as by a proxy: a response may then have several Via; false when absent. */
  forwards?: boolean;
  /** Host written in Via when it is not the flow's own: a known public address. */
  sentByHost?: string;
}

/** What a {@link TransactionLayer} has seen. */
export interface TransactionCounters {
  received: number;
  sent: number;
  /** Datagrams or frames that were no SIP message, or a message too broken to answer. */
  malformed: number;
  /** Malformed requests that were answered with the reason. */
  refused: number;
  /** Requests that came again and were answered from memory. */
  requestsAbsorbed: number;
  /** Responses and ACKs that fit nothing. */
  stray: number;
}

/**
 * Sends requests and receives them, each in its transaction (RFC 3261 §17), over any number of transports: adds Via, matches
 * responses, retransmits, answers what is malformed, and drops, counted, what is noise.
 */
export class TransactionLayer {
  /** @internal */
  readonly clock: Clock;
  /** @internal */
  readonly timers: TimerValues;
  readonly counters: TransactionCounters = {
    received: 0,
    sent: 0,
    malformed: 0,
    refused: 0,
    requestsAbsorbed: 0,
    stray: 0,
  };
  readonly #random: RandomBytes;
  readonly #logger: Logger;
  readonly #user: TransactionUser;
  readonly #sentByHost: string | undefined;
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
    this.#random = options.random ?? systemRandom;
    this.#logger = options.logger ?? silentLogger;
    this.#sentByHost = options.sentByHost;
    this.#mostVias = options.forwards ? Number.POSITIVE_INFINITY : 1;
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
        this.#logger.debug({ remote: flow.remote, reason }, 'Dropped what is no SIP message.');
      },
      pong: (flow, mapped) => {
        for (const watch of [...(this.#watches.get(flow) ?? [])]) watch.pong?.(mapped);
      },
    });
    this.#transports.push(transport);
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
    await Promise.all(this.#transports.map((transport) => transport.close()));
    this.#transports.length = 0;
  }

  /**
   * Sends a request in a new client transaction. A Via with a new branch is put on top (RFC 3261 §8.1.1.7), asking for `rport`
   * (RFC 3581 §3).
   */
  request(request: SipRequest, flow: Flow, handlers: ClientTransactionHandlers): ClientTransaction {
    this.#addVia(request, flow);
    return this.#begin(request, flow, handlers);
  }

  /** Sends a request outside any transaction: the ACK of a 2xx. Adds a Via as {@link request} does. */
  sendStateless(request: SipRequest, flow: Flow): Uint8Array {
    this.#addVia(request, flow);
    const bytes = serializeMessage(request);
    this.transmit(bytes, flow);
    return bytes;
  }

  /** Sends bytes made by {@link sendStateless} again. */
  transmit(bytes: Uint8Array, flow: Flow): void {
    if (this.#closed) return;
    this.counters.sent++;
    this.#user.trace?.({ time: this.clock.date(), direction: 'out', flow, data: bytes });
    flow.send(bytes);
  }

  /** A new tag of From or To (RFC 3261 §19.3). */
  newTag(): string {
    return randomToken(this.#random, 12);
  }

  /** @internal */
  sendCancel(cancel: SipRequest, invite: ClientTransaction): void {
    this.#begin(cancel, invite.flow, {
      response: () => {},
      // RFC 3261 §9.1: whether or not the CANCEL is answered, the INVITE ends by itself, or is given up by its own timer.
      timeout: () => {},
      transportError: () => {},
    });
  }

  /** @internal */
  forgetClient(transaction: ClientTransaction): void {
    this.#clients.delete(transaction.key);
  }

  /** @internal */
  forgetServer(transaction: ServerTransaction): void {
    this.#servers.delete(transaction.key);
  }

  /** @internal Where responses to a request go (RFC 3261 §18.2.2, RFC 3581 §4). */
  responseFlow(request: SipRequest, flow: Flow): Flow {
    if (flow.reliable && !flow.closed) return flow;
    const transport = this.#transportOf(flow);
    if (!transport) return flow;
    const { via } = request;
    if (flow.reliable) {
      // The connection is gone: a new one to where the request says it came from, at the port it listens on.
      return transport.flow({ host: via.received ?? via.host, port: via.port ?? defaultPort(flow.protocol) });
    }
    const maddr = via.params.get('maddr');
    if (maddr) return transport.flow({ host: maddr, port: via.port ?? defaultPort(flow.protocol) });
    if (via.rport !== undefined) return flow;
    return transport.flow({ host: via.received ?? via.host, port: via.port ?? defaultPort(flow.protocol) });
  }

  /** The transport a flow is of, to send from where the request came to. */
  #transportOf({ protocol, local }: Flow): Transport | undefined {
    const candidates = this.#transports.filter(
      (each) => each.protocol === protocol && each.local.port === local.port && sameFamily(each.local, local),
    );
    return candidates.find((each) => each.local.host === local.host) ?? candidates[0];
  }

  #addVia(request: SipRequest, flow: Flow): void {
    const { port } = flow.local;
    const host = this.#sentByHost ?? flow.local.host;
    const branch = MAGIC_COOKIE + randomToken(this.#random, 16);
    const via = new Via({ transport: flow.protocol, host, port, params: { branch, rport: '' } });
    request.headers.prepend('Via', via);
  }

  #begin(request: SipRequest, flow: Flow, handlers: ClientTransactionHandlers): ClientTransaction {
    const key = clientKey(request.via.branch ?? '', request.method);
    const transaction = new ClientTransaction(this, key, request, flow, handlers);
    this.#clients.set(key, transaction);
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
    this.#user.trace?.({ time: this.clock.date(), direction: 'in', flow, data });
    try {
      const message = parseMessage(data, { stream: flow.reliable });
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
    const response = errorResponse(error, this.newTag());
    this.#logger.debug(
      { remote: flow.remote, reason: error.message, answered: response?.status },
      'Malformed message.',
    );
    if (!response) {
      this.counters.malformed++;
      return;
    }
    this.counters.refused++;
    this.transmit(serializeMessage(response), flow);
  }

  #receiveRequest(request: SipRequest, flow: Flow): void {
    const fault = validateRequest(request);
    if (fault) {
      this.#refuse(fault, flow);
      return;
    }
    fillVia(request, flow.remote);
    const key = serverKey(request);
    const known = this.#servers.get(key);
    if (request.method === 'ACK') {
      if (known?.acknowledge()) return;
      this.#user.ack(request, flow);
      return;
    }
    if (known) {
      known.repeated();
      return;
    }
    const transaction = new ServerTransaction(this, key, request, flow);
    this.#servers.set(key, transaction);
    if (request.method === 'CANCEL') {
      this.#cancelled(transaction);
      return;
    }
    transaction.begin();
    try {
      this.#user.request(transaction);
    } catch (error) {
      this.#logger.error({ error, remote: flow.remote }, 'A request could not be served.');
      if (!transaction.answered) transaction.reply(error instanceof SipSyntaxError ? error.status : 500);
    }
  }

  /** RFC 3261 §9.2: answered at once, 200 when it matches an INVITE, else 481. */
  #cancelled(cancel: ServerTransaction): void {
    const invite = this.#servers.get(serverKey(cancel.request, 'INVITE'));
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
      this.#logger.debug({ remote: flow.remote, reason: fault?.message ?? 'more than one Via' }, 'Dropped a response.');
      return;
    }
    const transaction = this.#clients.get(clientKey(response.via.branch ?? '', response.cseq.method));
    if (transaction) {
      transaction.receive(response);
      return;
    }
    this.counters.stray++;
    this.#user.strayResponse?.(response, flow);
  }

  #flowClosed(flow: Flow, error: SipTransportError | undefined): void {
    const cause = error ?? new SipTransportError(`The connection to ${at(flow.remote)} was closed by the peer.`);
    for (const transaction of [...this.#clients.values()]) if (transaction.flow === flow) transaction.fail(cause);
    for (const transaction of [...this.#servers.values()]) transaction.flowClosed(flow, cause);
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
