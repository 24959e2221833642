import type { IntervalStatistics } from './interval-statistics';

/** What an alarm watches. */
export type AlarmMeasure =
  /** Share of packets lost or discarded, 0 to 1. */
  | 'loss'
  /** Share of our packets that the peer says were lost, 0 to 1. */
  | 'remoteLoss'
  /** Interarrival jitter in ms. */
  | 'jitter'
  /** Conversational MOS, 1 to 4.5. */
  | 'mos'
  /** Round trip in ms. */
  | 'roundTrip'
  /** ms for which the source gave only silence, while not muted: a microphone that is off or the wrong one. */
  | 'silentSource'
  /** ms for which the peer sent only silence: its microphone is off, or another leg beyond it says nothing. */
  | 'silentPeer';

/** When an alarm is raised, and when it is cleared; between the two nothing changes. */
export interface AlarmThreshold {
  raise: number;
  clear: number;
}

/** A threshold that was crossed. */
export interface QualityAlarm {
  measure: AlarmMeasure;
  /** What was measured. */
  value: number;
  /** The threshold that was crossed. */
  threshold: number;
  /** Wall-clock time in ms since 1970. */
  at: number;
}

/** The thresholds of each measure; false: it is not watched. */
export type AlarmThresholds = Record<AlarmMeasure, AlarmThreshold | false>;

/** The thresholds that hold where no other are set. */
export const DEFAULT_THRESHOLDS: Readonly<Record<AlarmMeasure, AlarmThreshold>> = {
  loss: { raise: 0.05, clear: 0.02 },
  remoteLoss: { raise: 0.05, clear: 0.02 },
  jitter: { raise: 40, clear: 25 },
  mos: { raise: 3.5, clear: 3.8 },
  roundTrip: { raise: 400, clear: 300 },
  silentSource: { raise: 15_000, clear: 5000 },
  silentPeer: { raise: 30_000, clear: 5000 },
};

/** Fewer packets than this in an interval say nothing of it. */
const FEWEST_PACKETS = 10;
const MEASURES = Object.keys(DEFAULT_THRESHOLDS) as AlarmMeasure[];

/** Watches intervals against thresholds. */
export class QualityAlarms {
  readonly #thresholds: AlarmThresholds;
  readonly #raised = new Set<AlarmMeasure>();

  /** @param thresholds in place of {@link DEFAULT_THRESHOLDS}; false watches not at all */
  constructor(thresholds: Partial<AlarmThresholds> = {}) {
    this.#thresholds = { ...DEFAULT_THRESHOLDS, ...thresholds };
  }

  /** The alarms that are raised now. */
  get raised(): AlarmMeasure[] {
    return [...this.#raised];
  }

  /** Looks at an interval; what it does not tell leaves alarms as they are. */
  check(
    interval: IntervalStatistics,
    raised: (alarm: QualityAlarm) => void,
    cleared: (alarm: QualityAlarm) => void,
  ): void {
    for (const measure of MEASURES) {
      const threshold = this.#thresholds[measure];
      const value = measured(measure, interval);
      if (!threshold || value === undefined) continue;
      // Where less is worse, the threshold to raise is the lower one.
      const sign = threshold.raise < threshold.clear ? -1 : 1;
      if (this.#raised.has(measure)) {
        if (sign * value > sign * threshold.clear) continue;
        this.#raised.delete(measure);
        cleared({ measure, value, threshold: threshold.clear, at: interval.at });
      } else if (sign * value >= sign * threshold.raise) {
        this.#raised.add(measure);
        raised({ measure, value, threshold: threshold.raise, at: interval.at });
      }
    }
  }
}

function measured(measure: AlarmMeasure, interval: IntervalStatistics): number | undefined {
  switch (measure) {
    case 'loss':
      return interval.loss.packets >= FEWEST_PACKETS ? interval.lossRate + interval.discardRate : undefined;
    case 'remoteLoss':
      return interval.remote?.lossRate;
    case 'jitter':
      return interval.packetsReceived >= FEWEST_PACKETS ? interval.jitterMs : undefined;
    case 'mos':
      return interval.loss.packets >= FEWEST_PACKETS ? interval.quality?.mosCq : undefined;
    case 'roundTrip':
      return interval.roundTripMs;
    case 'silentSource':
      return interval.sent && interval.sent.durationMs > 0 && !interval.muted ? interval.sent.silentMs : undefined;
    case 'silentPeer':
      return interval.received && interval.packetsReceived >= FEWEST_PACKETS ? interval.received.silentMs : undefined;
  }
}
