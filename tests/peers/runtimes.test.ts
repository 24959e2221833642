import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { start } from './support/child';
import { describeWithPeers } from './support/peers';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder in which the built packages are installed, and nothing else. */
function installed(): string {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-runtime-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'node_modules', '@offhook'), { recursive: true });
  for (const name of ['sip-core', 'sdp', 'codecs']) {
    symlinkSync(join(root, 'packages', name), join(folder, 'node_modules', '@offhook', name));
  }
  cpSync(join(root, 'tests/peers/runtimes/two-phones.mjs'), join(folder, 'two-phones.mjs'));
  return folder;
}

describeWithPeers(['bun', 'deno'], 'Other runtimes', () => {
  test.each([
    ['bun', ['two-phones.mjs']],
    ['deno', ['run', '--quiet', '--node-modules-dir=manual', '--allow-all', 'two-phones.mjs']],
  ])('%s runs sip-core, sdp and codecs as they are', async (runtime, args) => {
    const child = start(runtime, args, { cwd: installed() });
    const code = await child.exited;
    expect([child.output(), code]).toEqual([expect.stringContaining('{'), 0]);
    expect(JSON.parse(child.output().slice(child.output().indexOf('{')))).toEqual({
      UDP: 'registered',
      TCP: 'registered',
      WS: 'registered',
      sdp: true,
      codecs: true,
    });
  });
});
