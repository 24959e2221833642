// A codec of ours beside what others make of the same work: in turns, so that what else the machine does hits all alike, and of
// each the best.
import { report } from '../../../../tooling/bench/report.mjs';
import { measureSpeed } from '../../dist/testing.js';

/** Turns that everybody has; a single one where little time is given, as in a smoke test. */
const TURNS = 5;
const LEAST_SECONDS = 0.2;

/**
 * Times a codec and reports each kind of work, in times real time.
 *
 * @param {string} name of the codec in the report
 * @param {import('@offhook/codecs').Codec} codec
 * @param {import('@offhook/codecs/testing').SpeedOptions & { seconds: number }} options `seconds` for each kind of work
 * @param {{ name: string, work: 'encode' | 'decode' | 'conceal', run?: () => number, absent?: string }[]} peers what each `run`
 *   gives is times real time; without it, why it is `absent`. The first of a kind of work is the yardstick, others are reported too
 */
export function reportBeside(name, codec, options, peers = []) {
  const best = { encode: 0, decode: 0, conceal: 0 };
  const theirs = peers.map(() => 0);
  const turns = options.seconds < LEAST_SECONDS ? 1 : TURNS;
  for (let turn = 0; turn < turns; turn++) {
    const speed = measureSpeed(codec, { ...options, seconds: options.seconds / turns });
    for (const work of Object.keys(best)) best[work] = Math.max(best[work], speed[work]);
    for (const [i, { run }] of peers.entries()) if (run) theirs[i] = Math.max(theirs[i], run() ?? 0);
  }
  for (const [work, ours] of Object.entries(best)) {
    const figure = { name: `${name}-${work === 'conceal' ? 'conceal-20%' : work}`, ours, unit: 'times real time' };
    const beside = peers.flatMap((peer, i) => (peer.work === work ? [{ ...peer, rate: theirs[i] }] : []));
    if (beside.length === 0) report(figure);
    for (const { name: yardstickName, rate, absent } of beside) {
      report({
        ...figure,
        yardstickName,
        ...(rate > 0 ? { yardstick: rate } : { absent: absent ?? 'it could not run' }),
      });
    }
  }
}
