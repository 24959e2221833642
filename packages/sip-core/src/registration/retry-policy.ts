import { type SipError, SipResponseError } from '../platform/errors';
import type { RandomBytes } from '../platform/random';
import { fraction } from './chance';

/** When a registration that failed is tried again. All times in ms. */
export interface RetryOptions {
  /** First pause, doubling with each failure in a row; 0 never tries again. 1,000 when absent. */
  first?: number;
  /** Longest pause; 32 times the first when absent. */
  longest?: number;
  /**
   * Refusals that are not tried again, as repeating the same helps nobody; 401, 403, 404 and 407 when absent: credentials that are
   * wrong, and an address the registrar does not know.
   */
  hopeless?: readonly number[];
  /** Base time of RFC 5626 §4.5 while no flow lives; 30,000 when absent. */
  flowBase?: number;
  /** The same while another flow lives; 90,000 when absent. */
  spareFlowBase?: number;
  /** Longest pause between attempts to make a flow; 1,800,000 when absent. */
  longestFlow?: number;
}

/** A failed attempt. */
export interface FailedAttempt {
  readonly error: SipError;
  /** Failures in a row, this one included. */
  readonly failures: number;
  /** Whether the registrar has granted outbound, so that the pauses are those of RFC 5626 §4.5. */
  readonly outbound: boolean;
  /** Whether another flow of the registration lives. */
  readonly spare: boolean;
}

const HOPELESS: readonly number[] = [401, 403, 404, 407];

/** Whether trying again helps nobody. */
export function isHopeless(error: SipError, { hopeless = HOPELESS }: RetryOptions): boolean {
  return error instanceof SipResponseError && hopeless.includes(error.status);
}

/**
 * How long to wait before the next attempt, in ms: growing, scattered from 50 to 100 per cent, and not shorter than Retry-After
 * (RFC 3261 §20.33) asks for.
 *
 * @returns undefined: it is not to be tried again
 */
export function retryPause(attempt: FailedAttempt, options: RetryOptions, random: RandomBytes): number | undefined {
  const { first = 1_000, longest = first * 32, flowBase = 30_000, spareFlowBase = 90_000 } = options;
  const { error, failures, outbound, spare } = attempt;
  if (first === 0 || isHopeless(error, options)) return undefined;
  const upper = outbound
    ? Math.min(options.longestFlow ?? 1_800_000, (spare ? spareFlowBase : flowBase) * 2 ** Math.min(failures, 30))
    : Math.min(longest, first * 2 ** Math.min(failures - 1, 30));
  return Math.max(upper * (0.5 + 0.5 * fraction(random)), retryAfter(error));
}

/** What Retry-After asks for, in ms; a comment and parameters may follow the number. */
function retryAfter(error: SipError): number {
  if (!(error instanceof SipResponseError)) return 0;
  const text = /^\s*(\d{1,9})(?!\d)/.exec(error.response?.headers.get('Retry-After') ?? '')?.[1];
  return text === undefined ? 0 : Number(text) * 1_000;
}
