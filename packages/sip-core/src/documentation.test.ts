import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../../tooling/documentation/undocumented.mjs', import.meta.url));

test('all that is exported, that can be called or chosen there, has a doc comment', () => {
  const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  expect(stdout + stderr).toBe('0 without a doc comment.\n');
});
