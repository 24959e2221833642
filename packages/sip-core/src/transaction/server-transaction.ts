import type { SipRequest } from '../message/request';
import { SipResponse } from '../message/response';
import { serializeMessage } from '../message/serialize';
import { SipStateError, type SipTransportError } from '../platform/errors';
import type { Flow } from '../transport/transport';
import { type InviteServerActions, InviteServerMachine, type InviteServerState } from './invite-server-machine';
import {
  type NonInviteServerActions,
  NonInviteServerMachine,
  type NonInviteServerState,
} from './non-invite-server-machine';
import type { TransactionLayer } from './transaction-layer';

/** Who is told what becomes of a received request. */
export interface ServerTransactionHandlers {
  /** A CANCEL for this INVITE has come and was answered; answer the INVITE 487 unless it has a final response (RFC 3261 §9.2). */
  cancelled?(cancel: SipRequest): void;
  /** The ACK of a final response that was no 2xx has come. */
  acknowledged?(): void;
  /** No ACK for such a response came in 64*T1; or a request other than INVITE was not answered in that time, and can be no more. */
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
  /** When the request came, by the layer's clock, in ms. */
  readonly since: number;
  readonly #layer: TransactionLayer;
  readonly #machine: InviteServerMachine | NonInviteServerMachine;
  #lastBytes: Uint8Array | undefined;
  #lastStatus = 0;
  /** Whether the time for a 100 has come. */
  #trying = false;
  #absorbing = false;
  /** Where the last response went. */
  #answeredOver: Flow | undefined;

  /** @internal Made by the {@link TransactionLayer}. */
  constructor(layer: TransactionLayer, key: string, request: SipRequest, flow: Flow) {
    this.#layer = layer;
    this.key = key;
    this.request = request;
    this.flow = flow;
    this.since = layer.clock.now();
    const { machineClock, timers } = layer;
    const actions = new Actions(this);
    this.#machine =
      request.method === 'INVITE'
        ? new InviteServerMachine(machineClock, timers, actions)
        : new NonInviteServerMachine(machineClock, timers, actions);
  }

  /** Its state (RFC 3261 §17.2, figures 7 and 8). */
  get state(): InviteServerState | NonInviteServerState {
    return this.#machine.state;
  }

  /** Status of the last response sent, 0 before the first. */
  get status(): number {
    return this.#lastStatus;
  }

  /** Time since the request came, in ms. */
  get age(): number {
    return this.#layer.clock.now() - this.since;
  }

  /** Whether a final response has been sent. */
  get answered(): boolean {
    return this.#lastStatus >= 200;
  }

