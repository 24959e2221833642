import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { codecConformance } from '../testing';
import { pcma, pcmu } from './g711';

const everySample = Int16Array.from({ length: 65536 }, (_, index) => index - 32768);
const everyCode = Uint8Array.from({ length: 256 }, (_, code) => code);

/** What scripts/g711-digests.mjs says of FFmpeg 5.1. */
const laws = [
  {
    codec: pcmu,
    format: 'mulaw',
    encoded: 'e0be5288dc67592c7281f521cafb4d38cdee27e7d1aced826a99b07b0a557b78',
    decoded: '3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827',
  },
  {
    codec: pcma,
    format: 'alaw',
    encoded: 'de19ff5b8d6a1950aa98385b61c7f7740a2ca88926fa86afd5986341f343a82c',
    decoded: 'e04788d110e58ff8c70c93b8480190d973e3b67876b6119abbaec766cc75c174',
  },
];

const ffmpegIsThere = (() => {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const ffmpeg = (input: string[], output: string[], bytes: Uint8Array) =>
  execFileSync('ffmpeg', ['-loglevel', 'error', ...input, '-i', '-', ...output, '-'], {
    input: bytes,
    maxBuffer: 1 << 24,
  });

const bytesOf = (pcm: Int16Array) => new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe.each(laws)('G.711 $codec.name', ({ codec, format, encoded, decoded }) => {
  const codes = new Uint8Array(65536);
  codec.createEncoder().encode(everySample, codes);
  const samples = new Int16Array(256);
  codec.createDecoder().decode(everyCode, samples);

  test('encodes all 65,536 samples and decodes all 256 codes as FFmpeg 5.1 does (its output by digest)', () => {
    expect(digest(codes)).toBe(encoded);
    expect(digest(bytesOf(samples))).toBe(decoded);
  });

  test.skipIf(!ffmpegIsThere)(
    `… and as the FFmpeg of this machine does${ffmpegIsThere ? '' : ' [skipped: no ffmpeg]'}`,
    () => {
      const raw = ['-f', 's16le', '-ar', '8000', '-ac', '1'];
      expect(ffmpeg(raw, ['-f', format], bytesOf(everySample)).equals(codes)).toBe(true);
      const law = ['-f', format, '-ar', '8000', '-ac', '1'];
      expect(ffmpeg(law, ['-f', 's16le'], everyCode).equals(bytesOf(samples))).toBe(true);
    },
  );

  test('every code comes back as itself, but for the second zero of µ-law', () => {
    const back = new Uint8Array(256);
    codec.createEncoder().encode(samples, back);
    expect([...back.keys()].filter((code) => back[code] !== code)).toEqual(format === 'mulaw' ? [0x7f] : []);
  });

  for (const check of codecConformance(codec, { minimumSnr: 30 })) test(check.name, () => check.run());
});
