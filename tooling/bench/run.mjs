#!/usr/bin/env node
// The one door to every benchmark: pnpm bench [NAME…] [--json]. Each is a program packages/*/bench/NAME.mjs that runs on the
// built packages, which are built first; the name of a package stands for all of its own. Other options go to the benchmarks, such as --seconds 5.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const groups = new Map(
  readdirSync(join(root, 'packages'))
    .map((each) => [each, join(root, 'packages', each, 'bench')])
    .filter(([, folder]) => existsSync(folder))
    .map(([each, folder]) => [each, readdirSync(folder).filter((file) => file.endsWith('.mjs'))]),
);
const benchmarks = new Map(
  [...groups].flatMap(([each, files]) =>
    files.map((file) => [basename(file, '.mjs'), join(root, 'packages', each, 'bench', file)]),
  ),
);

const { wanted: words, options, own } = understood(process.argv.slice(2));
// A package stands for all of its own.
const wanted = words.flatMap((word) => groups.get(word)?.map((file) => basename(file, '.mjs')) ?? [word]);
const unknown = wanted.filter((name) => !benchmarks.has(name));
if (own.has('--help') || own.has('--list') || unknown.length > 0) {
  const tell = unknown.length > 0 ? console.error : console.log;
  if (unknown.length > 0) tell(`No benchmark is called ${unknown.join(', ')}; there are:`);
  else if (own.has('--help'))
    tell(
      'pnpm bench [NAME…] [--json] [--smoke] [--no-build] [--OPTION VALUE…], where NAME is a package such as codecs, or:',
    );
  tell([...benchmarks.keys()].join('\n'));
  process.exit(unknown.length > 0 ? 2 : 0);
}

if (!own.has('--no-build')) build();

const failed = [];
for (const [name, file] of benchmarks) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  if (!options.includes('--json')) console.log(`\n# ${name}`);
  const { status, signal } = spawnSync(process.execPath, [file, ...options], { stdio: 'inherit' });
  if (status !== 0) failed.push(`${name} (${signal ?? `exit code ${status}`})`);
}
if (failed.length > 0) console.error(`Failed: ${failed.join(', ')}.`);
process.exitCode = failed.length > 0 ? 1 : 0;

/** Which words are names, which options are ours, and which go on to the benchmarks with their values. */
function understood(args) {
  const found = { wanted: [], options: [], own: new Set() };
  for (let index = 0; index < args.length; index++) {
    const each = args[index];
    if (['--help', '--list', '--no-build'].includes(each)) found.own.add(each);
    else if (!each.startsWith('-')) found.wanted.push(each);
    else {
      found.options.push(each);
      const value = args[index + 1];
      const takesValue = each !== '--json' && each !== '--smoke' && !each.includes('=');
      if (takesValue && value !== undefined && !value.startsWith('-')) found.options.push(args[++index]);
    }
  }
  return found;
}

/** What is measured is what stands in the sources. Its words go where they do not disturb --json. */
function build() {
  const run = spawnSync(join(root, 'node_modules/.bin/turbo'), ['run', 'build', '--output-logs=errors-only'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
  });
  if (run.status === 0) return;
  console.error(run.stdout ?? '', run.stderr ?? '', run.error?.message ?? '');
  console.error('The packages could not be built. With --no-build, what was built before is measured.');
  process.exit(1);
}
