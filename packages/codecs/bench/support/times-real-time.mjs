/**
 * Times real time of work on one frame: the best of the rounds, as others may use the machine.
 *
 * @param {(turn: number) => unknown} work
 * @param {{ seconds: number, frameMs?: number, batch?: number }} options `batch` frames are timed in one go
 */
export function timesRealTime(work, { seconds, frameMs = 20, batch = 2000 }) {
  for (let i = 0; i < batch * Math.min(10, Math.ceil(seconds * 5)); i++) work(i);
  let best = 0;
  const deadline = performance.now() + seconds * 1000;
  do {
    const start = performance.now();
    for (let i = 0; i < batch; i++) work(i);
    best = Math.max(best, (batch * frameMs) / (performance.now() - start));
  } while (performance.now() < deadline);
  return best;
}
