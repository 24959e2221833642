#!/usr/bin/env node
// pnpm fuzz: mutated input for all that takes bytes from strangers. It runs on the sources, bundled in memory; what it can do
// says tooling/fuzz/run.ts, or pnpm fuzz --help.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'offhook-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const outfile = join(folder, 'fuzz.mjs');
await build({
  entryPoints: [join(root, 'tooling/fuzz/run.ts')],
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'inline',
  keepNames: true,
  // Some of what is bundled asks for built-ins the old way.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  outfile,
});
process.setSourceMapsEnabled(true);
await import(pathToFileURL(outfile).href);
