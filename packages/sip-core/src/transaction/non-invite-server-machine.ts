import type { SipResponse } from '../message/response';
import type { Clock } from '../platform/clock';
import { Machine, type Transitions } from './machine';
import type { TimerValues } from './timer-values';

/** States of a server transaction that is no INVITE (RFC 3261 §17.2.2). */
export type NonInviteServerState = 'trying' | 'proceeding' | 'completed' | 'terminated';

/** What may happen to it. */
export type NonInviteServerInput =
  | 'request'
  | 'send 1xx'
  | 'send 200-699'
  | 'transport error'
  | 'timer 100'
  | 'timer F'
  | 'timer J';

/** What it does to the world. */
export interface NonInviteServerActions {
  readonly reliable: boolean;
  /** Sends a response and remembers it as the last one. */
  send(response: SipResponse): void;
  /** Sends the last response again. */
  resend(): void;
  /** Sends 100 (Trying), as the user has said nothing for long. */
  sendTrying(): void;
  /** The user has not answered as long as the client waits. */
  timeout(): void;
  transportError(error: unknown): void;
  terminated(): void;
}

type Table = Transitions<NonInviteServerMachine, NonInviteServerState, NonInviteServerInput>;

const table: Table = {
  trying: {
    // §17.2.2: a repeated request is dropped while there is nothing to answer with.
    // RFC 4320 §4.1: no 100 before a client repeats its request no faster than every T2, and one then.
    'timer 100': (machine) => machine.trying(),
    // RFC 4320 §4.2: the client has given up by now; whatever came would find nobody.
    'timer F': (machine) => machine.giveUp(),
    'send 1xx': (machine, response) => machine.send('proceeding', response),
    'send 200-699': (machine, response) => machine.send('completed', response),
    'transport error': (machine, error) => machine.fail(error),
  },
  proceeding: {
    'timer F': (machine) => machine.giveUp(),
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

  /** The user has not answered at once. */
  begin(): void {
    if (this.state === 'trying') this.start('timer 100', tryingDelay(this.timers));
    this.start('timer F', 64 * this.timers.T1);
  }

  /** @internal */
  trying(): NonInviteServerState {
    this.actions.sendTrying();
    return this.state;
  }

  /** @internal */
  giveUp(): NonInviteServerState {
    this.state = 'terminated';
    this.entered('terminated');
    this.actions.timeout();
    return 'terminated';
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
    if (state === 'proceeding') {
      this.stop('timer 100');
      return;
    }
    this.stopAll();
    if (state === 'completed') this.start('timer J', this.actions.reliable ? 0 : 64 * this.timers.T1);
    if (state === 'terminated') this.actions.terminated();
  }
}

/** When timer E of the client comes to T2: T1, doubled each time, has passed until then (RFC 4320 §4.1). */
export function tryingDelay({ T1, T2 }: TimerValues): number {
  let passed = 0;
  for (let interval = T1; interval < T2; interval *= 2) passed += interval;
  return passed;
}
