import { type FileHandle, open } from 'node:fs/promises';
import { MediaError } from '../platform/errors';

// Node.js file: reads and writes the file system.

/** What {@link repairWav} found and did. */
export interface WavRepair {
  /** Whether the file was changed. */
  repaired: boolean;
  /** Bytes of audio in it now. */
  dataBytes: number;
  /** ms of audio in it now. */
  durationMs: number;
}

const LARGEST = 0xffff_ffff;

/**
 * Makes a WAV file whole whose writer died: the sizes in its header become what is there, and a last sample that was cut
 * through is left out. A file that is right, even one with chunks after its audio, stays as it is.
 *
 * @throws MediaError `ERR_WAV_FORMAT` when it is no WAV file or has no audio chunk, `ERR_WAV_FILE` when it cannot be read or written
 */
export async function repairWav(path: string | URL): Promise<WavRepair> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r+');
    return await repair(file);
  } catch (cause) {
    if (cause instanceof MediaError) throw cause;
    const message = `Cannot repair ${String(path)}: ${(cause as Error).message}.`;
    throw new MediaError('ERR_WAV_FILE', message, { cause });
  } finally {
    await file?.close();
  }
}

async function repair(file: FileHandle): Promise<WavRepair> {
  const { size: fileSize } = await file.stat();
  const read = async (position: number, length: number): Promise<DataView> => {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, position);
    return new DataView(bytes.buffer, 0, bytesRead);
  };
  const start = await read(0, 12);
  if (name(start, 0) !== 'RIFF' || name(start, 8) !== 'WAVE')
    throw notRepairable('it does not begin with RIFF and WAVE');
  let blockAlign = 0;
  let byteRate = 0;
  for (let offset = 12; offset + 8 <= fileSize; ) {
    const head = await read(offset, 8);
    const size = head.getUint32(4, true);
    if (name(head, 0) === 'fmt ') {
      const format = await read(offset + 8, 16);
      if (format.byteLength < 16) break;
      byteRate = format.getUint32(8, true);
      blockAlign = format.getUint16(12, true);
    }
    if (name(head, 0) === 'data') {
      if (blockAlign === 0 || byteRate === 0) throw notRepairable('it has no format before its audio');
      return fix(file, {
        riffSize: start.getUint32(4, true),
        dataSize: size,
        at: offset + 8,
        fileSize,
        blockAlign,
        byteRate,
      });
    }
    offset += 8 + size + (size & 1);
  }
  throw notRepairable('it has no audio');
}

interface Layout {
  riffSize: number;
  dataSize: number;
  at: number;
  fileSize: number;
  blockAlign: number;
  byteRate: number;
}

async function fix(file: FileHandle, layout: Layout): Promise<WavRepair> {
  const { riffSize, dataSize, at, fileSize, blockAlign, byteRate } = layout;
  const there = fileSize - at;
  const result = (dataBytes: number, repaired: boolean): WavRepair => ({
    repaired,
    dataBytes,
    durationMs: (dataBytes * 1000) / byteRate,
  });
  const whole = dataSize > 0 && dataSize <= there && riffSize + 8 <= fileSize && riffSize + 8 >= at + dataSize;
  // A header that names less than the rest of the file is right when chunks follow, and behind when it ends there.
  const behind = riffSize + 8 === at + dataSize && there - dataSize > 1;
  if ((whole && !behind) || (dataSize === 0 && there === 0)) return result(dataSize, false);
  const usable = Math.min(there, LARGEST - at + 8);
  const dataBytes = usable - (usable % blockAlign);
  const word = new Uint8Array(4);
  const write = async (value: number, position: number): Promise<void> => {
    new DataView(word.buffer).setUint32(0, value, true);
    await file.write(word, 0, 4, position);
  };
  await file.truncate(at + dataBytes);
  await write(dataBytes, at - 4);
  await write(at + dataBytes - 8, 4);
  return result(dataBytes, true);
}

function name(view: DataView, at: number): string {
  if (view.byteLength < at + 4) return '';
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}

function notRepairable(why: string): MediaError {
  return new MediaError('ERR_WAV_FORMAT', `This file cannot be repaired: ${why}. Only WAV files with a header can.`);
}
