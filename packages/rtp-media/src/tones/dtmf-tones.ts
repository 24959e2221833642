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

/** @internal The two waves of a digit. */
export interface DtmfToneShape {
  /** Radians a sample. */
  lowStep: number;
  highStep: number;
  /** Amplitudes. */
  low: number;
  high: number;
  /** Samples of its rise and of its fall. */
  edge: number;
}

/** @internal The waves of a digit at a rate and two levels in dBFS, in a shape made before or a new one. */
export function dtmfToneShape(
  digit = '1',
  sampleRate = 8000,
  lowDb = -11,
  highDb = -9,
  shape: DtmfToneShape = { lowStep: 0, highStep: 0, low: 0, high: 0, edge: 0 },
): DtmfToneShape {
  const key = DTMF_KEYS.indexOf(digit);
  shape.lowStep = (2 * Math.PI * DTMF_ROWS[key >> 2]!) / sampleRate;
  shape.highStep = (2 * Math.PI * DTMF_COLUMNS[key & 3]!) / sampleRate;
  shape.low = 32_767 * 10 ** (lowDb / 20);
  shape.high = 32_767 * 10 ** (highDb / 20);
  shape.edge = Math.round((EDGE_MS * sampleRate) / 1000);
  return shape;
}

/** @internal The sample at a position of a digit of `on` samples. */
export function dtmfToneValue(shape: DtmfToneShape, position: number, on: number): number {
  const edge = Math.max(1, Math.min(shape.edge, on >> 1));
  const swell = Math.min(1, position / edge, (on - position) / edge);
  const tone = shape.low * Math.sin(shape.lowStep * position) + shape.high * Math.sin(shape.highStep * position);
  return Math.round(swell * tone);
}

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
  const shapes = [...digits.toUpperCase()].map((digit) => {
    if (digit === ',') return undefined;
    if (DTMF_KEYS.includes(digit)) return dtmfToneShape(digit, sampleRate, lowDb, highDb);
    throw new MediaError('ERR_DTMF_DIGIT', `There is no tone for "${digit}"; use 0-9, *, #, A-D or a comma.`);
  });
  const samplesOf = (ms: number) => Math.round((ms * sampleRate) / 1000);
  const on = samplesOf(durationMs);
  const lengths = shapes.map((shape) => (shape ? on + samplesOf(gapMs) : samplesOf(1000)));
  let current = 0;
  let position = 0;
  return {
    sampleRate,
    read(frame) {
      let count = 0;
      while (count < frame.length && current < shapes.length) {
        if (position >= lengths[current]!) {
          current++;
          position = 0;
          continue;
        }
        const shape = shapes[current];
        frame[count++] = shape && position < on ? dtmfToneValue(shape, position, on) : 0;
        position++;
      }
      return count === 0 ? -1 : count;
    },
  };
}
