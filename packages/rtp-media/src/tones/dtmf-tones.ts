import type { AudioSource } from '../audio/audio-source';
import { MediaError } from '../platform/errors';
import { DTMF_COLUMNS, DTMF_KEYS, DTMF_ROWS } from './dtmf-frequencies';

/** Settings of {@link dtmfTones}. */
export interface DtmfToneOptions {
  /** Hz; 8000 when absent. */
  sampleRate?: number;
  /** ms of each digit; 100 when absent. Receivers need 40 (ITU-T Q.24). */
  durationMs?: number;
  /** ms of pause after each digit; 100 when absent. Receivers need 40. */
  gapMs?: number;
  /** dBFS of the low frequency; -11 when absent, -8 dBm0. */
  lowDb?: number;
  /** dBFS of the high frequency; -9 when absent, -6 dBm0: lines weaken high frequencies more. */
  highDb?: number;
}

/** ms over which a digit swells and fades, so that its edges do not click. */
const EDGE_MS = 1.5;

/**
 * Digits as tones in the audio (ITU-T Q.23), for peers without telephone-event: a source that ends after the last pause.
 *
 * @param digits `0`-`9`, `*`, `#`, `A`-`D`; a comma is a pause of one second
 * @throws MediaError `ERR_DTMF_DIGIT` for another character, `ERR_MEDIA_ARGUMENT` for values out of range
 */
export function dtmfTones(digits: string, options: DtmfToneOptions = {}): AudioSource {
  const { sampleRate = 8000, durationMs = 100, gapMs = 100, lowDb = -11, highDb = -9 } = options;
  if (!(sampleRate >= 4000)) throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give DTMF a rate of 4000 Hz or more.');
  if (!(durationMs > 0 && gapMs >= 0)) throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give digits more than 0 ms.');
  if (!(lowDb <= -6 && highDb <= -6)) throw new MediaError('ERR_MEDIA_ARGUMENT', 'Give DTMF levels of -6 dB or less.');
  const keys = [...digits.toUpperCase()].map((digit) => {
    const key = digit === ',' ? -1 : DTMF_KEYS.indexOf(digit);
    if (key >= 0 || digit === ',') return key;
    throw new MediaError('ERR_DTMF_DIGIT', `There is no tone for "${digit}"; use 0-9, *, #, A-D or a comma.`);
  });
  const [low, high] = [32_767 * 10 ** (lowDb / 20), 32_767 * 10 ** (highDb / 20)];
  const samplesOf = (ms: number) => Math.round((ms * sampleRate) / 1000);
  const [on, edge] = [samplesOf(durationMs), samplesOf(Math.min(EDGE_MS, durationMs / 2))];
  const lengths = keys.map((key) => (key < 0 ? samplesOf(1000) : on + samplesOf(gapMs)));
  let current = 0;
  let position = 0;
  const sample = (key: number): number => {
    if (key < 0 || position >= on) return 0;
    const time = (2 * Math.PI * position) / sampleRate;
    const swell = Math.min(1, position / edge, (on - position) / edge);
    const tone = low * Math.sin(time * DTMF_ROWS[key >> 2]!) + high * Math.sin(time * DTMF_COLUMNS[key & 3]!);
    return Math.round(swell * tone);
  };
  return {
    sampleRate,
    read(frame) {
      let count = 0;
      while (count < frame.length && current < keys.length) {
        if (position >= lengths[current]!) {
          current++;
          position = 0;
          continue;
        }
        frame[count++] = sample(keys[current]!);
        position++;
      }
      return count === 0 ? -1 : count;
    },
  };
}
