import type { InviteSession } from '../session/invite-session';
import type { SessionEnd } from '../session/session-events';
import type { MetricCounter, MetricHistogram, MetricMeter } from './meter';

/** Seconds a call lasts. */
const LONG_TIMES = [1, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400];

/** What RFC 6076 §4.8 calls ineffective: the network failed, not the callee. */
const INEFFECTIVE: ReadonlySet<number> = new Set([408, 500, 503, 504]);
/** What the establishment effectiveness of §4.7 counts beside answers: the callee decided. */
const EFFECTIVE: ReadonlySet<number> = new Set([480, 486, 600, 603]);

/** Counts how sessions begin and end, and measures how long they last: the figures of RFC 6076 §4.5 to §4.9. */
export class SessionMetrics {
  readonly #attempts: MetricCounter;
  readonly #ends: MetricCounter;
  readonly #durations: MetricHistogram;

  constructor(
    meter: MetricMeter,
    private readonly now: () => number,
  ) {
    this.#attempts = meter.createCounter('sip.session.attempts', {
      unit: '{session}',
      description: 'What became of INVITEs: of them SER, SEER, ISA and SCR of RFC 6076 §4.6 to §4.9 are made.',
    });
    this.#ends = meter.createCounter('sip.session.ends', {
      unit: '{session}',
      description: 'Established sessions that are over, by who ended them.',
    });
    this.#durations = meter.createHistogram('sip.session.duration', {
      unit: 's',
      description: 'SDT of RFC 6076 §4.5: from the answer to the end.',
      advice: { explicitBucketBoundaries: LONG_TIMES },
    });
  }

  /** Follows a session from its beginning. */
  follow(session: InviteSession): void {
    const { direction } = session;
    let since: number | undefined;
    session.on('established', () => {
      if (since !== undefined) return;
      since = this.now();
      this.#attempts.add(1, { 'sip.session.direction': direction, 'sip.outcome': 'established' });
    });
    session.on('ended', (end) => {
      if (since === undefined) {
        this.#attempts.add(1, { 'sip.session.direction': direction, 'sip.outcome': outcomeOf(end) });
        return;
      }
      const attributes = { 'sip.session.direction': direction, 'sip.ended_by': end.by };
      this.#ends.add(1, attributes);
      this.#durations.record((this.now() - since) / 1_000, attributes);
    });
  }
}

function outcomeOf({ by, status, error }: SessionEnd): string {
  if (status === 487 || (status === undefined && by !== 'error')) return 'cancelled';
  if (status === undefined || INEFFECTIVE.has(status)) return 'ineffective';
  if (status >= 300 && status < 400) return 'redirected';
  if (EFFECTIVE.has(status)) return 'declined';
  return error && status === 503 ? 'ineffective' : 'refused';
}
