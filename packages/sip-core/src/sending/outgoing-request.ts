import type { DigestClient } from '../auth/digest-client';
import { hopOf } from '../dialog/dialog';
import { secureContact, unprotected } from '../dialog/sips';
import { nextHop } from '../locate/resolver';
import type { TargetHealth } from '../locate/target-health';
import { formatHostPort } from '../message/host';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import type { SipUri } from '../message/uri';
import { SipError, SipResponseError, SipTimeoutError, SipTransportError } from '../platform/errors';
import type { ClientTransaction, ClientTransactionHandlers } from '../transaction/client-transaction';
import type { TransactionLayer } from '../transaction/transaction-layer';
import type { Flow, Target, TransportProtocol } from '../transport/transport';
import type { LargeRequests } from './large-requests';

/** What sending needs of the stack. */
export interface RequestEnvironment {
  readonly layer: TransactionLayer;
  /** Which targets have failed of late. */
  readonly health: TargetHealth;
  /** Which requests are too large for a datagram. */
  readonly large: LargeRequests;
  /** Finds targets, or answers at once when nothing has to be looked up. Those that have failed of late come last. */
  locate(uri: SipUri): Target[] | Promise<Target[]>;
  /** The flow to a target. @throws SipTransportError when no transport fits */
  flow(target: Target): Flow;
  /** Told before each sending: the place for Contact and other header fields that name our address. */
  prepare?(request: SipRequest, flow: Flow): void;
}

/** Who is told what becomes of the request. */
export interface OutgoingRequestHandlers {
  /** The request goes out as this, for the first time or again with credentials. */
  sending?(request: SipRequest, flow: Flow): void;
  /** A response; a 401 or 407 that could be answered is not told. For INVITE every 2xx. */
  response(response: SipResponse): void;
  /** There is no response and will be none: SipTimeoutError, SipTransportError. */
  failed(error: SipError): void;
}

/** Settings of an {@link OutgoingRequest}. */
export interface OutgoingRequestOptions {
  request: SipRequest;
  /** Where to send instead of the first Route or the Request-URI: a server set by configuration. */
  server?: SipUri | undefined;
  /** The flow to use while it is open, instead of looking for one (RFC 5626 §4.3). */
  flow?: Flow | undefined;
  /** Whether the request fails with that flow, instead of going another way then. */
  keepsToFlow?: boolean;
  digest?: DigestClient | undefined;
  handlers: OutgoingRequestHandlers;
}

/** One target being tried. */
interface Attempt {
  /** Undefined when the flow was given. */
  readonly target: Target | undefined;
  /** Whether a connection that broke has been replaced. */
  redialed: boolean;
  /** Whether the same request goes over the connection that replaces it: what broke may have brought it to the server. */
  repeated?: boolean;
  /** Whether the request stays in datagrams, however large: there is no other way to the target. */
  datagrams: boolean;
}

/**
 * A request from the locating of its next hop to its final response: tried at one target after the other while they do not answer,
 * cannot be reached or are unavailable (RFC 3263 §4.3), over a connection when it is too large for a datagram (RFC 3261 §18.1.1),
 * repeated with credentials when challenged (RFC 3261 §22).
 */
export class OutgoingRequest {
  readonly #environment: RequestEnvironment;
  readonly #options: OutgoingRequestOptions;
  #request: SipRequest;
  #transaction: ClientTransaction | undefined;
  #targets: Target[] = [];
  /** The last 503 that led to another target. */
  #unavailable: SipResponse | undefined;
  #sent = false;
  /** Whether targets have been looked for. */
  #located = false;
  /** The protocol of a transaction that may go on over another flow. */
  #begun: TransportProtocol | undefined;
  #challenged = 0;
  #cancelled = false;

  constructor(environment: RequestEnvironment, options: OutgoingRequestOptions) {
    this.#environment = environment;
    this.#options = options;
    this.#request = options.request;
  }

  /** The request as it was sent last. */
  get request(): SipRequest {
    return this.#request;
  }

  /** The flow it was sent over; undefined before. */
  get flow(): Flow | undefined {
    return this.#transaction?.flow;
  }

