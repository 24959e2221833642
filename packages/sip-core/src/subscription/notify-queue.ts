import type { SessionBody } from '../body/session-body';
import type { HeaderList } from '../message/header-list';
import type { SipResponse } from '../message/response';
import type { Clock, Timer } from '../platform/clock';
import { SipResponseError, SipStateError } from '../platform/errors';
import { retryAfter } from './retry-after';
import type { SubscriptionStateValue } from './subscription-state';

/** What a NOTIFY is to say. */
export interface NotifyContent {
  /** Given for the last NOTIFY only; else the state the subscription is in when it goes out. */
  readonly final?: SubscriptionStateValue;
  readonly body?: SessionBody | undefined;
  readonly headers?: HeaderList | undefined;
}

/** @internal Settings of a {@link NotifyQueue}. */
export interface NotifyQueueOptions {
  clock: Clock;
  /** Sends a NOTIFY. */
  send(content: NotifyContent): Promise<SipResponse>;
  /** Least time between two NOTIFYs, in ms. */
  interval: number;
  /** Whether a state that waits to be sent is replaced by a newer one. */
  coalesce: boolean;
}

interface Waiting {
  content: NotifyContent;
  readonly told: { resolve(response: SipResponse): void; reject(error: unknown): void }[];
}

/**
 * @internal NOTIFYs of one subscription, one after the other so that none overtakes another, not faster than is wanted, and only the latest of
 * the states that wait (RFC 6665 §4.2.2, §5.4.4 leave rate and order to the notifier).
 */
export class NotifyQueue {
  readonly #options: NotifyQueueOptions;
  readonly #waiting: Waiting[] = [];
  #sending = false;
  #notBefore = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #scheduled = false;
  #closed = false;

  constructor(options: NotifyQueueOptions) {
    this.#options = options;
  }

  /** Whether something waits to be sent. */
  get pending(): boolean {
    return this.#waiting.length > 0;
  }

  /** Sends this when its turn comes; answers what the NOTIFY that carries it, or something newer, was answered. */
  push(content: NotifyContent): Promise<SipResponse> {
    const promise = new Promise<SipResponse>((resolve, reject) => {
      const told = { resolve, reject };
      const last = this.#waiting.at(-1);
      if (this.#closed) reject(new SipStateError('The subscription is over; nobody is notified any more.'));
      else if (last && (this.#options.coalesce || content.final)) {
        last.content = content;
        last.told.push(told);
      } else this.#waiting.push({ content, told: [told] });
    });
    // Who does not look at the outcome need not catch it.
    promise.catch(() => {});
    this.#schedule();
    return promise;
  }

  /** Nothing more is sent. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    const error = new SipStateError('The subscription ended before this could be told.');
    for (const { told } of this.#waiting.splice(0)) for (const { reject } of told) reject(error);
  }

  /** What is said in one go is sent at once, and together when it can be. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const [next] = this.#waiting;
    if (!next || this.#sending || this.#closed) return;
    this.#timer?.cancel();
    const { clock, interval } = this.#options;
    const pause = this.#notBefore - clock.now();
    if (pause > 0 && !next.content.final) {
      this.#timer = clock.setTimer(pause, () => this.#flush());
      return;
    }
    this.#waiting.shift();
    this.#notBefore = clock.now() + interval;
    this.#sending = true;
    this.#options.send(next.content).then(
      (response) => {
        this.#sent();
        this.#again(next, response);
        for (const { resolve } of next.told) resolve(response);
      },
      (error) => {
        this.#sent();
        for (const { reject } of next.told) reject(error);
      },
    );
  }

  #sent(): void {
    this.#sending = false;
    this.#schedule();
  }

  /** A state that was refused for now is told again, unless a newer one is there by then. */
  #again({ content }: Waiting, response: SipResponse): void {
    if (response.status < 500 || content.final || this.#closed) return;
    const pause = retryAfter(new SipResponseError(response.status, response.reason, response));
    if (pause === 0) return;
    this.#notBefore = this.#options.clock.now() + pause;
    if (!this.pending) void this.push(content);
  }
}
