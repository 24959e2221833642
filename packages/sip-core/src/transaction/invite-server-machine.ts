import type { SipResponse } from '../message/response';
import type { Clock } from '../platform/clock';
import { Machine, type Transitions } from './machine';
import type { TimerValues } from './timer-values';

/** States of an INVITE server transaction (RFC 3261 §17.2.1 as corrected by RFC 6026 §7.1). */
export type InviteServerState = 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'terminated';

/** What may happen to it: a repeated INVITE, the ACK, what the user answers, the timers. */
export type InviteServerInput =
  | 'INVITE'
  | 'ACK'
  | 'send 1xx'
  | 'send 2xx'
  | 'send 300-699'
  | 'transport error'
  | 'timer 100'
  | 'timer G'
  | 'timer H'
  | 'timer I'
  | 'timer L';

/** What an INVITE server transaction does to the world. */
export interface InviteServerActions {
  readonly reliable: boolean;
  /** Sends a response and remembers it as the last one. */
  send(response: SipResponse): void;
  /** Sends the last response again, if there was one. */
  resend(): void;
  /** Sends 100 (Trying), as the user has said nothing for 200 ms. */
  sendTrying(): void;
  /** The ACK of a final response that was no 2xx has come. */
  acknowledged(): void;
  /** No ACK came in 64*T1. */
  timeout(): void;
  transportError(error: unknown): void;
  terminated(): void;
}

/** The user has this long to answer before a 100 goes out, in ms (§17.2.1). */
const TRYING_DELAY = 200;

type Table = Transitions<InviteServerMachine, InviteServerState, InviteServerInput>;

const table: Table = {
  proceeding: {
    'timer 100': (machine) => machine.trying(),
    // §17.2.1: a repeated request is answered with the last provisional response.
    INVITE: (machine) => machine.repeat(),
    'send 1xx': (machine, response) => machine.send('proceeding', response),
    'send 2xx': (machine, response) => machine.send('accepted', response),
    'send 300-699': (machine, response) => machine.send('completed', response),
    'transport error': (machine, error) => machine.report(error),
  },
  accepted: {
    'transport error': (machine, error) => machine.report(error),
    // RFC 6026 §7.1: repeated INVITEs are absorbed; each 2xx comes from the user, who repeats it until the ACK.
    'send 2xx': (machine, response) => machine.send('accepted', response),
    'timer L': () => 'terminated',
  },
  completed: {
    INVITE: (machine) => machine.repeat(),
    // §17.2.1: T1, doubling up to T2, until the ACK; over an unreliable transport only.
    'timer G': (machine) => machine.retransmit(),
    'timer H': (machine) => machine.giveUp(),
    ACK: (machine) => machine.confirm(),
    'transport error': (machine, error) => machine.report(error),
  },
  confirmed: {
    // §17.2.1: timer I absorbs repeated ACKs.
    'timer I': () => 'terminated',
  },
  terminated: {},
};

/** The INVITE server transaction (RFC 3261 figure 7, RFC 6026 figure 2), without any I/O. */
export class InviteServerMachine extends Machine<InviteServerState, InviteServerInput> {
  protected override readonly transitions: Table = table;
  #interval: number;

  constructor(
    clock: Clock,
    private readonly timers: TimerValues,
    private readonly actions: InviteServerActions,
  ) {
    super('proceeding', clock);
    this.#interval = timers.T1;
  }

  /** The INVITE has come. */
  begin(): void {
    this.start('timer 100', TRYING_DELAY);
  }

  /** @internal */
  trying(): InviteServerState {
    this.actions.sendTrying();
    return 'proceeding';
  }

  /** @internal */
  repeat(): InviteServerState {
    this.actions.resend();
    return this.state;
  }

  /** @internal */
  send(next: InviteServerState, response: unknown): InviteServerState {
    this.stop('timer 100');
    if (this.state !== next) {
      this.state = next;
      this.entered(next);
    }
    this.actions.send(response as SipResponse);
    return next;
  }

  /** @internal */
  retransmit(): InviteServerState {
    this.#interval = Math.min(this.#interval * 2, this.timers.T2);
    this.start('timer G', this.#interval);
    this.actions.resend();
    return 'completed';
  }

  /** @internal */
  confirm(): InviteServerState {
    this.state = 'confirmed';
    this.entered('confirmed');
    this.actions.acknowledged();
    return 'confirmed';
  }

  /** @internal */
  giveUp(): InviteServerState {
    this.state = 'terminated';
    this.entered('terminated');
    this.actions.timeout();
    return 'terminated';
  }

  /** @internal RFC 6026 figure 2: the user is told, and the state stays, so that repeated INVITEs are still absorbed. */
  report(error: unknown): InviteServerState {
    this.actions.transportError(error);
    return this.state;
  }

  protected override entered(state: InviteServerState): void {
    this.stopAll();
    const { T1, T4 } = this.timers;
    if (state === 'completed') {
      this.start('timer H', 64 * T1);
      if (!this.actions.reliable) this.start('timer G', this.#interval);
    }
    if (state === 'confirmed') this.start('timer I', this.actions.reliable ? 0 : T4);
    if (state === 'accepted') this.start('timer L', 64 * T1);
    if (state === 'terminated') this.actions.terminated();
  }
}
