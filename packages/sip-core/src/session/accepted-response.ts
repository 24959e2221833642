import type { Clock, Timer } from '../platform/clock';
import type { TimerValues } from '../transaction/timer-values';

/** Repeats a 2xx to INVITE until its ACK comes (RFC 3261 §13.3.1.4): over any transport, at T1, doubling up to T2. */
export class AcceptedResponse {
  #interval: number;
  #repeat: Timer | undefined;
  #limit: Timer | undefined;

  /**
   * @param send sends the response, the first time at once
   * @param abandoned called when no ACK has come in 64*T1
   */
  constructor(
    private readonly clock: Clock,
    private readonly timers: TimerValues,
    private readonly send: () => void,
    abandoned: () => void,
  ) {
    this.#interval = timers.T1;
    this.#limit = clock.setTimer(64 * timers.T1, () => {
      this.stop();
      abandoned();
    });
    send();
    this.#arm();
  }

  /** Whether the ACK is still awaited. */
  get waiting(): boolean {
    return this.#limit !== undefined;
  }

  /** The ACK has come, or nobody cares any longer. */
  stop(): void {
    this.#repeat?.cancel();
    this.#limit?.cancel();
    this.#repeat = this.#limit = undefined;
  }

  #arm(): void {
    this.#repeat = this.clock.setTimer(this.#interval, () => {
      this.send();
      this.#interval = Math.min(this.#interval * 2, this.timers.T2);
      this.#arm();
    });
  }
}
