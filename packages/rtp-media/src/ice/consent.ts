import type { Clock, Timer } from '../platform/clock';
import { type RandomBytes, randomFraction } from '../platform/random';
import type { StunOutcome } from '../stun/stun-client';
import type { CandidatePair } from './candidate-pair';

/** What {@link Consent} asks of its agent. */
export interface ConsentEvents {
  /** Checks a pair. */
  check(pair: CandidatePair, done: (outcome: StunOutcome) => void): void;
  /** The peer has not answered for 30 s: nothing may be sent to it. */
  expired(): void;
  /** It answers again. */
  restored(): void;
}

/** RFC 7675 §5.1. */
const INTERVAL_MS = 5000;
const EXPIRY_MS = 30_000;

/** The peer's consent to be sent to (RFC 7675): a check every five seconds or so, which also keeps address translations open. */
export class Consent {
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #events: ConsentEvents;
  #timer: Timer | undefined;
  #pairs: () => readonly CandidatePair[] = () => [];
  #answeredAt = 0;
  #expired = false;
  /** Answers to checks of a round before count no more. */
  #round = 0;

  constructor(clock: Clock, random: RandomBytes, events: ConsentEvents) {
    this.#clock = clock;
    this.#random = random;
    this.#events = events;
  }

  /** Begins with the pairs just proven. */
  start(pairs: () => readonly CandidatePair[]): void {
    this.stop();
    this.#pairs = pairs;
    this.#answeredAt = this.#clock.now();
    this.#expired = false;
    this.#schedule();
  }

  #schedule(): void {
    const interval = INTERVAL_MS * (0.8 + 0.4 * randomFraction(this.#random));
    this.#timer = this.#clock.setTimer(interval, () => this.#ask());
  }

  #ask(): void {
    const round = this.#round;
    if (!this.#expired && this.#clock.now() - this.#answeredAt >= EXPIRY_MS) {
      this.#expired = true;
      this.#events.expired();
      if (round !== this.#round) return;
    }
    for (const pair of this.#pairs()) {
      this.#events.check(pair, ({ response, roundTripMs }) => {
        if (round !== this.#round || response?.class !== 'success') return;
        this.#answeredAt = this.#clock.now();
        if (!Number.isNaN(roundTripMs)) pair.roundTripMs = roundTripMs;
        if (!this.#expired) return;
        this.#expired = false;
        this.#events.restored();
      });
    }
    this.#schedule();
  }

  stop(): void {
    this.#round++;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
