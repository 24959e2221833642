import type { RAck } from '../headers/reliability';
import { RSeq } from '../headers/reliability';
import type { SipResponse } from '../message/response';
import type { Clock, Timer } from '../platform/clock';
import type { RandomBytes } from '../platform/random';
import type { TimerValues } from '../transaction/timer-values';

/** What the responses go out by. */
export interface ReliableResponsesHost {
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly timers: TimerValues;
  /** Sends a response, the first time or again. */
  send(response: SipResponse): void;
  /** No PRACK came in 64*T1. */
  abandoned(): void;
}

interface Pending {
  readonly response: SipResponse;
  readonly rseq: number;
  /** Whether it brings our offer, which the PRACK has to answer. */
  readonly offered: boolean;
}

/**
 * Provisional responses of one INVITE that are repeated until they are acknowledged (RFC 3262 §3): one at a time, in order, each at T1, doubling,
 * for 64*T1 at most.
 */
export class ReliableResponses {
  readonly #host: ReliableResponsesHost;
  #next: number;
  #pending: Pending | undefined;
  readonly #queue: Pending[] = [];
  #repeat: Timer | undefined;
  #limit: Timer | undefined;
  #waiting: (() => void)[] = [];
  #stopped = false;

  constructor(host: ReliableResponsesHost) {
    this.#host = host;
    const [a = 0, b = 0, c = 0, d = 0] = host.random(4);
    // §3: between 1 and 2^31 - 1; the upper half is left free, lest the numbers run out.
    this.#next = 1 + (((a << 24) | (b << 16) | (c << 8) | d) & 0x3fff_ffff);
  }

  /** Whether a response waits for its PRACK, or for another one's. */
  get waiting(): boolean {
    return this.#pending !== undefined;
  }

  /** Sends a response, once those before it are acknowledged. @param offered whether its description is our offer */
  send(response: SipResponse, offered: boolean): void {
    const rseq = this.#next++;
    RSeq.write(response, rseq);
    response.headers.append('Require', '100rel');
    const pending = { response, rseq, offered };
    if (this.#pending) this.#queue.push(pending);
    else this.#begin(pending);
  }

  /**
   * A PRACK has come.
   *
   * @returns what it acknowledges; undefined when nothing (§3: it is answered 481)
   */
  acknowledged({ rseq, sequence, method }: RAck): { offered: boolean } | undefined {
    const pending = this.#pending;
    if (!pending || pending.rseq !== rseq) return undefined;
    const { cseq } = pending.response;
    if (cseq.sequence !== sequence || cseq.method !== method) return undefined;
    this.#stopTimers();
    this.#pending = undefined;
    const next = this.#queue.shift();
    if (next) this.#begin(next);
    else for (const resolve of this.#waiting.splice(0)) resolve();
    return pending;
  }

  /** Resolves when no description waits to be acknowledged, before which there may be no 2xx (§3), or none matters any more. */
  async described(): Promise<void> {
    while (!this.#stopped && [this.#pending, ...this.#queue].some((each) => each && each.response.body.length > 0)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** A final response is sent: nothing is repeated any more, and what waits is not sent at all. A PRACK on its way still fits. */
  stop(): void {
    this.#stopped = true;
    this.#stopTimers();
    this.#queue.length = 0;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #begin(pending: Pending): void {
    this.#pending = pending;
    const { clock, timers } = this.#host;
    this.#limit = clock.setTimer(64 * timers.T1, () => {
      this.#pending = undefined;
      this.stop();
      this.#host.abandoned();
    });
    this.#host.send(pending.response);
    this.#arm(pending.response, timers.T1);
  }

  /** §3: unlike a 2xx, at ever longer intervals. */
  #arm(response: SipResponse, interval: number): void {
    this.#repeat = this.#host.clock.setTimer(interval, () => {
      this.#host.send(response);
      this.#arm(response, interval * 2);
    });
  }

  #stopTimers(): void {
    this.#repeat?.cancel();
    this.#limit?.cancel();
    this.#repeat = this.#limit = undefined;
  }
}
