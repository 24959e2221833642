import type { AudioSource } from '../audio/audio-source';
import { MediaError } from '../platform/errors';

/** Settings of {@link toneSource}. */
export interface ToneOptions {
  /** Frequencies in Hz that sound together; 1000 when absent. */
  frequencies?: readonly number[];
  /** Level of each frequency in dB below a full-scale sine, 0 or less; -10 when absent. */
  levelDb?: number;
  /** Hz; 8000 when absent. */
  sampleRate?: number;
  /** ms of tone and pause in turn, over and over: `[400, 200, 400, 2000]`; without pause when absent. */
  cadence?: readonly number[];
  /** ms after which the source ends; never when absent. */
  durationMs?: number;
}

/**
 * A tone of one or more frequencies, with a cadence: test tones, dial, ringback and busy tones.
 *
 * @throws MediaError `ERR_MEDIA_ARGUMENT` for values out of range
 */
export function toneSource(options: ToneOptions = {}): AudioSource {
  const { frequencies = [1000], levelDb = -10, sampleRate = 8000, cadence, durationMs } = options;
  if (frequencies.some((frequency) => !(frequency > 0 && frequency < sampleRate / 2))) {
    throw new MediaError('ERR_MEDIA_ARGUMENT', `Give tones frequencies between 0 and ${sampleRate / 2} Hz.`);
  }
  if (!(levelDb <= 0)) throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give tones a level of 0 dB or less.');
  const amplitude = 32_767 * 10 ** (levelDb / 20);
  const steps = frequencies.map((frequency) => (2 * Math.PI * frequency) / sampleRate);
  const audible = cadencePattern(cadence, sampleRate);
  const end = durationMs === undefined ? Number.POSITIVE_INFINITY : Math.round((durationMs * sampleRate) / 1000);
  let position = 0;
  return {
    sampleRate,
    read(frame) {
      if (position >= end) return -1;
      const count = Math.min(frame.length, end - position);
      for (let i = 0; i < count; i++, position++) {
        let sum = 0;
        if (audible(position)) for (const step of steps) sum += Math.sin(step * position);
        frame[i] = Math.max(-32_768, Math.min(32_767, Math.round(sum * amplitude)));
      }
      return count;
    },
  };
}

function cadencePattern(cadence: readonly number[] | undefined, sampleRate: number): (position: number) => boolean {
  if (!cadence || cadence.length === 0) return () => true;
  if (cadence.some((ms) => !(ms > 0))) {
    throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give every part of a cadence more than 0 ms.');
  }
  const ends: number[] = [];
  for (const ms of cadence) ends.push((ends.at(-1) ?? 0) + Math.round((ms * sampleRate) / 1000));
  const period = ends.at(-1)!;
  return (position) => ends.findIndex((end) => position % period < end) % 2 === 0;
}
