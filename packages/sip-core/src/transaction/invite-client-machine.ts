import type { SipResponse } from '../message/response';
import type { Clock } from '../platform/clock';
import { Machine, type Transitions } from './machine';
import type { TimerValues } from './timer-values';

/** States of an INVITE client transaction (RFC 3261 §17.1.1 as corrected by RFC 6026 §7.2). */
export type InviteClientState = 'calling' | 'proceeding' | 'accepted' | 'completed' | 'terminated';

/** What may happen to it. */
export type InviteClientInput =
  | '1xx'
  | '2xx'
  | '300-699'
  | 'transport error'
  | 'timer A'
  | 'timer B'
  | 'timer D'
  | 'timer M';

/** What an INVITE client transaction does to the world. */
export interface InviteClientActions {
  readonly reliable: boolean;
  /** Sends the INVITE, again. */
  sendRequest(): void;
  /** Sends the ACK of a final response that is no 2xx (§17.1.1.3). */
  sendAck(response: SipResponse): void;
  response(response: SipResponse): void;
  timeout(): void;
  transportError(error: unknown): void;
  terminated(): void;
}

/** Timer C of a proxy: more than three minutes (§16.6 item 11). In ms. */
const TIMER_C = 181_000;

type Table = Transitions<InviteClientMachine, InviteClientState, InviteClientInput>;

const table: Table = {
  calling: {
    // §17.1.1.2: retransmit, doubling the interval each time; only over an unreliable transport.
    'timer A': (machine) => machine.retransmit(),
    // §17.1.1.2: 64*T1 without any response.
    'timer B': (machine) => machine.giveUp(),
    '1xx': (machine, response) => machine.pass('proceeding', response),
    '2xx': (machine, response) => machine.pass('accepted', response),
    '300-699': (machine, response) => machine.refuse(response),
    'transport error': (machine, error) => machine.fail(error),
  },
  proceeding: {
    // §9.1: 64*T1 after a CANCEL, or after the end of the session, without a final response.
    'timer B': (machine) => machine.giveUp(),
    '1xx': (machine, response) => machine.pass('proceeding', response),
    '2xx': (machine, response) => machine.pass('accepted', response),
    '300-699': (machine, response) => machine.refuse(response),
    'transport error': (machine, error) => machine.fail(error),
  },
  accepted: {
    // RFC 6026 §7.2: every 2xx, repeated or from another branch, goes to the user, who acknowledges it.
    '2xx': (machine, response) => machine.pass('accepted', response),
    'timer M': () => 'terminated',
  },
  completed: {
    // §17.1.1.2: a repeated final response is acknowledged again and goes no further.
    '300-699': (machine, response) => machine.acknowledge(response),
    'timer D': () => 'terminated',
    'transport error': (machine, error) => machine.fail(error),
  },
  terminated: {},
};

/** The INVITE client transaction (RFC 3261 figure 5, RFC 6026 figure 1), without any I/O. */
export class InviteClientMachine extends Machine<InviteClientState, InviteClientInput> {
  protected override readonly transitions: Table = table;
  #interval: number;
  #cancelled = false;
  #released = false;

  constructor(
    clock: Clock,
    private readonly timers: TimerValues,
    private readonly actions: InviteClientActions,
  ) {
    super('calling', clock);
    this.#interval = timers.T1;
  }

  /** Sends the INVITE for the first time. */
  begin(): void {
    this.start('timer B', this.timers.patience ?? 64 * this.timers.T1);
    if (!this.actions.reliable) this.start('timer A', this.#interval);
    this.actions.sendRequest();
  }

  /** A CANCEL has been sent: the final response is waited for no longer than 64*T1 (§9.1). */
  cancelled(): void {
    this.#cancelled = true;
    if (this.state === 'proceeding') this.start('timer B', 64 * this.timers.T1);
  }

  /** Nobody needs the final response any more: it is waited for no longer than 64*T1, to be acknowledged. */
  release(): void {
    this.#released = true;
    if (this.state === 'proceeding' && !this.#cancelled) this.start('timer B', 64 * this.timers.T1);
  }

  /** The connection has closed: the final response is waited for as long as a proxy would (§16.6 item 11), as its sender may be gone. */
  cutOff(): void {
    if (this.state === 'proceeding' && !this.#cancelled) this.start('timer B', TIMER_C);
  }

  /** @internal */
  retransmit(): InviteClientState {
    this.#interval *= 2;
    this.start('timer A', this.#interval);
    this.actions.sendRequest();
    return 'calling';
  }

  /** @internal */
  giveUp(): InviteClientState {
    this.leave('terminated');
    this.actions.timeout();
    return 'terminated';
  }

  /** @internal */
  fail(error: unknown): InviteClientState {
    this.leave('terminated');
    this.actions.transportError(error);
    return 'terminated';
  }

  /** @internal */
  pass(next: InviteClientState, response: unknown): InviteClientState {
    this.leave(next);
    this.actions.response(response as SipResponse);
    return next;
  }

  /** @internal */
  refuse(response: unknown): InviteClientState {
    this.leave('completed');
    this.actions.sendAck(response as SipResponse);
    this.actions.response(response as SipResponse);
    return 'completed';
  }

  /** @internal */
  acknowledge(response: unknown): InviteClientState {
    this.actions.sendAck(response as SipResponse);
    return 'completed';
  }

  /** Changes state before anybody is called back, so that who looks sees where the transaction is. */
  private leave(next: InviteClientState): void {
    if (this.state === next) return;
    this.state = next;
    this.entered(next);
  }

  protected override entered(state: InviteClientState): void {
    this.stopAll();
    // §17.1.1.2: at least 32 s over an unreliable transport, none over a reliable one.
    if (state === 'completed') this.start('timer D', this.actions.reliable ? 0 : Math.max(32_000, 64 * this.timers.T1));
    if (state === 'proceeding' && this.#released) this.start('timer B', 64 * this.timers.T1);
    if (state === 'accepted') this.start('timer M', 64 * this.timers.T1);
    if (state === 'terminated') this.actions.terminated();
  }
}
