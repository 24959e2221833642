import { type CallQuality, type IntervalStatistics, type QualityAlarm, QualityMonitor } from '@offhook/rtp-media';
import type { Clock } from '@offhook/sip-core';
import type { CallAudio } from '../media/call-audio';
import type { QualityOptions } from './quality-options';

/** @internal What is heard of the quality of a call. */
export interface QualityListener {
  interval(interval: IntervalStatistics): void;
  alarm(alarm: QualityAlarm, raised: boolean): void;
}

/** @internal The quality of one call, from the moment it is established. */
export class CallQualityWatch {
  readonly #monitor: QualityMonitor;
  #summary: CallQuality | undefined;

  constructor(audio: CallAudio, clock: Clock, options: QualityOptions, listener: QualityListener) {
    const { intervalMs, thresholds, signals } = options;
    this.#monitor = new QualityMonitor({
      session: audio,
      clock,
      ...(intervalMs !== undefined && { intervalMs }),
      ...(thresholds && { thresholds }),
      ...(signals !== undefined && { signals }),
    });
    this.#monitor.on('interval', (interval) => listener.interval(interval));
    this.#monitor.on('alarm', (alarm) => listener.alarm(alarm, true));
    this.#monitor.on('cleared', (alarm) => listener.alarm(alarm, false));
  }

  /** The call so far; once stopped, the whole call. */
  get summary(): CallQuality {
    return this.#summary ?? this.#monitor.summary();
  }

  /** Measures that are worse than they may be. */
  get alarms(): readonly QualityAlarm['measure'][] {
    return this.#monitor.alarms;
  }

  /** The call is over: the last interval is read. */
  stop(): CallQuality {
    this.#summary ??= this.#monitor.stop();
    return this.#summary;
  }
}
