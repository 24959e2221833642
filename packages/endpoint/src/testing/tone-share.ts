import { levelDbfs, toneLevelDbfs } from '@offhook/rtp-media';

/** Share of 20 ms pieces that are this tone and nothing else: a busy machine may drop some, but none turns into another. */
export function shareOfTone(pcm: Int16Array, hz: number): number {
  let good = 0;
  for (let start = 0; start + 160 <= pcm.length; start += 160) {
    const piece = pcm.subarray(start, start + 160);
    const level = levelDbfs(piece);
    if (level > -30 && Math.abs(toneLevelDbfs(piece, 8000, hz) - level) < 1) good++;
  }
  return good / (pcm.length / 160);
}
