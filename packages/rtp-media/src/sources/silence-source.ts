import type { AudioSource } from '../audio/audio-source';

/**
 * Silence without end.
 *
 * @param sampleRate Hz; 8000 when absent
 */
export function silenceSource(sampleRate = 8000): AudioSource {
  return {
    sampleRate,
    read(frame) {
      frame.fill(0);
      return frame.length;
    },
  };
}
