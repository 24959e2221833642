// How every benchmark tells its figures: with --json one object a line, else a table. Ratios above 1 mean that ours is better.

const json = process.argv.includes('--json');
let heading = true;

/**
 * One figure beside its yardstick from the same run.
 *
 * @param {object} figure
 * @param {string} figure.name what was measured
 * @param {number} figure.ours
 * @param {string} figure.unit
 * @param {number} [figure.yardstick] the same of another implementation; left out when there is none here
 * @param {string} [figure.yardstickName]
 * @param {string} [figure.absent] why the yardstick could not run here
 * @param {boolean} [figure.less] whether less is better, as with bytes and microseconds
 * @param {Record<string, unknown>} [figure.more] what else was seen, such as failures
 */
export function report({ name, ours, unit, yardstick, yardstickName, absent, less = false, more = {} }) {
  if (!Number.isFinite(ours)) throw new Error(`${name} was not measured: ${ours} is no figure.`);
  const known = yardstick !== undefined && Number.isFinite(yardstick) && yardstick > 0 && ours > 0;
  const ratio = known ? (less ? yardstick / ours : ours / yardstick) : null;
  if (json) {
    const object = {
      name,
      ours: rounded(ours),
      unit,
      yardstick: known ? rounded(yardstick) : null,
      yardstickName: yardstickName ?? null,
      ratio: known ? rounded(ratio) : null,
      ...(absent === undefined ? {} : { absent }),
      ...Object.fromEntries(Object.entries(more).map(([key, value]) => [key, tidy(value)])),
    };
    console.log(JSON.stringify(object));
    return;
  }
  if (heading) console.log(line('', 'ours', 'unit', 'yardstick', 'ratio', ''));
  heading = false;
  const extra = Object.entries(more).map(([key, value]) => `${key} ${tidy(value)}`);
  if (absent !== undefined) extra.unshift(absent);
  console.log(
    line(name, shown(ours), unit, known ? shown(yardstick) : '–', known ? ratio.toFixed(2) : '–', yardstickName ?? '') +
      (extra.length > 0 ? `  (${extra.join(', ')})` : ''),
  );
}

/** Something a reader should know, which is no figure. It goes where it does not disturb --json. */
export function note(text) {
  console.error(text);
}

function line(name, ours, unit, yardstick, ratio, yardstickName) {
  return `${name.padEnd(28)}${ours.padStart(12)}  ${unit.padEnd(24)}${yardstick.padStart(12)}${ratio.padStart(8)}  ${yardstickName}`.trimEnd();
}

/** Four digits mean something, and all before the point. */
function rounded(number) {
  return Math.abs(number) >= 1000 ? Math.round(number) : Number(number.toPrecision(4));
}

function tidy(value) {
  return typeof value === 'number' && Number.isFinite(value) ? rounded(value) : value;
}

function shown(number) {
  return rounded(number).toLocaleString('en', { maximumFractionDigits: 4 });
}

/** The middle one: what else the machine did in one round does not move it. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Calls per second of processor time, garbage collection included, of several ways to do a work: rounds of each in turn, so
 * that what else the machine does hits all alike, and of each the best.
 *
 * @param {Record<string, (turn: number) => unknown>} ways
 * @param {number} seconds for each
 * @returns {Record<string, number>}
 */
export function rates(ways, seconds) {
  const state = Object.entries(ways).map(([name, run]) => ({
    name,
    run,
    batch: calibrated(run, Math.min(0.4, seconds)),
    best: 0,
    used: 0,
  }));
  let sink = 0;
  while (state.some(({ used }) => used < seconds)) {
    for (const way of state) {
      if (way.used >= seconds) continue;
      const start = process.cpuUsage();
      for (let turn = 0; turn < way.batch; turn++) if (way.run(turn)) sink++;
      const { user, system } = process.cpuUsage(start);
      way.used += (user + system) / 1e6;
      way.best = Math.max(way.best, (way.batch * 1e6) / (user + system));
    }
  }
  if (sink === 0) throw new Error('Nothing was measured: no call returned anything.');
  return Object.fromEntries(state.map(({ name, best }) => [name, best]));
}

/** Calls that take about 60 ms, found once the code is warm. */
function calibrated(run, seconds) {
  const deadline = performance.now() + seconds * 1000;
  let calls = 0;
  const start = performance.now();
  while (performance.now() < deadline) for (let turn = 0; turn < 16; turn++, calls++) run(turn);
  return Math.max(16, Math.round((calls * 60) / (performance.now() - start)));
}
