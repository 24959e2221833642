import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { packAll, publishedPackages, root, run } from './pack';

/** What a person gets from the registry: the packed files, installed where nothing of this workspace is in reach. */
let tarballs: Map<string, string>;

beforeAll(async () => {
  tarballs = await packAll();
}, 180_000);

describe.each(publishedPackages().map(({ name }) => name))('%s', (name) => {
  test('publint finds nothing wrong with the packed package', async () => {
    const output = await run(
      process.execPath,
      [join(root, 'node_modules/publint/src/cli.js'), tarballs.get(name)!, '--strict'],
      root,
    );
    expect(output).toContain('All good!');
  });

  test('its types are right for every way of importing it', async () => {
    const output = await run(
      process.execPath,
      [join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js'), tarballs.get(name)!],
      root,
    );
    expect(output).toContain('No problems found');
  });
});

describe.each(['esm', 'cjs'])('an empty %s project', (kind) => {
  test('installs the packed packages and makes a call with audio both ways', async () => {
    const project = mkdtempSync(join(tmpdir(), `offhook-${kind}-`));
    const dependencies = Object.fromEntries([...tarballs].map(([name, file]) => [name, `file:${file}`]));
    writeFileSync(
      join(project, 'package.json'),
      JSON.stringify({ name: 'consumer', private: true, type: kind === 'esm' ? 'module' : 'commonjs', dependencies }),
    );
    await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], project);
    const script = kind === 'esm' ? 'call.mjs' : 'call.cjs';
    cpSync(fileURLToPath(new URL(`./consumers/${script}`, import.meta.url)), join(project, script));
    const output = await run(process.execPath, [script], project);
    const heard = JSON.parse(output.trim().split('\n').at(-1)!) as { caller: number; callee: number };
    expect(heard.caller).toBeGreaterThan(0.9);
    expect(heard.callee).toBeGreaterThan(0.9);
  }, 180_000);
});
