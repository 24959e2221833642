import type { Clock } from '../platform/clock';

/** When a user is not listened to any more. */
export interface LockoutOptions {
  /** Failures within the period after which a user is locked out. */
  readonly failures: number;
  /** How long failures are remembered and a user is locked out, in ms. */
  readonly period: number;
}

/** Users remembered at most. */
const MAX_USERS = 10_000;

/** Counts the failures of each user, in bounded memory: of too many users those that failed longest ago are forgotten. */
export class FailureBook {
  readonly #clock: Clock;
  readonly #users = new Map<string, { count: number; last: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Seconds a user has to wait; 0 when it need not. */
  wait(user: string, { failures, period }: LockoutOptions): number {
    const known = this.#known(user, period);
    if (!known || known.count < failures) return 0;
    return Math.max(1, Math.ceil((known.last + period - this.#clock.now()) / 1000));
  }

  /**
   * Counts a failure.
   *
   * @returns how many there were within the period
   */
  failed(user: string, period: number): number {
    const count = (this.#known(user, period)?.count ?? 0) + 1;
    this.#users.delete(user);
    this.#users.set(user, { count, last: this.#clock.now() });
    if (this.#users.size > MAX_USERS) this.#users.delete(this.#users.keys().next().value!);
    return count;
  }

  succeeded(user: string): void {
    this.#users.delete(user);
  }

  #known(user: string, period: number): { count: number; last: number } | undefined {
    const known = this.#users.get(user);
    return known && known.last + period > this.#clock.now() ? known : undefined;
  }
}
