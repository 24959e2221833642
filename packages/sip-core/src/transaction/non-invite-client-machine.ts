import type { SipResponse } from '../message/response';
import type { Clock } from '../platform/clock';
import { Machine, type Transitions } from './machine';
import type { TimerValues } from './timer-values';

/** States of a client transaction that is no INVITE (RFC 3261 §17.1.2). */
export type NonInviteClientState = 'trying' | 'proceeding' | 'completed' | 'terminated';

/** What may happen to it. */
export type NonInviteClientInput = '1xx' | '200-699' | 'transport error' | 'timer E' | 'timer F' | 'timer K';

/** What it does to the world. */
export interface NonInviteClientActions {
  readonly reliable: boolean;
  /** Sends the request, again. */
  sendRequest(): void;
  response(response: SipResponse): void;
  timeout(): void;
  transportError(error: unknown): void;
  terminated(): void;
}

type Table = Transitions<NonInviteClientMachine, NonInviteClientState, NonInviteClientInput>;

const table: Table = {
  trying: {
    // §17.1.2.2: T1, doubling up to T2.
    'timer E': (machine) => machine.retransmit(),
    'timer F': (machine) => machine.giveUp(),
    '1xx': (machine, response) => machine.pass('proceeding', response),
    '200-699': (machine, response) => machine.pass('completed', response),
    'transport error': (machine, error) => machine.fail(error),
  },
  proceeding: {
    // §17.1.2.2: a provisional response slows retransmission to T2 and does not stop it.
    'timer E': (machine) => machine.retransmit(),
    'timer F': (machine) => machine.giveUp(),
    '1xx': (machine, response) => machine.pass('proceeding', response),
    '200-699': (machine, response) => machine.pass('completed', response),
    'transport error': (machine, error) => machine.fail(error),
  },
  completed: {
    // §17.1.2.2: timer K buffers repeated responses, which end here.
    'timer K': () => 'terminated',
  },
  terminated: {},
};

/** The non-INVITE client transaction (RFC 3261 figure 6), without any I/O. */
export class NonInviteClientMachine extends Machine<NonInviteClientState, NonInviteClientInput> {
  protected override readonly transitions: Table = table;
  #interval: number;

  constructor(
    clock: Clock,
    private readonly timers: TimerValues,
    private readonly actions: NonInviteClientActions,
  ) {
    super('trying', clock);
    this.#interval = timers.T1;
  }

  /** Sends the request for the first time. */
  begin(): void {
    this.start('timer F', this.timers.patience ?? 64 * this.timers.T1);
    if (!this.actions.reliable) this.start('timer E', this.#interval);
    this.actions.sendRequest();
  }

  /** @internal */
  retransmit(): NonInviteClientState {
    this.#interval = this.state === 'proceeding' ? this.timers.T2 : Math.min(this.#interval * 2, this.timers.T2);
    this.start('timer E', this.#interval);
    this.actions.sendRequest();
    return this.state;
  }

  /** @internal */
  giveUp(): NonInviteClientState {
    this.leave('terminated');
    this.actions.timeout();
    return 'terminated';
  }

  /** @internal */
  fail(error: unknown): NonInviteClientState {
    this.leave('terminated');
    this.actions.transportError(error);
    return 'terminated';
  }

  /** @internal */
  pass(next: NonInviteClientState, response: unknown): NonInviteClientState {
    this.leave(next);
    this.actions.response(response as SipResponse);
    return next;
  }

  private leave(next: NonInviteClientState): void {
    if (this.state === next) return;
    this.state = next;
    this.entered(next);
  }

  protected override entered(state: NonInviteClientState): void {
    if (state === 'completed') {
      this.stopAll();
      this.start('timer K', this.actions.reliable ? 0 : this.timers.T4);
    }
    if (state === 'terminated') {
      this.stopAll();
      this.actions.terminated();
    }
  }
}
