import type { AlarmThresholds } from '@offhook/rtp-media';

/** How the quality of calls is watched, and who is told. */
export interface QualityOptions {
  /** ms between readings; 5000 when absent. */
  intervalMs?: number;
  /** Where alarms are raised, in place of the default thresholds; false for a measure that raises none. */
  thresholds?: Partial<AlarmThresholds>;
  /** Whether levels and voice activity are measured: what tells of a microphone that is off, and of a peer that is. True when absent. */
  signals?: boolean;
  /**
   * Where reports are published to (RFC 6035), such as `sip:collector@example.com;transport=udp`: at the end of each call, and when an alarm is
   * raised or cleared. Nowhere when absent.
   */
  collector?: string;
  /** Which reports: of the call at its end (`session`), of alarms (`alert`), of each interval. `session` and `alert` when absent. */
  reports?: readonly ('session' | 'alert' | 'interval')[];
}
