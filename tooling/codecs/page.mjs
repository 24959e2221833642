import { spawnSync } from 'node:child_process';

/** Writes the tables of docs/codecs.md; those of iLBC's vectors where OFFHOOK_ILBC_VECTORS names their folder. */
const { status } = spawnSync('npx', ['vitest', 'run', '--project', 'system', 'tests/codecs'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: { ...process.env, OFFHOOK_WRITE_CODECS: '1' },
});
process.exit(status ?? 1);
