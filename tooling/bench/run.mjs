#!/usr/bin/env node
// The one door to every benchmark: pnpm bench [NAME…] [--json]. Each is a program packages/*/bench/NAME.mjs that runs on the built packages.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const args = process.argv.slice(2);
const wanted = args.filter((each) => !each.startsWith('-'));
const options = args.filter((each) => each.startsWith('-'));

const benchmarks = readdirSync(join(root, 'packages'))
  .map((each) => join(root, 'packages', each, 'bench'))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
  .filter((file) => file.endsWith('.mjs'));
const nameOf = (file) => basename(file, '.mjs');

const unknown = wanted.filter((name) => !benchmarks.some((file) => nameOf(file) === name));
if (unknown.length > 0) {
  console.error(`No benchmark is called ${unknown.join(', ')}; there are: ${benchmarks.map(nameOf).join(', ')}.`);
  process.exit(2);
}

let failed = false;
for (const file of benchmarks) {
  if (wanted.length > 0 && !wanted.includes(nameOf(file))) continue;
  if (!options.includes('--json')) console.log(`\n# ${nameOf(file)}`);
  const { status } = spawnSync(process.execPath, [file, ...options], { stdio: 'inherit' });
  failed ||= status !== 0;
}
process.exitCode = failed ? 1 : 0;
