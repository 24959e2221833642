import type { DigestClient } from '../auth/digest-client';
import { isLoose } from '../dialog/dialog';
import type { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import type { SipUri } from '../message/uri';
import { SipError, SipTimeoutError, SipTransportError } from '../platform/errors';
import type { ClientTransaction } from '../transaction/client-transaction';
import type { TransactionLayer } from '../transaction/transaction-layer';
import type { Flow, Target } from '../transport/transport';
import { nextHop } from './resolver';

/** What sending needs of the stack. */
export interface RequestEnvironment {
  readonly layer: TransactionLayer;
  /** Finds targets, or answers at once when nothing has to be looked up. */
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
  digest?: DigestClient | undefined;
  handlers: OutgoingRequestHandlers;
}

/**
 * A request from the locating of its next hop to its final response: tried at one target after the other while nobody
 * answers (RFC 3263 §4.3), repeated with credentials when challenged (RFC 3261 §22).
 */
export class OutgoingRequest {
  readonly #environment: RequestEnvironment;
  readonly #options: OutgoingRequestOptions;
  #request: SipRequest;
  #transaction: ClientTransaction | undefined;
  #targets: Target[] = [];
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
    const { digest, server } = this.#options;
    digest?.authorize(this.#request);
    const { flow } = this.#options;
    if (flow && !flow.closed) {
      queueMicrotask(() => {
        if (this.#cancelled) this.#next(new SipError('The request was given up.', { code: 'ERR_SIP_CANCELLED' }));
        else this.#transmit(this.#request.clone(), flow);
      });
      return;
    }
    let located: Target[] | Promise<Target[]>;
    try {
      const [route] = this.#request.routes;
      const hop = server ?? nextHop(route && isLoose(route) ? route.uri : this.#request.uri);
      located = this.#environment.locate(hop);
    } catch (error) {
      located = Promise.reject(error);
    }
    Promise.resolve(located).then(
      (targets) => {
        this.#targets = [...targets];
        this.#next(new SipTransportError('There is nowhere to send the request to.', { code: 'ERR_SIP_RESOLVE' }));
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /** Gives the request up: CANCEL for an INVITE, or nothing at all when it has not been sent. */
  cancel(headers: readonly (readonly [string, string])[] = []): void {
    this.#cancelled = true;
    this.#transaction?.cancel(headers);
  }

  /** Whether there is anything to cancel: the request has been sent and answered provisionally. */
  get proceeding(): boolean {
    return this.#transaction?.state === 'proceeding';
  }

  /** Whether the request never left. */
  get unsent(): boolean {
    return this.#transaction === undefined;
  }

  #next(otherwise: SipError): void {
    const target = this.#targets.shift();
    if (!target || this.#cancelled) {
      this.#fail(
        this.#cancelled ? new SipError('The request was given up.', { code: 'ERR_SIP_CANCELLED' }) : otherwise,
      );
      return;
    }
    let flow: Flow;
    try {
      flow = this.#environment.flow(target);
    } catch (error) {
      this.#next(error as SipError);
      return;
    }
    this.#transmit(this.#request.clone(), flow);
  }

  #transmit(request: SipRequest, flow: Flow): void {
    this.#request = request;
    this.#environment.prepare?.(request, flow);
    this.#options.handlers.sending?.(request, flow);
    let answered = false;
    this.#transaction = this.#environment.layer.request(request, flow, {
      response: (response) => {
        answered = true;
        if ((response.status === 401 || response.status === 407) && this.#repeat(response, flow)) return;
        this.#options.handlers.response(response);
      },
      timeout: () => {
        const error = new SipTimeoutError(
          `Nobody answered the ${request.method} in ${64 * this.#environment.layer.timers.T1} ms.`,
        );
        if (answered) this.#fail(error);
        else this.#retry(error);
      },
      transportError: (error) => (answered ? this.#fail(error) : this.#retry(error)),
    });
    if (this.#cancelled) this.#transaction.cancel();
  }

  #retry(error: SipError): void {
    const fresh = this.#request.clone();
    fresh.headers.removeFirst('Via');
    this.#request = fresh;
    this.#next(error);
  }

  /** RFC 3261 §22.2, §22.3, §8.1.3.5: the same request with credentials, a higher CSeq and a new branch. */
  #repeat(challenge: SipResponse, flow: Flow): boolean {
    const { digest } = this.#options;
    if (!digest || this.#cancelled || this.#challenged >= 3 || !digest.accept(challenge, this.#request)) return false;
    this.#challenged++;
    const again = this.#request.clone();
    again.headers.removeFirst('Via');
    again.cseq = { sequence: again.cseq.sequence + 1, method: again.method };
    digest.authorize(again);
    this.#transmit(again, flow);
    return true;
  }

  #fail(error: unknown): void {
    this.#options.handlers.failed(
      error instanceof SipError
        ? error
        : new SipTransportError(`The request could not be sent: ${String(error)}`, { cause: error }),
    );
  }
}
