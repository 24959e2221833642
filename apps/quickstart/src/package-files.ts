import { readFileSync } from 'node:fs';

// Both src/ and dist/ stand beside these.
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

/** The version of this program. */
export const version = manifest.version;

/** Speech that comes with the program: mono WAV. */
export const speechFile = new URL('../assets/speech.wav', import.meta.url);
