import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';

const program = fileURLToPath(new URL('../../tooling/soak/run.mjs', import.meta.url));

describeWithPeers(['sipp'], 'calls that are over', () => {
  test('leave memory, sockets and timers where they were', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [program, '--calls', '200', '--rate', '20', '--talk', '1', '--json'],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ calls: 200, problems: [], after: { calls: 0, sockets: 1 } });
    expect(status).toBe(0);
  });
});
