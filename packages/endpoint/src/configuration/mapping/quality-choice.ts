import type { QualityOptions } from '../../quality/quality-options';
import type { Configuration } from '../configuration';

/** MOS above the alarm's threshold at which it is taken back, so that it does not come and go. */
const HYSTERESIS = 0.3;
const BEST = 5;

/** @internal How the quality of calls is watched. */
export function chooseQuality(configuration: Configuration): QualityOptions {
  const collector = configuration.get('policy.endpoint.vq_report_collector');
  const isPublished = configuration.get('policy.endpoint.vq_report_publish') && collector !== undefined;
  const raise = configuration.get('policy.endpoint.vq_alarm_threshold');
  return {
    thresholds: { mos: raise ? { raise, clear: Math.min(raise + HYSTERESIS, BEST) } : false },
    ...(isPublished && { collector: /^sips?:/i.test(collector) ? collector : `sip:${collector}` }),
  };
}

/** What later documentation of the original calls the longest there is. */
const LONGEST = 149;

/** @internal When a call without RTP is released. */
export function chooseInactivity(configuration: Configuration): { inactivityMs?: number; releaseInactive: boolean } {
  const seconds = configuration.get('policy.endpoint.rtp_inactivity_timeout');
  if (!seconds || seconds > LONGEST) return { releaseInactive: false };
  return { inactivityMs: seconds * 1000, releaseInactive: true };
}