  /** Begins. Nothing is called back before this returns. */
  send(): void {
    const { flow } = this.#options;
    if (flow && !flow.closed) {
      queueMicrotask(() => {
        if (this.#cancelled) this.#fail(givenUp());
        else this.#transmit(this.#request.clone(), flow, { target: undefined, redialed: false, datagrams: false });
      });
      return;
    }
    this.#locate(new SipTransportError('There is nowhere to send the request to.', { code: 'ERR_SIP_RESOLVE' }));
  }

  /** Looks for targets, and goes to the first. @param error what has become of the request when there is none */
  #locate(error: SipError): void {
    const { server } = this.#options;
    this.#located = true;
    let located: Target[] | Promise<Target[]>;
    try {
      const hop = server ?? nextHop(hopOf(this.#request));
      located = this.#environment.locate(hop);
    } catch (error) {
      located = Promise.reject(error);
    }
    Promise.resolve(located).then(
      (targets) => {
        this.#targets = [...targets];
        this.#next(error);
      },
      (reason: unknown) => this.#fail(reason),
    );
  }

  /** Gives the request up: CANCEL for an INVITE, or nothing at all when it has not been sent. */
  cancel(headers: readonly (readonly [string, string])[] = []): void {
    this.#cancelled = true;
    this.#transaction?.cancel(headers);
  }

  /** Nobody needs the final response any more: what has been sent is not waited for endlessly, what has not is not sent. */
  release(): void {
    if (this.#transaction) this.#transaction.release();
    else this.#cancelled = true;
  }

  /** Whether there is anything to cancel: the request has been sent and answered provisionally. */
  get proceeding(): boolean {
    return this.#transaction?.state === 'proceeding';
  }

  /** Whether the request never left. */
  get unsent(): boolean {
    return this.#transaction === undefined;
  }

  /** Goes on to the next target there is a way to. @param error what has become of the request when there is none */
  #next(error: SipError): void {
    let last = error;
    for (let target = this.#targets.shift(); target && !this.#cancelled; target = this.#targets.shift()) {
      const flow = this.#connect(target);
      if (!(flow instanceof SipError)) {
        const repeated = this.#begun === flow.protocol;
        this.#begun = undefined;
        const request = repeated ? this.#request.clone() : this.#withoutVia();
        this.#transmit(request, flow, { target, redialed: false, datagrams: false, repeated });
        return;
      }
      last = flow;
    }
    // A server that has answered, and be it 503, tells more than one that has not.
    if (this.#cancelled) this.#fail(givenUp());
    else if (this.#unavailable) this.#options.handlers.response(this.#unavailable);
    else this.#fail(last);
  }

  /** The flow to a target, or why there is none. */
  #connect(target: Target): Flow | SipError {
    try {
      const pause = this.#environment.health.connectPause(target);
      if (pause === 0) return this.#environment.flow(target);
      const { protocol, host, port } = target;
      return new SipTransportError(
        `${protocol} ${formatHostPort(host, port)} took no connection a moment ago; it is tried again in ${Math.ceil(pause)} ms.`,
        { code: 'ERR_SIP_CONNECT' },
      );
    } catch (error) {
      return error as SipError;
    }
  }

  /** RFC 3261 §18.1.1: a connection to the same address for a request too large for a datagram, when there is one to be had. */
  #carrier(request: SipRequest, flow: Flow, { target, datagrams }: Attempt): Flow {
    const { large, health } = this.#environment;
    if (!target || datagrams || !large.tooLarge(request, flow) || !health.takesConnections(target)) return flow;
    const connection = this.#connect({ ...target, protocol: 'TCP' });
    return connection instanceof SipError ? flow : connection;
  }

  #transmit(request: SipRequest, flow: Flow, attempt: Attempt): void {
    const { health, layer } = this.#environment;
    const { target } = attempt;
    const { digest } = this.#options;
    const fault = unprotected(request, flow);
    if (fault) {
      this.#next(fault);
      return;
    }
    this.#request = request;
    // Each sending has a nonce count of its own, or it would be taken for a replay.
    digest?.authorize(request);
    this.#environment.prepare?.(request, flow);
    this.#options.handlers.sending?.(request, flow);
    secureContact(request, request, flow);
    const carrier = this.#carrier(request, flow, attempt);
    this.#sent = true;
    let heard = 0;
    let failed = false;
    const handlers: ClientTransactionHandlers = {
      response: (response) => {
        const { status } = response;
        const unavailable = status === 503;
        const rang = heard > 100;
        heard = Math.max(heard, status);
        if (target && unavailable) health.busy(target, retryAfter(response));
        else if (target) health.succeeded(target);
        // What somebody has heard ring elsewhere does not begin anew.
        if (unavailable && !rang && this.#targets.length > 0 && !this.#cancelled) {
          this.#unavailable = response;
          this.#next(new SipResponseError(status, response.reason, response));
          return;
        }
        const challenged = status === 401 || status === 407;
        if (challenged && this.#repeat(response, flow, attempt)) return;
        const unproven = !challenged && status >= 200 ? digest?.unproven(response, request) : undefined;
        // An INVITE that was accepted has a dialog, which somebody has to end.
        if (unproven && request.method !== 'INVITE') this.#fail(unproven);
        else this.#options.handlers.response(response);
      },
      timeout: () => {
        failed = true;
        const { T1, patience = 64 * T1 } = layer.timers;
        const error = new SipTimeoutError(`Nobody answered the ${request.method} in ${patience} ms.`);
        if (heard > 0) {
          this.#fail(error);
          return;
        }
        if (target) health.failed(target, 'timeout');
        this.#next(error);
      },
      transportError: (error) => {
        failed = true;
        // The ACK of a refusal could not be sent: the refusal has been told.
        if (heard >= 200) return;
        if (heard > 0 || error.code === 'ERR_SIP_LIMIT') this.#fail(error);
        else this.#broken(error, flow, carrier, attempt);
      },
    };
    const transaction = attempt.repeated
      ? layer.repeat(request, carrier, handlers)
      : layer.request(request, carrier, handlers);
    // What has failed at once is on another way by now.
    if (failed) return;
    this.#transaction = transaction;
    if (this.#cancelled) transaction.cancel();
  }

  /** The request could not be sent, or the connection went before any response came. */
  #broken(error: SipTransportError, flow: Flow, carrier: Flow, attempt: Attempt): void {
    const { target } = attempt;
    const { health } = this.#environment;
    // The flow it was to go by has broken: it is sent like one that had none.
    if (!this.#located && flow.closed && !this.#cancelled && !this.#options.keepsToFlow) {
      // The peer of a dialog may have it already: to that it is the same transaction, if it comes by the same protocol.
      if (this.#request.to.tag !== undefined) this.#begun = carrier.protocol;
      this.#locate(error);
      return;
    }
    if (!target || this.#cancelled) {
      this.#next(error);
      return;
    }
    // RFC 3261 §18.4: a connection that was open may have been idle for long; a new one is worth a try, once.
    const redial = carrier.reliable && error.code === 'ERR_SIP_TRANSPORT' && !attempt.redialed;
    if (carrier !== flow) {
      if (!redial) health.keepToDatagrams(target);
      this.#transmit(this.#withoutVia(), flow, { target, redialed: true, datagrams: !redial });
      return;
    }
    const again = redial ? this.#connect(target) : error;
    if (again instanceof SipError) {
      health.failed(target, 'unreachable');
      this.#next(again);
      return;
    }
    this.#transmit(this.#request.clone(), again, { ...attempt, redialed: true, repeated: true });
  }

  /** The request as it was before it was sent, for another transaction. */
  #withoutVia(): SipRequest {
    const fresh = this.#request.clone();
    if (this.#sent) fresh.headers.removeFirst('Via');
    return fresh;
  }

  /** @returns whether the challenge need not be told: the request goes out again, or credentials are being looked for */
  #repeat(challenge: SipResponse, flow: Flow, attempt: Attempt): boolean {
    const { digest, handlers } = this.#options;
    if (!digest || this.#cancelled || this.#challenged >= digest.attempts) return false;
    let accepted: boolean | Promise<boolean>;
    try {
      accepted = digest.accept(challenge, this.#request);
    } catch (error) {
      accepted = Promise.reject(error);
    }
    if (accepted instanceof Promise) {
      accepted.then(
        (found) => (found && !this.#cancelled ? this.#again(flow, attempt) : handlers.response(challenge)),
        (error: unknown) => this.#fail(error),
      );
      return true;
    }
    if (accepted) this.#again(flow, attempt);
    return accepted;
  }

  /** RFC 3261 §22.2, §22.3, §8.1.3.5: the same request with credentials, a higher CSeq and a new branch. */
  #again(flow: Flow, attempt: Attempt): void {
    this.#challenged++;
    const again = this.#withoutVia();
    again.cseq = { sequence: again.cseq.sequence + 1, method: again.method };
    this.#transmit(again, flow, { ...attempt, redialed: false, repeated: false });
  }

  #fail(error: unknown): void {
    this.#options.handlers.failed(
      error instanceof SipError
        ? error
        : new SipTransportError(`The request could not be sent: ${String(error)}`, { cause: error }),
    );
  }
}

const givenUp = () => new SipError('The request was given up.', { code: 'ERR_SIP_CANCELLED' });

/** Seconds that Retry-After asks for; a comment and parameters may follow (RFC 3261 §20.33). */
function retryAfter(response: SipResponse): number | undefined {
  const seconds = /^\d+/.exec(response.headers.get('Retry-After') ?? '')?.[0];
  return seconds === undefined ? undefined : Number(seconds);
}