  /**
   * Sends a response. A 2xx to INVITE may be sent several times: repeating it until the ACK comes is the user's part
   * (RFC 3261 §13.3.1.4).
   *
   * To other requests than INVITE, 100 is sent by the transaction alone when its time has come (RFC 4320 §4.1), and 408 not at all,
   * as it would come too late (§4.2): the transaction ends then without a word.
   *
   * @throws SipStateError when a final response has been sent already, or the response is provisional, no 100, and not to an INVITE
   */
  respond(response: SipResponse): void {
    const { status } = response;
    const { method } = this.request;
    if (method !== 'INVITE' && (status < 200 || status === 408)) {
      if (status === 100 && !this.#trying) return;
      if (status > 100 && status < 200) {
        throw new SipStateError(
          `A ${method} is not answered ${status}; only INVITE has such responses (RFC 4320 §4.1).`,
        );
      }
      if (status === 408) {
        if (!this.answered) this.forget();
        return;
      }
    }
    const repeated2xx = method === 'INVITE' && this.state === 'accepted' && status >= 200 && status < 300;
    if (this.answered && !repeated2xx) {
      throw new SipStateError(`The ${method} has been answered ${this.#lastStatus} already; ${status} cannot follow.`);
    }
    // Whoever asked has given up.
    if (!this.answered && this.state === 'terminated') return;
    const first = status >= 200 && !this.answered;
    this.#layer.responding(response, this);
    this.#lastStatus = status;
    if (first) this.#layer.answered(this);
    if (this.#machine instanceof InviteServerMachine) {
      this.#machine.input(status < 200 ? 'send 1xx' : status < 300 ? 'send 2xx' : 'send 300-699', response);
    } else {
      this.#machine.input(status < 200 ? 'send 1xx' : 'send 200-699', response);
    }
    if (first) this.settle();
  }

  /** @internal It stays for half a minute and does little: what it can do without is let go, as often as somebody has read in it. */
  settle(): void {
    this.request.settle();
    if (this.handlers.cancelled) {
      const { cancelled: _, ...others } = this.handlers;
      this.handlers = others;
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

  /** @internal The user has been given the request. */
  begin(): void {
    if (this.answered) this.settle();
    if (this.#machine instanceof InviteServerMachine) {
      if (this.#lastStatus === 0) this.#machine.begin();
    } else if (!this.answered && this.state !== 'terminated') {
      this.#machine.begin();
    }
  }

  /** @internal The request has come again. */
  repeated(): void {
    this.#absorbing = true;
    if (this.#machine instanceof InviteServerMachine) this.#machine.input('INVITE');
    else this.#machine.input('request');
    this.#absorbing = false;
  }

  /** @internal Leaves the layer before its time: repeats will not be known any more. */
  forget(): void {
    this.#machine.abandon();
    this.#machine.state = 'terminated';
    this.left();
  }

  /** @internal */
  send(response: SipResponse): void {
    this.#lastBytes = serializeMessage(response);
    this.#transmit(this.#lastBytes);
  }

  /** @internal */
  sendAgain(): void {
    if (!this.#lastBytes) return;
    this.#layer.sendingAgain('response', this.request.method, this.flow, !this.#absorbing);
    this.#transmit(this.#lastBytes);
  }

  /** @internal */
  sendTrying(): void {
    this.#trying = true;
    this.respond(SipResponse.for(this.request, 100));
  }

  /** @internal It has ended and leaves the layer. */
  left(): void {
    this.#layer.forgetServer(this);
    this.ended?.();
    this.handlers.terminated?.();
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

  /** @internal Where responses go, when that is not where the request came from. */
  get answeredOver(): Flow | undefined {
    return this.#answeredOver === this.flow ? undefined : this.#answeredOver;
  }

  /** @internal A flow has ended. One the request came on may: responses then go over another. One chosen for them may not. */
  flowClosed(flow: Flow, error: SipTransportError): void {
    if (flow !== this.#answeredOver || (flow.reliable && flow === this.flow)) return;
    this.#machine.input('transport error', error);
  }

  #transmit(bytes: Uint8Array): void {
    const flow = this.#layer.responseFlow(this.request, this.flow);
    if (flow !== this.flow && flow !== this.#answeredOver) this.#layer.rely(this, flow, this.#answeredOver);
    this.#answeredOver = flow;
    this.#layer.transmit(bytes, flow);
  }
}

/** What the machine does to the world, through its transaction. */
class Actions implements InviteServerActions, NonInviteServerActions {
  constructor(private readonly transaction: ServerTransaction) {}

  get reliable(): boolean {
    return this.transaction.flow.reliable;
  }

  send(response: SipResponse): void {
    this.transaction.send(response);
  }

  resend(): void {
    this.transaction.sendAgain();
  }

  sendTrying(): void {
    this.transaction.sendTrying();
  }

  acknowledged(): void {
    this.transaction.handlers.acknowledged?.();
  }

  timeout(): void {
    this.transaction.handlers.timeout?.();
  }

  transportError(error: unknown): void {
    this.transaction.handlers.transportError?.(error as SipTransportError);
  }

  terminated(): void {
    this.transaction.left();
  }
}
