import type { AudioSink } from '../audio/audio-sink';

/**
 * Takes audio and forgets it.
 *
 * @param sampleRate Hz; 8000 when absent
 */
export function nullSink(sampleRate = 8000): AudioSink {
  return { sampleRate, write: () => {} };
}
