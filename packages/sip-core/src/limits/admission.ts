import type { SipRequest } from '../message/request';
import type { Clock } from '../platform/clock';
import type { RandomBytes } from '../platform/random';
import type { Address } from '../transport/transport';
import type { RefusalReason } from './counters';
import { defaultLimits, type Limits } from './limits';
import { SourceRates } from './source-rates';

/** Decides which requests are taken on, by {@link Limits}. */
export class Admission {
  readonly limits: Limits;
  readonly #random: RandomBytes;
  readonly #rates: SourceRates | undefined;

  constructor(limits: Partial<Limits>, clock: Clock, random: RandomBytes) {
    this.limits = { ...defaultLimits, ...limits };
    this.#random = random;
    const { sourceRate, sourceBurst = 2 * sourceRate, maxSources } = this.limits;
    if (sourceRate > 0) this.#rates = new SourceRates(clock, sourceRate, sourceBurst, maxSources);
  }

  /** Sources whose rate is known now. */
  get sources(): number {
    return this.#rates?.size ?? 0;
  }

  /**
   * Why a new request is not taken on; undefined when it is.
   *
   * @param waiting requests that wait for their final response
   * @param known whether the request belongs to a dialog
   */
  refusal(
    request: SipRequest,
    source: Address,
    waiting: number,
    known: (request: SipRequest) => boolean,
  ): RefusalReason | undefined {
    const { maxServerTransactions, overload, exempt } = this.limits;
    const within = this.#rates?.begin(source.host) !== false;
    const room = waiting < maxServerTransactions;
    if (within && room && overload?.() !== true) return undefined;
    if (exempt?.(source, request)) return undefined;
    // What ends or keeps up a dialog has room of its own: refusing it would save nothing.
    if (known(request))
      return waiting < maxServerTransactions + reserve(maxServerTransactions) ? undefined : 'transactions';
    return !within ? 'rate' : room ? 'overload' : 'transactions';
  }

  /** Whether a source is worth an answer that costs it nothing: to a repeat, to what is malformed, to what is refused. */
  mayAnswer(source: Address): boolean {
    return this.#rates?.answer(source.host) !== false;
  }

  /** Value of Retry-After (RFC 3261 §20.33). */
  retryAfter(): string {
    const { retryAfter } = this.limits;
    return String(retryAfter + Math.floor(((this.#random(1)[0] ?? 0) / 256) * (retryAfter + 1)));
  }
}

const reserve = (limit: number): number => Math.max(16, limit >> 2);
