import { SipRequest } from '../message/request';
import type { SipResponse } from '../message/response';
import { serializeMessage } from '../message/serialize';
import type { SipTransportError } from '../platform/errors';
import type { Flow } from '../transport/transport';
import { InviteClientMachine, type InviteClientState } from './invite-client-machine';
import { NonInviteClientMachine, type NonInviteClientState } from './non-invite-client-machine';
import type { TransactionLayer } from './transaction-layer';

/** Who is told what becomes of a request. */
export interface ClientTransactionHandlers {
  /** A provisional or final response; for INVITE every 2xx, repeated ones included (RFC 6026 §7.2). */
  response(response: SipResponse): void;
  /** Nobody answered in 64*T1: to be treated as 408 (RFC 3261 §8.1.3.1). */
  timeout(): void;
  /** The request could not be sent: to be treated as 503 (§8.1.3.1). */
  transportError(error: SipTransportError): void;
  /** The transaction has ended and left the layer. */
  terminated?(): void;
}

/** A request on its way, and its responses (RFC 3261 §17.1). */
export class ClientTransaction {
  /** The request as it goes out, its top Via included. */
  readonly request: SipRequest;
  readonly flow: Flow;
  /** Identifies the transaction in its layer. */
  readonly key: string;
  /** When it began, by the layer's clock, in ms. */
  readonly since: number;
  readonly #layer: TransactionLayer;
  readonly #handlers: ClientTransactionHandlers;
  readonly #machine: InviteClientMachine | NonInviteClientMachine;
  readonly #bytes: Uint8Array;
  #acks: Uint8Array | undefined;
  #provisional = false;
  #status = 0;
  #sent = false;
  #cancel: { headers: readonly (readonly [string, string])[] } | undefined;

  /** @internal Made by {@link TransactionLayer.request}. */
  constructor(
    layer: TransactionLayer,
    key: string,
    request: SipRequest,
    flow: Flow,
    handlers: ClientTransactionHandlers,
  ) {
    this.#layer = layer;
    this.#handlers = handlers;
    this.key = key;
    this.request = request;
    this.flow = flow;
    this.#bytes = serializeMessage(request);
    const { machineClock: clock, timers } = layer;
    this.since = clock.now();
    const actions = {
      reliable: flow.reliable,
      sendRequest: () => {
        if (this.#sent) layer.sendingAgain('request', request.method, flow, true);
        else layer.requesting(request, flow);
        this.#sent = true;
        layer.transmit(this.#bytes, flow);
      },
      sendAck: (response: SipResponse) => {
        if (this.#acks) layer.sendingAgain('request', 'ACK', flow, false);
        layer.transmit((this.#acks ??= this.#ackFor(response)), flow);
      },
      response: (response: SipResponse) => this.#responded(response),
      timeout: () => {
        layer.failing(this, 'timeout');
        handlers.timeout();
      },
      transportError: (error: unknown) => {
        layer.failing(this, 'transport');
        handlers.transportError(error as SipTransportError);
      },
      terminated: () => {
        layer.forgetClient(this);
        handlers.terminated?.();
      },
    };
    this.#machine =
      request.method === 'INVITE'
        ? new InviteClientMachine(clock, timers, actions)
        : new NonInviteClientMachine(clock, timers, actions);
  }

  /** Its state (RFC 3261 §17.1, figures 5 and 6). */
  get state(): InviteClientState | NonInviteClientState {
    return this.#machine.state;
  }

  /** Status of the last response, 0 before the first. */
  get status(): number {
    return this.#status;
  }

  /** Time since it began, in ms. */
  get age(): number {
    return this.#layer.clock.now() - this.since;
  }

  /** Whether a final response has come. */
  get answered(): boolean {
    return this.#status >= 200;
  }

  /** @internal */
  begin(): void {
    this.#machine.begin();
  }

  /** @internal */
  receive(response: SipResponse): void {
    const { status } = response;
    if (this.#machine instanceof InviteClientMachine) {
      this.#machine.input(status < 200 ? '1xx' : status < 300 ? '2xx' : '300-699', response);
    } else {
      this.#machine.input(status < 200 ? '1xx' : '200-699', response);
    }
  }

  /** @internal Ends without telling anybody. */
  abandon(): void {
    this.#machine.abandon();
  }

  /** @internal */
  fail(error: SipTransportError): void {
    this.#machine.input('transport error', error);
  }

  /**
   * @internal The flow has closed, or could not carry a datagram. Once there has been a provisional response nothing more has to be sent: the
   * server opens a connection of its own to answer (RFC 3261 §18.2.2), unless nobody can connect to us.
   */
  flowClosed(error: SipTransportError): void {
    const { protocol } = this.flow;
    const reachable = protocol === 'TCP' || protocol === 'TLS';
    if (!reachable || this.#machine.state !== 'proceeding') this.fail(error);
    else if (this.#machine instanceof InviteClientMachine) this.#machine.cutOff();
  }

  /**
   * Cancels an INVITE (RFC 3261 §9.1): at once when a provisional response has come, else as soon as one does; not at all after
   * a final one, or when it has been given up. The INVITE then ends with 487, or with a 2xx that crossed the CANCEL.
   *
   * @param headers further header fields of the CANCEL, such as Reason (RFC 3326)
   */
  cancel(headers: readonly (readonly [string, string])[] = []): void {
    if (this.request.method !== 'INVITE' || this.answered || this.#cancel || this.state === 'terminated') return;
    this.#cancel = { headers };
    if (this.#provisional) this.#sendCancel();
  }

  /** Nobody needs the final response of an INVITE any more, as its session has ended; without one the transaction ends in 64*T1. */
  release(): void {
    if (this.#machine instanceof InviteClientMachine) this.#machine.release();
  }

  #responded(response: SipResponse): void {
    this.#status = response.status;
    if (response.status < 200 && !this.#provisional) {
      this.#provisional = true;
      if (this.#cancel) this.#sendCancel();
    }
    this.#handlers.response(response);
  }

  #sendCancel(): void {
    const { request } = this;
    const cancel = SipRequest.create({ method: 'CANCEL', uri: request.uri });
    cancel.headers.set('Via', request.via);
    cancel.headers.set('Max-Forwards', 70);
    cancel.headers
      .copyFrom(request.headers, 'From')
      .copyFrom(request.headers, 'To')
      .copyFrom(request.headers, 'Call-ID');
    cancel.cseq = { sequence: request.cseq.sequence, method: 'CANCEL' };
    cancel.headers.copyFrom(request.headers, 'Route');
    for (const [name, value] of this.#cancel!.headers) cancel.headers.append(name, value);
    if (this.#machine instanceof InviteClientMachine) this.#machine.cancelled();
    this.#layer.sendCancel(cancel, this);
  }

  /** RFC 3261 §17.1.1.3: the same top Via, Request-URI and Route; To of the response, CSeq with ACK. */
  #ackFor(response: SipResponse): Uint8Array {
    const { request } = this;
    const ack = SipRequest.create({ method: 'ACK', uri: request.uri });
    ack.headers.set('Via', request.via);
    ack.headers.set('Max-Forwards', 70);
    ack.headers.copyFrom(request.headers, 'From').copyFrom(response.headers, 'To').copyFrom(request.headers, 'Call-ID');
    ack.cseq = { sequence: request.cseq.sequence, method: 'ACK' };
    ack.headers.copyFrom(request.headers, 'Route');
    this.#layer.requesting(ack, this.flow);
    return serializeMessage(ack);
  }
}
