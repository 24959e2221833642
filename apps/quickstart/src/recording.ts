import { access, constants } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fullRegistry } from '@offhook/codecs/opus';
import { type WavRecorder, wavRecorder } from '@offhook/rtp-media';
import { usageError } from './command-error';
import { findCodec } from './options/codecs';

/** The sample rate, in Hz, at which nothing of the codecs that may come is lost. */
function recordingRate(codecs: readonly string[] | undefined): number {
  const usable = codecs?.map(findCodec) ?? fullRegistry().list();
  return Math.max(8000, ...usable.map((codec) => codec?.sampleRate ?? 0));
}

/**
 * Creates the file a call is recorded to.
 *
 * @param codecs the codecs that may be used; those offered by default when undefined
 * @throws MediaError `ERR_RECORDING` when it cannot be created
 */
export function openRecording(path: string, codecs: readonly string[] | undefined): Promise<WavRecorder> {
  return wavRecorder(path, { sampleRate: recordingRate(codecs) });
}

/** The file of the n-th call: the name as it is for the first, with the number before the ending for the others. */
export function numbered(path: string, number: number): string {
  if (number === 1) return path;
  const dot = path.search(/\.[^./\\]*$/);
  return dot < 0 ? `${path}-${number}` : `${path.slice(0, dot)}-${number}${path.slice(dot)}`;
}

/** Throws a usage error when no file can be created beside `path`: better now than when somebody calls. */
export async function requireFolder(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    throw usageError(`Nothing can be recorded to ${folder}: it is missing, or may not be written to.`, error);
  }
}
