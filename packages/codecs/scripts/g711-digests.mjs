// Prints the SHA-256 of FFmpeg's G.711: the codes of all 65,536 samples (-32768 up), and the samples (16 bits, least
// significant byte first) of all 256 codes. src/g711/g711.test.ts holds them, so that the comparison works without FFmpeg.
//
//   node packages/codecs/scripts/g711-digests.mjs
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';

const samples = Buffer.alloc(65536 * 2);
for (let i = 0; i < 65536; i++) samples.writeInt16LE(i - 32768, i * 2);
const codes = Buffer.from(Array.from({ length: 256 }, (_, code) => code));

function digest(input, output, bytes) {
  const args = ['-loglevel', 'error', '-f', input, '-ar', '8000', '-ac', '1', '-i', '-', '-f', output, '-'];
  return createHash('sha256')
    .update(execFileSync('ffmpeg', args, { input: bytes }))
    .digest('hex');
}

console.log(execFileSync('ffmpeg', ['-version']).toString().split('\n')[0]);
for (const law of ['mulaw', 'alaw']) {
  console.log(`${law} encoded ${digest('s16le', law, samples)}`);
  console.log(`${law} decoded ${digest(law, 's16le', codes)}`);
}
