import { readFile } from 'node:fs/promises';
import { MediaError } from '../platform/errors';
import { type RecordingOptions, RecordingSource } from '../sources/recording-source';
import { readWav } from '../wav/wav-format';

// Node.js file: reads the file system.

/**
 * A WAV file as a source: PCM of 8 to 32 bits or floating point, any rate and number of channels, mixed to mono. The file
 * is read whole.
 *
 * @param file a path, or the bytes of a file
 * @throws MediaError `ERR_WAV_FILE` when it cannot be read, `ERR_WAV_FORMAT` when it is no such file
 */
export async function wavFileSource(
  file: string | URL | Uint8Array,
  options: RecordingOptions = {},
): Promise<RecordingSource> {
  const bytes = file instanceof Uint8Array ? file : await readWavFile(file);
  const { samples, sampleRate } = readWav(bytes);
  return new RecordingSource(samples, sampleRate, options);
}

async function readWavFile(path: string | URL): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const message = `Cannot read the WAV file ${String(path)}: ${(cause as Error).message}.`;
    throw new MediaError('ERR_WAV_FILE', message, { cause });
  }
}
