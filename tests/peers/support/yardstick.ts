import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../../packages/codecs/bench/support/yardstick.c', import.meta.url));
let program: string | undefined;

/** Runs SpanDSP's G.722 or libopus in C; see yardstick.c for its arguments. */
export function yardstick(args: string[], input: Uint8Array): Buffer {
  if (!program) {
    program = join(mkdtempSync(join(tmpdir(), 'offhook-yardstick-')), 'yardstick');
    execFileSync('cc', ['-O2', source, '-o', program, '-lspandsp', '-lopus']);
  }
  const { status, signal, stdout } = spawnSync(program, args, { input, maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`yardstick ${args.join(' ')} ended with ${signal ?? status}`);
  return stdout;
}

/** Runs FFmpeg from one raw stream to another. */
export function ffmpeg(input: string[], output: string[], bytes: Uint8Array): Buffer {
  const args = ['-hide_banner', '-loglevel', 'error', ...input, '-i', '-', ...output, '-'];
  return execFileSync('ffmpeg', args, { input: bytes, maxBuffer: 1 << 28 });
}

/** The packets of the only stream of an Ogg file (RFC 3533 §6). */
export function oggPackets(file: Buffer): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let pending: Uint8Array[] = [];
  for (let page = 0; page < file.length; ) {
    const segments = file[page + 26]!;
    let at = page + 27 + segments;
    for (let i = 0; i < segments; i++) {
      const length = file[page + 27 + i]!;
      pending.push(file.subarray(at, at + length));
      at += length;
      if (length === 255) continue;
      packets.push(Buffer.concat(pending));
      pending = [];
    }
    page = at;
  }
  return packets;
}

/** 16-bit samples as bytes. */
export const bytesOf = (pcm: Int16Array) => Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);

/** Bytes as 16-bit samples. */
export const samplesOf = (bytes: Uint8Array) => new Int16Array(bytes.slice().buffer);
