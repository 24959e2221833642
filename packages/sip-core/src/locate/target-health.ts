import { type Clock, systemClock } from '../platform/clock';
import { type RandomBytes, systemRandom } from '../platform/random';
import type { Target } from '../transport/transport';
import { chance } from './order';

/** What went wrong at a target: nobody answered in time, it could not be reached at all, or it said 503. */
export type TargetFailure = 'timeout' | 'unreachable' | 'busy';

/** Settings of a {@link TargetHealth}; times in ms. */
export interface TargetHealthOptions {
  /** Time and timers; those of the system when absent. */
  clock?: Clock;
  /** Where random bytes come from; the system's when absent. */
  random?: RandomBytes;
  /** How long a target comes last after its first failure, by kind; doubled with each further one. 60,000, 10,000 and 10,000 when absent. */
  penalties?: Partial<Record<TargetFailure, number>>;
  /** Longest time a target comes last; 600,000 when absent. */
  longestPenalty?: number;
  /** Longest Retry-After that is believed; 3,600,000 when absent. */
  longestRetryAfter?: number;
  /** Pause before a target is connected to again after the first failure, doubled with each further one; 500 when absent. */
  connectPause?: number;
  /** Longest pause before a target is connected to again; 8,000 when absent. */
  longestConnectPause?: number;
  /** How long large requests go to a target in datagrams after it did not take a connection; 600,000 when absent. */
  datagramsOnly?: number;
  /** Most targets remembered; 1,000 when absent. */
  maxTargets?: number;
}

interface Entry {
  failures: number;
  /** Connections in a row that could not be made. */
  refusals: number;
  /** Until when it comes last. */
  until: number;
  /** Until when it wants no requests, by its own word. */
  aside: number;
  /** Until when no connection to it is tried. */
  pausedUntil: number;
  /** Until when large requests go to it in datagrams. */
  datagramsUntil: number;
}

/**
 * The book of targets that have failed of late, shared by all requests of a stack: those come last (RFC 3263 §4.3), one that said
 * 503 with Retry-After for as long as it said (RFC 3261 §21.5.4), and connections that fail are not tried again at once.
 */
export class TargetHealth {
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #options: Required<Omit<TargetHealthOptions, 'clock' | 'random' | 'penalties'>>;
  readonly #penalties: Record<TargetFailure, number>;
  readonly #entries = new Map<string, Entry>();

  constructor({ clock = systemClock, random = systemRandom, penalties, ...options }: TargetHealthOptions = {}) {
    this.#clock = clock;
    this.#random = random;
    this.#penalties = { timeout: 60_000, unreachable: 10_000, busy: 10_000, ...penalties };
    this.#options = {
      longestPenalty: 600_000,
      longestRetryAfter: 3_600_000,
      connectPause: 500,
      longestConnectPause: 8_000,
      datagramsOnly: 600_000,
      maxTargets: 1_000,
      ...options,
    };
  }

  /** Targets something is remembered of. */
  get size(): number {
    return this.#entries.size;
  }

  /** Targets in the order to try them: those that have failed of late come last, the one that is to be forgiven first before others. */
  order(targets: Target[]): Target[] {
    if (this.#entries.size === 0 || targets.length < 2) return targets;
    const now = this.#clock.now();
    const ranks = new Map(targets.map((target) => [target, this.#badUntil(target, now)]));
    if ([...ranks.values()].every((rank) => rank === 0)) return targets;
    return [...targets].sort((a, b) => ranks.get(a)! - ranks.get(b)!);
  }

  /** A request to a target has failed. */
  failed(target: Target, why: TargetFailure): void {
    const now = this.#clock.now();
    const entry = this.#entry(target);
    // What fails while the last failure is not over belongs to the same trouble: a thousand requests may have waited together.
    if (entry.until <= now) {
      const penalty = Math.min(this.#penalties[why] * 2 ** Math.min(entry.failures, 20), this.#options.longestPenalty);
      entry.until = now + penalty;
      entry.failures++;
    }
    if (why === 'unreachable' && target.protocol !== 'UDP') this.#pause(entry, now);
  }

  /** A target has answered 503. @param retryAfter what its Retry-After asks for, in s */
  busy(target: Target, retryAfter?: number): void {
    if (retryAfter === undefined) {
      this.failed(target, 'busy');
      return;
    }
    const entry = this.#entry(target);
    entry.aside = this.#clock.now() + Math.min(retryAfter * 1_000, this.#options.longestRetryAfter);
  }

  /** A target has answered. */
  succeeded(target: Target): void {
    if (this.#entries.size === 0) return;
    const entry = this.#entries.get(keyOf(target));
    if (!entry) return;
    entry.failures = entry.refusals = entry.until = entry.pausedUntil = 0;
    if (this.#isOver(entry, this.#clock.now())) this.#entries.delete(keyOf(target));
  }

  /** How long no connection to a target is to be tried, in ms; 0 when one may be. */
  connectPause(target: Target): number {
    const entry = this.#entries.get(keyOf(target));
    return entry ? Math.max(0, entry.pausedUntil - this.#clock.now()) : 0;
  }

  /** A target of datagrams took no connection for a large request. */
  keepToDatagrams(target: Target): void {
    this.#entry(target).datagramsUntil = this.#clock.now() + this.#options.datagramsOnly;
  }

  /** Whether large requests go to a target of datagrams over a connection, for all that is known. */
  takesConnections(target: Target): boolean {
    const entry = this.#entries.get(keyOf(target));
    return !entry || entry.datagramsUntil <= this.#clock.now();
  }

  /** Jittered, so that those who were cut off together do not come back together. */
  #pause(entry: Entry, now: number): void {
    if (entry.pausedUntil > now) return;
    const { connectPause, longestConnectPause } = this.#options;
    const longest = Math.min(connectPause * 2 ** Math.min(entry.refusals++, 20), longestConnectPause);
    entry.pausedUntil = now + longest * (0.5 + 0.5 * chance(this.#random));
  }

  /** When a target is as good as others again; 0 when it is now. */
  #badUntil(target: Target, now: number): number {
    const entry = this.#entries.get(keyOf(target));
    if (!entry) return 0;
    const until = Math.max(entry.until, entry.aside);
    return until > now ? until : 0;
  }

  #entry(target: Target): Entry {
    const key = keyOf(target);
    const known = this.#entries.get(key);
    const now = this.#clock.now();
    // A trouble long past says nothing about this one.
    const fresh = !known || now - known.until > this.#options.longestPenalty;
    const entry: Entry = known ?? { failures: 0, refusals: 0, until: 0, aside: 0, pausedUntil: 0, datagramsUntil: 0 };
    if (fresh) entry.failures = entry.refusals = 0;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > this.#options.maxTargets) this.#entries.delete(this.#entries.keys().next().value!);
    return entry;
  }

  #isOver({ until, aside, pausedUntil, datagramsUntil }: Entry, now: number): boolean {
    return Math.max(until, aside, pausedUntil, datagramsUntil) <= now;
  }
}

const keyOf = ({ protocol, host, port }: Target): string => `${protocol} ${host} ${port}`;
