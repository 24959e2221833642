import { spawnSync } from 'node:child_process';

/**
 * Times real time of FFmpeg on one core: CPU time for all of the audio less that for its first second, so that the start of the
 * process is not in the figure; its reading and writing of pipes is.
 *
 * @param {string[]} input options before `-i`
 * @param {string[]} output options of the output
 * @param {Buffer} bytes the audio
 * @param {number} second bytes of its first second, a header included
 * @param {number} length seconds of audio in it
 * @param {number} rounds of which the fastest counts
 * @returns {number | undefined} undefined when there is no FFmpeg, or too little audio to tell
 */
export function ffmpegTimesRealTime(input, output, bytes, second, length, rounds) {
  const cpu = (part) => {
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round++) {
      const args = ['-hide_banner', '-nostats', '-benchmark', '-threads', '1', ...input, '-i', '-', ...output, '-'];
      const run = spawnSync('ffmpeg', args, { input: part, maxBuffer: 1 << 28 });
      if (run.error || run.status !== 0) return undefined;
      const [, user, system] = /utime=([\d.]+)s stime=([\d.]+)s/.exec(String(run.stderr)) ?? [];
      if (user === undefined) return undefined;
      best = Math.min(best, Number(user) + Number(system));
    }
    return best;
  };
  const [all, start] = [cpu(bytes), cpu(bytes.subarray(0, second))];
  return all === undefined || start === undefined || all <= start ? undefined : (length - 1) / (all - start);
}
