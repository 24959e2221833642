import { readFile } from 'node:fs/promises';
import {
  correlate,
  correlateSegments,
  loadResampler,
  type RecordingSource,
  readWav,
  resample,
} from '@offhook/rtp-media';

/** How a recording compares with what was sent. */
export interface Comparison {
  /** 1 the same, 0 unrelated. */
  readonly correlation: number;
  /** By how much the recording is later, in ms. */
  readonly delayMs: number;
}

/**
 * Compares the recording of an echo with the speech that was sent, a fifth of a second at a time: a jitter buffer may change its
 * delay on the way, which nobody hears, but which moves all that follows.
 */
export async function compareWithSpeech(speech: RecordingSource, recording: string): Promise<Comparison> {
  const { samples, sampleRate } = readWav(await readFile(recording));
  await loadResampler();
  const reference = resample(speech.samples, speech.sampleRate, sampleRate);
  const { correlation } = correlateSegments(reference, samples, { segment: sampleRate / 5, maxLag: sampleRate });
  const { lag } = correlate(reference, samples);
  return { correlation, delayMs: (lag * 1000) / sampleRate };
}
