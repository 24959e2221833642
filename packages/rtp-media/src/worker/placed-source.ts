import { readFileSync } from 'node:fs';
import type { AudioSource } from '../audio/audio-source';
import { MediaError } from '../platform/errors';
import { RecordingSource } from '../sources/recording-source';
import { silenceSource } from '../sources/silence-source';
import { type ToneOptions, toneSource } from '../sources/tone-source';
import { readWav } from '../wav/wav-format';

// Node.js file: reads the file system.

/** Sound described rather than made, so that the thread that sends it can make it. */
export type PlacedSourceDescription =
  | { kind: 'wav'; path: string; loop?: boolean }
  | { kind: 'tone'; options?: ToneOptions }
  | { kind: 'silence' };

/** Makes the source of a description; a file is read whole, at once. */
export function createSource(description: PlacedSourceDescription): AudioSource {
  switch (description.kind) {
    case 'wav': {
      const { samples, sampleRate } = readWav(readBytes(description.path));
      return new RecordingSource(samples, sampleRate, { loop: description.loop ?? false });
    }
    case 'tone':
      return toneSource(description.options);
    case 'silence':
      return silenceSource();
  }
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new MediaError('ERR_WAV_FILE', `Cannot read the WAV file ${path}: ${(cause as Error).message}.`, { cause });
  }
}

/**
 * A WAV file, a tone or silence that is made in the thread of the session it is given to: on a worker it goes on whatever
 * the main thread does. In a session of this thread, and anywhere else, it is a source like any other.
 *
 * ```ts
 * session.source = new PlacedSource({ kind: 'wav', path: 'welcome.wav' });
 * ```
 *
 * Each session of a worker that it is given to plays it from its start.
 */
export class PlacedSource implements AudioSource {
  readonly description: PlacedSourceDescription;
  #made: AudioSource | undefined;

  /** Nothing is made or read yet. */
  constructor(description: PlacedSourceDescription) {
    this.description = description;
  }

  get #source(): AudioSource {
    this.#made ??= createSource(this.description);
    return this.#made;
  }

  /**
   * Hz.
   *
   * @throws MediaError `ERR_WAV_FILE`, `ERR_WAV_FORMAT`, `ERR_MEDIA_ARGUMENT` when it cannot be made
   */
  get sampleRate(): number {
    return this.#source.sampleRate;
  }

  read(frame: Int16Array): number {
    return this.#source.read(frame);
  }
}
