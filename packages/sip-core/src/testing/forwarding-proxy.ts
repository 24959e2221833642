import type { DigestServer } from '../auth/digest-server';
import { applyRoutes, hopOf } from '../dialog/dialog';
import { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import { SipUri, type Uri } from '../message/uri';
import type { Clock, Timer } from '../platform/clock';
import type { RandomBytes } from '../platform/random';
import type { ClientTransaction } from '../transaction/client-transaction';
import type { ServerTransaction } from '../transaction/server-transaction';
import { TransactionLayer } from '../transaction/transaction-layer';
import { type Address, defaultPort, type Transport } from '../transport/transport';

/** Where a {@link ForwardingProxy} sends a request: to all of these at once, or nowhere, with a status. */
export type Forwarding =
  | readonly (Uri | string)[]
  | { status: number; headers?: readonly (readonly [string, string])[] };

/** Settings of a {@link ForwardingProxy}. */
export interface ForwardingProxyOptions {
  /** Time and timers, those of the network it runs on. */
  clock: Clock;
  /** Where tags and branches come from; seeded, a test is the same each time. */
  random: RandomBytes;
  /** What it listens on and forwards by. */
  transport: Transport;
  /** Answers requests that are for the proxy itself, such as REGISTER; false leaves one to be forwarded. */
  serve?(transaction: ServerTransaction): boolean;
  /** New Request-URIs of a request that is no longer routed by its Route; the Request-URI as it is when absent. */
  route?(request: SipRequest): Forwarding | undefined;
  /** New Request-URIs of a request that has been refused with this, or not been answered in {@link patience}: serial forking. */
  next?(request: SipRequest, refusal: SipResponse): readonly (Uri | string)[] | undefined;
  /** How long an INVITE may ring, in ms, before it is cancelled and {@link next} is asked; forever when absent. */
  patience?: number;
  /** The address of a host of a URI; numeric hosts need none. */
  locate?(host: string): Address | undefined;
  /** Whether dialogs stay on the path (RFC 3261 §16.6 step 4); true when absent. */
  recordRoute?: boolean;
  /** Whether a caller who knows 199 is told which callees have refused while others still may answer (RFC 6228 §6); false when absent. */
  earlyEnds?: boolean;
  /** Whether it routes strictly, as RFC 2543 had it: the next Route becomes the Request-URI; false when absent. */
  strict?: boolean;
  /** Challenges requests outside dialogs. */
  digest?: DigestServer;
  /** Called with each request before it is forwarded: a place to spoil it, or to add header fields such as Path. */
  forwarding?(request: SipRequest): void;
}

/** Responses that a forked request has brought so far, and what is still open. */
interface Context {
  readonly transaction: ServerTransaction;
  /** As it is forwarded, but for its Request-URI. */
  readonly copy: SipRequest;
  branches: ClientTransaction[];
  /** Tags of callees who have been heard. */
  readonly early: Set<string>;
  timer: Timer | undefined;
  cancelled: boolean;
  open: number;
  best: SipResponse | undefined;
  done: boolean;
}

/**
 * A transaction-stateful proxy for tests (RFC 3261 §16): record-routes, forks in parallel, chooses the best response, challenges.
 * Small, and without what a proxy in the open needs.
 */
export class ForwardingProxy {
  readonly #options: ForwardingProxyOptions;
  readonly #layer: TransactionLayer;
  readonly #transport: Transport;

  constructor(options: ForwardingProxyOptions) {
    this.#options = options;
    this.#transport = options.transport;
    this.#layer = new TransactionLayer(
      { request: (transaction) => void this.#request(transaction), ack: (ack) => this.#ack(ack) },
      { clock: options.clock, random: options.random, forwards: true },
    );
  }

  /** Where it listens. */
  get address(): Address {
    return this.#transport.local;
  }

  /** Transactions alive now. */
  get size(): number {
    return this.#layer.size;
  }

  /** Listens. */
  async start(): Promise<this> {
    await this.#layer.attach(this.#transport);
    return this;
  }

  /** Ends its transactions and closes its transport. */
  close(): Promise<void> {
    return this.#layer.close();
  }

  async #request(transaction: ServerTransaction): Promise<void> {
    const { request } = transaction;
    const { digest } = this.#options;
    const isInvite = request.method === 'INVITE';
    if (request.maxForwards === 0) {
      transaction.reply(483);
      return;
    }
    if (digest && request.to.tag === undefined && !(await digest.verify(request)).ok) {
      transaction.reply(digest.status, { headers: digest.challenge() });
      return;
    }
    if (this.#options.serve?.(transaction)) return;
    const copy = this.#forwarded(request);
    const targets = this.#targets(copy);
    if ('status' in targets) {
      transaction.reply(targets.status, { headers: targets.headers ?? [] });
      return;
    }
    if (isInvite) transaction.reply(100);
    const context: Context = {
      transaction,
      copy,
      branches: [],
      early: new Set(),
      timer: undefined,
      cancelled: false,
      open: 0,
      best: undefined,
      done: false,
    };
    transaction.handlers.cancelled = () => {
      context.cancelled = true;
      cancel(context);
    };
    this.#fork(context, targets);
  }

  #fork(context: Context, targets: readonly Uri[]): void {
    const { patience, clock } = this.#options;
    context.open = targets.length;
    context.branches = [];
    context.best = undefined;
    if (patience !== undefined && context.transaction.request.method === 'INVITE') {
      context.timer = clock.setTimer(patience, () => cancel(context));
    }
    for (const target of targets) this.#branch(context, target);
  }

  #branch(context: Context, target: Uri): void {
    const request = context.copy.clone();
    request.uri = target;
    const flow = this.#transport.flow(this.#nextHop(request, context.copy));
    const failed = (status: number) => {
      if (context.done) return;
      context.open--;
      this.#choose(context, status);
    };
    context.branches.push(
      this.#layer.request(request, flow, {
        response: (response) => this.#response(context, response),
        timeout: () => failed(408),
        transportError: () => failed(503),
      }),
    );
  }

  #response(context: Context, response: SipResponse): void {
    const { transaction } = context;
    const back = response.clone();
    back.headers.removeFirst('Via');
    const { status } = response;
    if (status === 100) return;
    if (status < 200) {
      if (response.to.tag !== undefined) context.early.add(response.to.tag);
      if (!transaction.answered) transaction.respond(back);
      return;
    }
    if (status < 300) {
      // Each 2xx to an INVITE goes through, its repetitions too; it ends the other branches (§16.7 step 10).
      if (!context.done || transaction.request.method === 'INVITE') transaction.respond(back);
      context.done = true;
      cancel(context);
      return;
    }
    if (context.done) return;
    context.open--;
    if (context.open > 0) this.#tellEarlyEnd(context, response);
    if (status >= 600) cancel(context);
    if (!context.best || rank(back) < rank(context.best)) context.best = back;
    this.#choose(context, 408);
  }

  /** RFC 6228 §6: in the dialog that is over. */
  #tellEarlyEnd({ transaction, early }: Context, { status, to }: SipResponse): void {
    const { request } = transaction;
    if (!this.#options.earlyEnds || !request.supported.includes('199')) return;
    if (to.tag === undefined || !early.has(to.tag)) return;
    const response = SipResponse.for(request, 199, undefined, { toTag: to.tag });
    response.headers.append('Reason', `SIP ;cause=${status}`);
    transaction.respond(response);
  }

  #choose(context: Context, otherwise: number): void {
    if (context.open > 0 || context.done) return;
    context.timer?.cancel();
    const { transaction } = context;
    const refusal =
      context.best ?? SipResponse.for(transaction.request, otherwise, undefined, { toTag: transaction.toTag });
    const next = context.cancelled ? undefined : this.#options.next?.(transaction.request, refusal);
    if (next) {
      this.#fork(context, next.map(asUri));
      return;
    }
    context.done = true;
    transaction.respond(refusal);
  }

  #ack(ack: SipRequest): void {
    const copy = this.#forwarded(ack);
    this.#layer.sendStateless(copy, this.#transport.flow(this.#nextHop(copy)));
  }

  /** §16.4 and §16.6 steps 1 to 4. */
  #forwarded(request: SipRequest): SipRequest {
    const copy = request.clone();
    copy.headers.set('Max-Forwards', (request.maxForwards ?? 70) - 1);
    if (this.#options.strict) this.#routeStrictly(copy);
    else this.#takeRoute(copy);
    if (this.#options.recordRoute !== false && request.to.tag === undefined && request.method !== 'REGISTER') {
      const { host, port } = this.address;
      copy.headers.prepend(
        'Record-Route',
        new NameAddr(
          new SipUri({ scheme: 'sip', host, port, params: this.#options.strict ? {} : { lr: '' } }),
        ).toString(),
      );
    }
    this.#options.forwarding?.(copy);
    return copy;
  }

  /** §16.4, and §16.6 step 6 for a strict router that comes next. */
  #takeRoute(copy: SipRequest): void {
    const routes = [...copy.routes];
    // A strict router has put us into the Request-URI, and what was there behind the last Route.
    if (routes.length > 0 && isLoose(copy.uri) && this.#isOwn(copy.uri)) copy.uri = routes.pop()!.uri;
    if (routes[0] && this.#isOwn(routes[0].uri)) routes.shift();
    copy.headers.delete('Route');
    applyRoutes(copy, routes);
  }

  #routeStrictly(copy: SipRequest): void {
    const [next, ...others] = copy.routes;
    if (!next) return;
    copy.uri = next.uri;
    copy.headers.delete('Route');
    for (const route of others) copy.headers.append('Route', route);
  }

  #targets(copy: SipRequest): readonly Uri[] | { status: number; headers?: readonly (readonly [string, string])[] } {
    const routed = copy.routes.length > 0 || copy.to.tag !== undefined ? undefined : this.#options.route?.(copy);
    if (routed === undefined) return [copy.uri];
    if ('status' in routed) return routed;
    return routed.map(asUri);
  }

  /** @param routed the request before it was given one of several targets */
  #nextHop(request: SipRequest, routed = request): Address {
    const hop = this.#options.strict ? routed.uri : hopOf(routed);
    const uri = hop === routed.uri ? request.uri : hop;
    if (!(uri instanceof SipUri)) throw new Error(`${uri} cannot be reached.`);
    return (
      this.#options.locate?.(uri.host) ?? { host: uri.host, port: uri.port ?? defaultPort(this.#transport.protocol) }
    );
  }

  #isOwn(uri: Uri): boolean {
    const { host, port } = this.address;
    if (!(uri instanceof SipUri)) return false;
    const at = this.#options.locate?.(uri.host) ?? { host: uri.host, port: uri.port ?? 5060 };
    return at.host === host && at.port === port;
  }
}

const isLoose = (uri: Uri): boolean => uri instanceof SipUri && uri.params.has('lr');

const asUri = (uri: Uri | string): Uri => (typeof uri === 'string' ? SipUri.parse(uri) : uri);

function cancel(context: Context): void {
  context.timer?.cancel();
  for (const branch of context.branches) branch.cancel();
}

/** §16.7 step 6: a 6xx wins, then the lowest class. */
const rank = ({ status }: SipResponse) => (status >= 600 ? 0 : Math.floor(status / 100));
