import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { correlate, readWav } from '@offhook/rtp-media';

/** A few seconds of speech, 8 kHz mono 16 bit: what the interoperability calls carry. */
export const speechFile = fileURLToPath(new URL('../../../apps/quickstart/assets/speech.wav', import.meta.url));

/** Best normalised correlation (0 to 1) of what was heard with the speech that was sent. */
export function heardSpeech(recording: Uint8Array): number {
  return correlate(samples(readFileSync(speechFile)), samples(recording)).correlation;
}

/** A path for a recording that does not exist yet. */
export function recordingPath(name: string): string {
  return join(tmpdir(), `offhook-${process.pid}-${Date.now()}-${name}.wav`);
}

function samples(wav: Uint8Array): Int16Array {
  return readWav(wav).samples;
}

/** Writes bytes for a look when a test fails. */
export function keep(name: string, bytes: Uint8Array): string {
  const path = recordingPath(name);
  writeFileSync(path, bytes);
  return path;
}
