import type { AudioSink, AudioSource } from '@offhook/rtp-media';
import { EndpointError } from '../errors/endpoint-error';

/** How loud, from 0 (silent) to 100 (as it comes). */
export type Volume = number;

/**
 * The factor of a volume. The ear hears ratios, so the scale is square: 50 is 12 dB less than 100, 10 is 40 dB less.
 *
 * @throws EndpointError `ERR_OPTION` unless it is a number from 0 to 100
 */
export function gainOf(volume: Volume): number {
  if (!(volume >= 0 && volume <= 100)) {
    throw new EndpointError('ERR_OPTION', `The volume ${volume} is none; it is a number from 0 to 100.`);
  }
  return (volume / 100) ** 2;
}

/** Makes samples less loud, where they are. @param gain 0 to 1 */
export function attenuate(frame: Int16Array, gain: number): void {
  if (gain === 1) return;
  for (let i = 0; i < frame.length; i++) frame[i] = Math.round(frame[i]! * gain);
}

/** A source at the volume that counts when it is read. */
export function sourceAtVolume(source: AudioSource, gain: () => number): AudioSource {
  return {
    sampleRate: source.sampleRate,
    read(frame) {
      const count = source.read(frame);
      attenuate(count < frame.length ? frame.subarray(0, count) : frame, gain());
      return count;
    },
  };
}

/** A sink at the volume that counts when it is written to. What is written stays as it is: others hear it, too. */
export function sinkAtVolume(sink: AudioSink, gain: () => number): AudioSink {
  let copy = new Int16Array(0);
  return {
    sampleRate: sink.sampleRate,
    write(frame) {
      const factor = gain();
      if (factor === 1) {
        sink.write(frame);
        return;
      }
      if (copy.length < frame.length) copy = new Int16Array(frame.length);
      const quiet = copy.subarray(0, frame.length);
      quiet.set(frame);
      attenuate(quiet, factor);
      sink.write(quiet);
    },
  };
}
