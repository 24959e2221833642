import { execFileSync } from 'node:child_process';
import { ComfortNoiseEncoder, Noise } from '@offhook/rtp-media';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';

/** Noise whose neighbouring samples are alike by `likeness`, of an amplitude. */
function noise(likeness: number, amplitude: number): Int16Array {
  let state = 7;
  let last = 0;
  return Int16Array.from({ length: 16_000 }, () => {
    state = (state * 48_271) % 2_147_483_647;
    last = likeness * last + (state / 2_147_483_647 - 0.5) * amplitude;
    return Math.round(last);
  });
}

/** Level in dBov, and how alike neighbouring samples are. */
function measured(pcm: Int16Array): { level: number; likeness: number } {
  let own = 0;
  let neighbours = 0;
  for (let i = 1; i < pcm.length; i++) {
    own += pcm[i]! ** 2;
    neighbours += pcm[i]! * pcm[i - 1]!;
  }
  return { level: 10 * Math.log10(own / pcm.length / 32_768 ** 2), likeness: neighbours / own };
}

describeWithPeers(['ffmpeg'], 'comfort noise as FFmpeg writes it (RFC 3389)', () => {
  test.each([
    ['dark', 0.9, 400],
    ['white', 0, 800],
    ['bright', -0.7, 3000],
  ])('%s noise is heard alike, and described alike by us', (_name, likeness, amplitude) => {
    const pcm = noise(likeness, amplitude);
    const input = Buffer.from(pcm.buffer);
    const format = ['-f', 's16le', '-ar', '8000', '-ac', '1', '-i', '-'];
    const args = ['-v', 'error', ...format, '-map', '0:a', '-c:a', 'comfortnoise', '-f', 'data', '-'];
    const payloads = execFileSync('ffmpeg', args, { input });
    // One of eleven bytes for each 640 samples.
    expect(payloads.length).toBe((pcm.length / 640) * 11);
    const theirs = payloads.subarray(110, 121);
    const made = new Noise();
    made.load(theirs);
    const heard = new Int16Array(16_000);
    made.mixInto(heard, 0, heard.length, 1, 1);
    const [said, played] = [measured(pcm.subarray(6400, 7040)), measured(heard.subarray(4000))];
    expect(Math.abs(played.level - said.level)).toBeLessThan(1.5);
    expect(Math.abs(played.likeness - said.likeness)).toBeLessThan(0.08);
    const encoder = new ComfortNoiseEncoder(160, 20, true);
    for (let at = 6400; at < 7200; at += 160) encoder.hear(pcm.subarray(at, at + 160));
    const ours = new Uint8Array(16);
    expect(encoder.write(ours)).toBe(9);
    expect(Math.abs(ours[0]! - theirs[0]!)).toBeLessThanOrEqual(2);
    expect(Math.abs(ours[1]! - theirs[1]!)).toBeLessThanOrEqual(14);
  });
});
