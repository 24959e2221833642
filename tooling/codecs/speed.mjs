// Writes the table of codecs in docs/performance.md: runs `pnpm bench codecs --json`, with what options it is given.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const page = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));
const door = fileURLToPath(new URL('../bench/run.mjs', import.meta.url));

const args = ['codecs', '--json', ...process.argv.slice(2)];
const run = spawnSync(process.execPath, [door, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
if (run.status !== 0) process.exit(run.status ?? 1);
const figures = run.stdout
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
  .filter(({ unit }) => unit === 'times real time');

const kinds = ['encode', 'decode', 'conceal-20%'];
const rows = new Map();
for (const figure of figures) {
  const kind = kinds.find((each) => figure.name.endsWith(`-${each}`));
  const name = figure.name.slice(0, -kind.length - 1);
  if (!rows.has(name)) rows.set(name, Object.fromEntries(kinds.map((each) => [each, []])));
  rows.get(name)[kind].push(figure);
}

const number = (value) => Number(value.toPrecision(3)).toLocaleString('en');
const ours = ([figure]) => number(figure.ours);
const beside = (of) =>
  of
    .filter(({ yardstick }) => yardstick !== null)
    .map(({ yardstick, yardstickName, ratio }) => `${yardstickName} ${number(yardstick)} (${ratio.toPrecision(2)})`)
    .join('; ');
const table = [
  '| | Encode | Beside it | Decode | Beside it | Decode, 20 % lost | Beside it |',
  '|---|---:|---|---:|---|---:|---|',
  ...[...rows].map(
    ([name, row]) => `| ${name} | ${kinds.flatMap((kind) => [ours(row[kind]), beside(row[kind])]).join(' | ')} |`,
  ),
].join('\n');

const text = readFileSync(page, 'utf8');
const written = text.replace(
  /(<!-- table: codecs -->\n)[\s\S]*?(<!-- end -->)/,
  (_, start, end) => `${start}${table}\n${end}`,
);
if (written === text && !text.includes(table)) throw new Error('docs/performance.md has no place for the table.');
writeFileSync(page, written);
console.log(table);
