import type { AudioSource } from '../audio/audio-source';
import { MediaError } from '../platform/errors';
import { toneSource } from '../sources/tone-source';
import { type NetworkTone, type TonePlan, tonePlans } from './tone-plans';

/** Settings of {@link networkTone}. */
export interface NetworkToneOptions {
  /** ISO 3166 code of a country in `tonePlans`, or a plan of one's own; `US` when absent. */
  plan?: string | TonePlan;
  /** dBFS of each frequency; -16 when absent, -13 dBm0. */
  levelDb?: number;
  /** Hz; 8000 when absent. */
  sampleRate?: number;
  /** ms after which the source ends; never when absent. */
  durationMs?: number;
}

/**
 * A tone of a network with its cadence: `networkTone('ringback', { plan: 'DE' })`.
 *
 * @throws MediaError `ERR_MEDIA_ARGUMENT` for a country without a plan, or values out of range
 */
export function networkTone(name: NetworkTone, options: NetworkToneOptions = {}): AudioSource {
  const { plan = 'US', levelDb = -16, sampleRate = 8000, durationMs } = options;
  const tones = typeof plan === 'string' ? tonePlans[plan.toUpperCase()] : plan;
  if (!tones) {
    const known = Object.keys(tonePlans).join(', ');
    throw new MediaError(
      'ERR_MEDIA_ARGUMENT',
      `There is no tone plan for "${plan}"; use one of ${known}, or your own.`,
    );
  }
  return toneSource({ ...tones[name], levelDb, sampleRate, ...(durationMs !== undefined && { durationMs }) });
}
