import type { Clock, Timer } from '../platform/clock';

/**
 * The transitions of a machine: for each state and input, what to do. A function returns the next state; what it does before
 * that is the action. An input that is not listed for a state is ignored in it, and that is part of the table.
 */
export type Transitions<Machine, State extends string, Input extends string> = Readonly<
  Record<State, Partial<Record<Input, (machine: Machine, message: unknown) => State>>>
>;

/** State, timers and dispatch of the four transaction machines. */
export abstract class Machine<State extends string, Input extends string> {
  state: State;
  protected abstract readonly transitions: Transitions<this, State, Input>;
  readonly #clock: Clock;
  /** Those that run: three at most. */
  #timers: Running<Input> | undefined;
  #abandoned = false;

  constructor(initial: State, clock: Clock) {
    this.state = initial;
    this.#clock = clock;
  }

  /** Gives the machine an input. */
  input(name: Input, message?: unknown): void {
    const transition = this.transitions[this.state][name];
    if (!transition || this.#abandoned) return;
    const before = this.state;
    const next = transition(this, message);
    // An action may have led further already: what it called back saw the state it was in.
    if (this.state !== before) return;
    this.state = next;
    if (next !== before) this.entered(next);
  }

  /** Told after each change of state. */
  protected entered(_state: State): void {}

  /** Starts a timer that becomes an input; a running one of that name starts anew. */
  protected start(name: Input, delay: number): void {
    if (this.#abandoned) return;
    this.stop(name);
    const timer = this.#clock.setTimer(delay, () => {
      this.#take(name);
      this.input(name);
    });
    this.#timers = { name, timer, next: this.#timers };
  }

  protected stop(name: Input): void {
    this.#take(name)?.cancel();
  }

  /** Takes a timer out of those that run. */
  #take(name: Input): Timer | undefined {
    let before: Running<Input> | undefined;
    for (let running = this.#timers; running !== undefined; running = running.next) {
      if (running.name === name) {
        if (before === undefined) this.#timers = running.next;
        else before.next = running.next;
        return running.timer;
      }
      before = running;
    }
    return undefined;
  }

  /** Stops all timers, leaves the state as it is, and takes no input from now on: the element is closing. */
  abandon(): void {
    this.#abandoned = true;
    this.stopAll();
  }

  protected stopAll(): void {
    for (let running = this.#timers; running !== undefined; running = running.next) running.timer.cancel();
    this.#timers = undefined;
  }
}

/** A chain, as there are few timers and many machines. */
interface Running<Input> {
  readonly name: Input;
  readonly timer: Timer;
  next: Running<Input> | undefined;
}
