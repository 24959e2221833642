import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { correlateSegments, encodeWav, loadResampler, readWav, resample } from '@offhook/rtp-media';

const RATE = 8000;
const folder = mkdtempSync(join(tmpdir(), 'offhook-speech-'));

await loadResampler();
const asset = readWav(
  readFileSync(fileURLToPath(new URL('../../../apps/quickstart/assets/speech.wav', import.meta.url))),
);
const speech = resample(asset.samples, asset.sampleRate, RATE);

/** A few seconds of speech as every peer can play it: 8 kHz, mono, 16 bit. */
export const speechFile = join(folder, 'speech.wav');
writeFileSync(speechFile, encodeWav(speech, RATE));

/**
 * How well a recording agrees with the speech that was sent, 0 to 1: the mean correlation of its fifths of a second, each
 * where it fits best, so that a jitter buffer may move between words. Of speech that is said over and over, one whole pass is
 * looked at, not one that the recording cuts off.
 */
export function heardSpeech(recording: Uint8Array): number {
  const { samples, sampleRate } = readWav(recording);
  const heard = resample(samples, sampleRate, RATE);
  const passes = [heard];
  const window = Math.ceil(1.3 * speech.length);
  for (let at = 0; at + window <= heard.length; at += speech.length >> 2) passes.push(heard.subarray(at, at + window));
  const agreement = (pass: Int16Array) =>
    correlateSegments(speech, pass, { segment: RATE / 5, maxLag: RATE / 4 }).correlation;
  return Math.max(...passes.map(agreement));
}

let recordings = 0;

/** A path for a recording that does not exist yet. */
export const recordingPath = (name: string): string => join(folder, `${name}-${++recordings}.wav`);
