import { type Clock, systemClock, type Timer } from '../platform/clock';
import { TypedEmitter } from '../platform/typed-emitter';
import type { AudioStatistics } from '../session/audio-statistics';
import type { CodecImpairment } from './codec-impairments';
import { type IntervalStatistics, intervalBetween } from './interval-statistics';
import { type AlarmMeasure, type AlarmThresholds, type QualityAlarm, QualityAlarms } from './quality-alarms';
import { Spread } from './spread';

/** What a {@link QualityMonitor} watches; an `AudioSession` is one. */
export interface MeasuredSession {
  /** What has been sent and received since it began. */
  statistics(): AudioStatistics;
  /** Whether levels and voice activity are measured. */
  measuresSignals?: boolean;
}

/** Settings of a {@link QualityMonitor}. */
export interface QualityMonitorOptions {
  /** What is watched. */
  session: MeasuredSession;
  /** The clock of the session; the real one when absent. */
  clock?: Clock;
  /** ms between readings; 5000 when absent. */
  intervalMs?: number;
  /** In place of the default thresholds; false for a measure that raises no alarm. */
  thresholds?: Partial<AlarmThresholds>;
  /** Whether levels and voice activity are measured, which costs about 1.5 µs a frame and direction; true when absent. */
  signals?: boolean;
  /** In place of what is known of the codec received. */
  impairment?: CodecImpairment;
}

/** Events of a {@link QualityMonitor}. */
export interface QualityMonitorEvents {
  /** An interval has passed. */
  interval: [interval: IntervalStatistics];
  /** A threshold was crossed for the worse. */
  alarm: [alarm: QualityAlarm];
  /** An alarm's measure is well again. */
  cleared: [alarm: QualityAlarm];
}

/** Least, greatest and mean of a measure over the intervals of a call that had it. */
export interface MeasureSpread {
  min: number;
  max: number;
  mean: number;
}

/** A call as a whole; a measure that never was is absent. Units as in {@link IntervalStatistics}. */
export interface CallQuality {
  durationMs: number;
  intervals: number;
  lossRate?: MeasureSpread;
  discardRate?: MeasureSpread;
  jitterMs?: MeasureSpread;
  roundTripMs?: MeasureSpread;
  bufferMs?: MeasureSpread;
  mosLq?: MeasureSpread;
  mosCq?: MeasureSpread;
  /** The whole call as one interval. */
  total: IntervalStatistics;
}

type SpreadName = 'lossRate' | 'discardRate' | 'jitterMs' | 'roundTripMs' | 'bufferMs' | 'mosLq' | 'mosCq';

/**
 * Reads the statistics of a session in intervals, estimates the quality of each, and raises alarms. It works beside the
 * session and changes nothing about it but that signals are measured.
 */
export class QualityMonitor extends TypedEmitter<QualityMonitorEvents> {
  readonly #session: MeasuredSession;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #impairment: CodecImpairment | undefined;
  readonly #alarms: QualityAlarms;
  readonly #spreads = {
    lossRate: new Spread(),
    discardRate: new Spread(),
    jitterMs: new Spread(),
    roundTripMs: new Spread(),
    bufferMs: new Spread(),
    mosLq: new Spread(),
    mosCq: new Spread(),
  } satisfies Record<SpreadName, Spread>;
  readonly #first: AudioStatistics;
  readonly #startedAt: number;
  #before: AudioStatistics;
  #readAt: number;
  #intervals = 0;
  #timer: Timer | undefined;

  /** Begins at once, and goes on until {@link stop}. */
  constructor(options: QualityMonitorOptions) {
    super();
    const { session, clock = systemClock, intervalMs = 5000, thresholds, signals = true, impairment } = options;
    this.#session = session;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#impairment = impairment;
    this.#alarms = new QualityAlarms(thresholds);
    if (signals && session.measuresSignals === false) session.measuresSignals = true;
    this.#first = this.#before = session.statistics();
    this.#startedAt = this.#readAt = clock.now();
    this.#schedule();
  }

  #schedule(): void {
    this.#timer = this.#clock.setTimer(this.#readAt + this.#intervalMs - this.#clock.now(), () => {
      this.#read();
      if (this.#timer) this.#schedule();
    });
  }

  #read(): void {
    const now = this.#clock.now();
    const after = this.#session.statistics();
    const interval = intervalBetween(this.#before, after, this.#clock.date(), now - this.#readAt, this.#impairment);
    this.#before = after;
    this.#readAt = now;
    this.#intervals++;
    this.#sum(interval);
    this.emit('interval', interval);
    this.#alarms.check(
      interval,
      (alarm) => this.emit('alarm', alarm),
      (alarm) => this.emit('cleared', alarm),
    );
  }

  #sum(interval: IntervalStatistics): void {
    const spreads = this.#spreads;
    if (interval.roundTripMs !== undefined) spreads.roundTripMs.add(interval.roundTripMs);
    if (interval.packetsReceived > 0) {
      spreads.jitterMs.add(interval.jitterMs);
      spreads.bufferMs.add(interval.bufferMs);
    }
    if (!interval.quality) return;
    spreads.lossRate.add(interval.lossRate);
    spreads.discardRate.add(interval.discardRate);
    spreads.mosLq.add(interval.quality.mosLq);
    spreads.mosCq.add(interval.quality.mosCq);
  }

  /** The alarms that are raised now. */
  get alarms(): AlarmMeasure[] {
    return this.#alarms.raised;
  }

  /** The call so far. */
  summary(): CallQuality {
    // Once stopped the session may be gone: what was read last stands.
    const running = this.#timer !== undefined;
    const at = running ? this.#clock.now() : this.#readAt;
    const last = running ? this.#session.statistics() : this.#before;
    const durationMs = at - this.#startedAt;
    const quality: CallQuality = {
      durationMs,
      intervals: this.#intervals,
      total: intervalBetween(this.#first, last, this.#date(at), durationMs, this.#impairment),
    };
    for (const name of Object.keys(this.#spreads) as SpreadName[]) {
      const spread = this.#spreads[name].value;
      if (spread) quality[name] = spread;
    }
    return quality;
  }

  /** Wall-clock time of a moment of the monotonic clock. */
  #date(at: number): number {
    return Math.round(this.#clock.date() - (this.#clock.now() - at));
  }

  /** Reads what has passed since the latest interval, ends, and sums up; call it before the session is closed. */
  stop(): CallQuality {
    if (this.#timer) {
      this.#timer.cancel();
      this.#timer = undefined;
      if (this.#clock.now() > this.#readAt) this.#read();
    }
    return this.summary();
  }

  /** Same as {@link stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
  }
}
