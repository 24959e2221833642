import { expect, test } from 'vitest';
import { MemoryLab } from '../testing/memory-lab';

test('a request waits as long as it is told to, and not longer', async () => {
  const lab = new MemoryLab();
  const alice = await lab.endpoint('alice', { requestTimeoutMs: 4000 });
  const ended: string[] = [];
  alice.call('sip:nobody@10.0.0.99').established.catch((error: Error) => ended.push(error.message));
  const asked = alice.options('sip:nobody@10.0.0.99').catch((error: Error) => ended.push(error.message));
  await lab.clock.advance(3900);
  expect(ended).toEqual([]);
  await lab.clock.advance(200);
  await asked;
  expect(ended).toHaveLength(2);
  expect(ended.join(' ')).toContain('in 4000 ms');
});
