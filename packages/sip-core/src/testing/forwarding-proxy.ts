import type { DigestServer } from '../auth/digest-server';
import { NameAddr } from '../message/name-addr';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { SipUri, type Uri } from '../message/uri';
import type { Clock } from '../platform/clock';
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
  clock: Clock;
  random: RandomBytes;
  transport: Transport;
  /** New Request-URIs of a request that is no longer routed by its Route; the Request-URI as it is when absent. */
  route?(request: SipRequest): Forwarding | undefined;
  /** The address of a host of a URI; numeric hosts need none. */
  locate?(host: string): Address | undefined;
  /** Whether dialogs stay on the path (RFC 3261 §16.6 step 4); true when absent. */
  recordRoute?: boolean;
  /** Challenges requests outside dialogs. */
  digest?: DigestServer;
  /** Called with each request before it is forwarded: a place to spoil it, or to add header fields such as Path. */
  forwarding?(request: SipRequest): void;
}

/** Responses that a forked request has brought so far, and what is still open. */
interface Context {
  readonly transaction: ServerTransaction;
  readonly branches: ClientTransaction[];
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
    const copy = this.#forwarded(request);
    const targets = this.#targets(copy);
    if ('status' in targets) {
      transaction.reply(targets.status, { headers: targets.headers ?? [] });
      return;
    }
    if (isInvite) transaction.reply(100);
    const context: Context = { transaction, branches: [], open: targets.length, best: undefined, done: false };
    transaction.handlers.cancelled = () => {
      for (const branch of context.branches) branch.cancel();
    };
    for (const target of targets) this.#branch(context, copy, target);
  }

  #branch(context: Context, copy: SipRequest, target: Uri): void {
    const request = copy.clone();
    request.uri = target;
    const flow = this.#transport.flow(this.#nextHop(request));
    const failed = (status: number) => {
      if (context.done) return;
      context.best ??= undefined;
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
      if (!transaction.answered) transaction.respond(back);
      return;
    }
    if (status < 300) {
      // Each 2xx to an INVITE goes through, its repetitions too; it ends the other branches (§16.7 step 10).
      if (!context.done || transaction.request.method === 'INVITE') transaction.respond(back);
      context.done = true;
      for (const branch of context.branches) branch.cancel();
      return;
    }
    if (context.done) return;
    context.open--;
    if (status >= 600) for (const branch of context.branches) branch.cancel();
    if (!context.best || rank(back) < rank(context.best)) context.best = back;
    this.#choose(context, 408);
  }

  #choose(context: Context, otherwise: number): void {
    if (context.open > 0 || context.done) return;
    context.done = true;
    if (context.best) context.transaction.respond(context.best);
    else context.transaction.reply(otherwise);
  }

  #ack(ack: SipRequest): void {
    const copy = this.#forwarded(ack);
    this.#layer.sendStateless(copy, this.#transport.flow(this.#nextHop(copy)));
  }

  /** §16.4 and §16.6 steps 1 to 4. */
  #forwarded(request: SipRequest): SipRequest {
    const copy = request.clone();
    copy.headers.set('Max-Forwards', (request.maxForwards ?? 70) - 1);
    const [route] = copy.routes;
    if (route && this.#isOwn(route)) copy.headers.removeFirst('Route');
    if (this.#options.recordRoute !== false && request.to.tag === undefined && request.method !== 'REGISTER') {
      const { host, port } = this.address;
      copy.headers.prepend(
        'Record-Route',
        new NameAddr(new SipUri({ scheme: 'sip', host, port, params: { lr: '' } })).toString(),
      );
    }
    this.#options.forwarding?.(copy);
    return copy;
  }

  #targets(copy: SipRequest): readonly Uri[] | { status: number; headers?: readonly (readonly [string, string])[] } {
    const routed = copy.routes.length > 0 || copy.to.tag !== undefined ? undefined : this.#options.route?.(copy);
    if (routed === undefined) return [copy.uri];
    if ('status' in routed) return routed;
    return routed.map((uri) => (typeof uri === 'string' ? SipUri.parse(uri) : uri));
  }

  #nextHop(request: SipRequest): Address {
    const uri = request.routes[0]?.uri ?? request.uri;
    if (!(uri instanceof SipUri)) throw new Error(`${uri} cannot be reached.`);
    return (
      this.#options.locate?.(uri.host) ?? { host: uri.host, port: uri.port ?? defaultPort(this.#transport.protocol) }
    );
  }

  #isOwn({ uri }: NameAddr): boolean {
    const { host, port } = this.address;
    if (!(uri instanceof SipUri)) return false;
    const at = this.#options.locate?.(uri.host) ?? { host: uri.host, port: uri.port ?? 5060 };
    return at.host === host && at.port === port;
  }
}

/** §16.7 step 6: a 6xx wins, then the lowest class. */
const rank = ({ status }: SipResponse) => (status >= 600 ? 0 : Math.floor(status / 100));
