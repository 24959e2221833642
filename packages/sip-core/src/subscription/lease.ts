import type { Clock, Timer } from '../platform/clock';
import type { RandomBytes } from '../platform/random';
import { renewalDelay } from '../platform/renewal';

/** @internal What lasts for a time and has to be renewed before that is over. */
export class Lease {
  readonly #host: { readonly clock: Clock; readonly random: RandomBytes };
  readonly #renew: () => void;
  readonly #expired: () => void;
  #until: number | undefined;
  #renewal: Timer | undefined;
  #expiry: Timer | undefined;

  constructor(host: { clock: Clock; random: RandomBytes }, renew: () => void, expired: () => void = () => {}) {
    this.#host = host;
    this.#renew = renew;
    this.#expired = expired;
  }

  /** Whether it is known how long it lasts. */
  get begun(): boolean {
    return this.#until !== undefined;
  }

  /** Seconds left; 0 when it is over, or has not begun. */
  get remaining(): number {
    return Math.max(0, Math.round(((this.#until ?? 0) - this.#host.clock.now()) / 1_000));
  }

  /** It lasts so many seconds from now, and is to be renewed in time. */
  last(seconds: number): void {
    const { clock, random } = this.#host;
    this.stop();
    this.#until = clock.now() + seconds * 1_000;
    this.#expiry = clock.setTimer(seconds * 1_000, this.#expired);
    this.renewIn(renewalDelay(seconds, random));
  }

  /** To be renewed in so many ms instead. */
  renewIn(delay: number): void {
    this.#renewal?.cancel();
    this.#renewal = this.#host.clock.setTimer(delay, this.#renew);
  }

  /** It is being renewed. */
  renewing(): void {
    this.#renewal?.cancel();
  }

  /** It is neither renewed nor does it expire any more. */
  stop(): void {
    this.#renewal?.cancel();
    this.#expiry?.cancel();
  }

  /** As it was before it began. */
  reset(): void {
    this.stop();
    this.#until = undefined;
  }
}
