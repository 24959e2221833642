#!/usr/bin/env node
// pnpm fuzz: mutated input for the parsers and the stack of sip-core. It runs on the sources, bundled in memory; what it can do
// says packages/sip-core/fuzz/run.ts, or pnpm fuzz --help.
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
  entryPoints: [join(root, 'packages/sip-core/fuzz/run.ts')],
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'inline',
  keepNames: true,
  outfile,
});
process.setSourceMapsEnabled(true);
await import(pathToFileURL(outfile).href);
