import type { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import { serializeMessage } from '../message/serialize';
import { SipStateError, type SipTransportError } from '../platform/errors';
import type { Flow } from '../transport/transport';
import { InviteServerMachine, type InviteServerState } from './invite-server-machine';
import { NonInviteServerMachine, type NonInviteServerState } from './non-invite-server-machine';
import type { TransactionLayer } from './transaction-layer';

/** Who is told what becomes of a received request. */
export interface ServerTransactionHandlers {
  /** A CANCEL for this INVITE has come and was answered; answer the INVITE 487 unless it has a final response (RFC 3261 §9.2). */
  cancelled?(cancel: SipRequest): void;
  /** The ACK of a final response that was no 2xx has come. */
  acknowledged?(): void;
  /** No ACK for such a response came in 64*T1. */
  timeout?(): void;
  /** A response could not be sent. */
  transportError?(error: SipTransportError): void;
  /** The transaction has ended and left the layer. */
  terminated?(): void;
}

/** A received request, to be answered with {@link respond} (RFC 3261 §17.2). */
export class ServerTransaction {
  /** The request, its top Via with `received` and `rport` filled in. */
  readonly request: SipRequest;
  /** The flow it came on. */
  readonly flow: Flow;
  /** Set by whoever serves the request. */
  handlers: ServerTransactionHandlers = {};
  /** @internal Told, beside the handlers, that the transaction has ended. */
  ended: (() => void) | undefined;
  /** Identifies the transaction in its layer. */
  readonly key: string;
  readonly #layer: TransactionLayer;
  readonly #machine: InviteServerMachine | NonInviteServerMachine;
  #lastBytes: Uint8Array | undefined;
  #lastStatus = 0;
  /** Where the last response went. */
  #answeredOver: Flow | undefined;

  /** @internal Made by the {@link TransactionLayer}. */
  constructor(layer: TransactionLayer, key: string, request: SipRequest, flow: Flow) {
    this.#layer = layer;
    this.key = key;
    this.request = request;
    this.flow = flow;
    const { clock, timers } = layer;
    const actions = {
      reliable: flow.reliable,
      send: (response: SipResponse) => {
        this.#lastBytes = serializeMessage(response);
        this.#transmit(this.#lastBytes);
      },
      resend: () => {
        layer.counters.requestsAbsorbed++;
        if (this.#lastBytes) this.#transmit(this.#lastBytes);
      },
      sendTrying: () => this.respond(SipResponse.for(request, 100)),
      acknowledged: () => this.handlers.acknowledged?.(),
      timeout: () => this.handlers.timeout?.(),
      transportError: (error: unknown) => this.handlers.transportError?.(error as SipTransportError),
      terminated: () => {
        layer.forgetServer(this);
        this.ended?.();
        this.handlers.terminated?.();
      },
    };
    this.#machine =
      request.method === 'INVITE'
        ? new InviteServerMachine(clock, timers, actions)
        : new NonInviteServerMachine(clock, timers, actions);
  }

  get state(): InviteServerState | NonInviteServerState {
    return this.#machine.state;
  }

  /** Status of the last response sent, 0 before the first. */
  get status(): number {
    return this.#lastStatus;
  }

  /** Whether a final response has been sent. */
  get answered(): boolean {
    return this.#lastStatus >= 200;
  }

  /**
   * Sends a response. A 2xx to INVITE may be sent several times: repeating it until the ACK comes is the user's part
   * (RFC 3261 §13.3.1.4).
   *
   * @throws SipStateError when a final response has been sent already
   */
  respond(response: SipResponse): void {
    const { status } = response;
    const { method } = this.request;
    const repeated2xx = method === 'INVITE' && this.state === 'accepted' && status >= 200 && status < 300;
    if (this.answered && !repeated2xx) {
      throw new SipStateError(`The ${method} has been answered ${this.#lastStatus} already; ${status} cannot follow.`);
    }
    this.#lastStatus = status;
    if (this.#machine instanceof InviteServerMachine) {
      this.#machine.input(status < 200 ? 'send 1xx' : status < 300 ? 'send 2xx' : 'send 300-699', response);
    } else {
      this.#machine.input(status < 200 ? 'send 1xx' : 'send 200-699', response);
    }
  }

  /**
   * Begins a response to the request and sends it.
   *
   * @param options.toTag tag of To; one of the layer's, the same for the whole transaction, when absent
   */
  reply(
    status: number,
    options: { reason?: string; headers?: Iterable<readonly [string, string]>; toTag?: string } = {},
  ): void {
    const response = SipResponse.for(this.request, status, options.reason, { toTag: options.toTag ?? this.toTag });
    for (const [name, value] of options.headers ?? []) response.headers.append(name, value);
    this.respond(response);
  }

  #toTag: string | undefined;

  /** The tag this element gives to To in all responses of the transaction (RFC 3261 §8.2.6.2). */
  get toTag(): string {
    return (this.#toTag ??= this.request.to.tag ?? this.#layer.newTag());
  }

  /** @internal */
  begin(): void {
    if (this.#machine instanceof InviteServerMachine) this.#machine.begin();
  }

  /** @internal The request has come again. */
  repeated(): void {
    if (this.#machine instanceof InviteServerMachine) this.#machine.input('INVITE');
    else this.#machine.input('request');
  }

  /** @internal Answers whether the ACK belonged here: a 2xx's ACK goes to the user. */
  acknowledge(): boolean {
    if (!(this.#machine instanceof InviteServerMachine)) return false;
    if (this.state === 'accepted') return false;
    this.#machine.input('ACK');
    return true;
  }

  /** @internal Ends without telling anybody. */
  abandon(): void {
    this.#machine.abandon();
  }

  /** @internal A flow has ended. One the request came on may: responses then go over another. One chosen for them may not. */
  flowClosed(flow: Flow, error: SipTransportError): void {
    if (flow !== this.#answeredOver || (flow.reliable && flow === this.flow)) return;
    this.#machine.input('transport error', error);
  }

  #transmit(bytes: Uint8Array): void {
    const flow = this.#layer.responseFlow(this.request, this.flow);
    this.#answeredOver = flow;
    this.#layer.transmit(bytes, flow);
  }
}
