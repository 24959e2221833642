import type { SipResponse } from '../message/response';
import type { Clock } from '../platform/clock';
import { Machine, type Transitions } from './machine';
import type { TimerValues } from './timer-values';

/** States of a server transaction that is no INVITE (RFC 3261 §17.2.2). */
export type NonInviteServerState = 'trying' | 'proceeding' | 'completed' | 'terminated';

/** What may happen to it. */
export type NonInviteServerInput = 'request' | 'send 1xx' | 'send 200-699' | 'transport error' | 'timer J';

/** What it does to the world. */
export interface NonInviteServerActions {
  readonly reliable: boolean;
  /** Sends a response and remembers it as the last one. */
  send(response: SipResponse): void;
  /** Sends the last response again. */
  resend(): void;
  transportError(error: unknown): void;
  terminated(): void;
}

type Table = Transitions<NonInviteServerMachine, NonInviteServerState, NonInviteServerInput>;

const table: Table = {
  trying: {
    // §17.2.2: a repeated request is dropped while there is nothing to answer with.
    'send 1xx': (machine, response) => machine.send('proceeding', response),
    'send 200-699': (machine, response) => machine.send('completed', response),
    'transport error': (machine, error) => machine.fail(error),
  },
  proceeding: {
    request: (machine) => machine.repeat(),
    'send 1xx': (machine, response) => machine.send('proceeding', response),
    'send 200-699': (machine, response) => machine.send('completed', response),
    'transport error': (machine, error) => machine.fail(error),
  },
  completed: {
    request: (machine) => machine.repeat(),
    'timer J': () => 'terminated',
    'transport error': (machine, error) => machine.fail(error),
  },
  terminated: {},
};

/** The non-INVITE server transaction (RFC 3261 figure 8), without any I/O. */
export class NonInviteServerMachine extends Machine<NonInviteServerState, NonInviteServerInput> {
  protected override readonly transitions: Table = table;

  constructor(
    clock: Clock,
    private readonly timers: TimerValues,
    private readonly actions: NonInviteServerActions,
  ) {
    super('trying', clock);
  }

  /** @internal */
  repeat(): NonInviteServerState {
    this.actions.resend();
    return this.state;
  }

  /** @internal */
  send(next: NonInviteServerState, response: unknown): NonInviteServerState {
    if (this.state !== next) {
      this.state = next;
      this.entered(next);
    }
    this.actions.send(response as SipResponse);
    return next;
  }

  /** @internal */
  fail(error: unknown): NonInviteServerState {
    this.state = 'terminated';
    this.entered('terminated');
    this.actions.transportError(error);
    return 'terminated';
  }

  protected override entered(state: NonInviteServerState): void {
    this.stopAll();
    if (state === 'completed') this.start('timer J', this.actions.reliable ? 0 : 64 * this.timers.T1);
    if (state === 'terminated') this.actions.terminated();
  }
}
