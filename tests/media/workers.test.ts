import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('worker-calls.mjs', import.meta.url));

/** The program runs on the built packages, in real threads, and must end by itself: nothing may keep it going. */
async function run(what: string): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, what], { timeout: 60_000 });
  return JSON.parse(stdout);
}

test('a call on a worker carries audio both ways, digits and a hold, and tells its statistics', async () => {
  const { before, after, digits, statistics, protection } = (await run('call')) as {
    before: number[];
    after: number[];
    digits: string;
    statistics: { packetsReceived: number; packetsLost: number };
    protection: string;
  };
  for (const correlation of [...before, ...after]) expect(correlation).toBeGreaterThan(0.9);
  expect(digits).toBe('12#');
  expect(statistics.packetsReceived).toBeGreaterThan(50);
  expect(protection).toBe('sdes');
});

test('a codec that a package brings is spoken on workers too', async () => {
  const { codec, correlation } = await run('plugin');
  expect(codec).toBe('GSM');
  expect(correlation).toBeGreaterThan(0.9);
});

test('calls go on while the main thread does nothing but compute', async () => {
  const { received, recordedMs } = (await run('busy')) as { received: number; recordedMs: number };
  expect(received).toBeGreaterThan(65);
  expect(recordedMs).toBeGreaterThan(1300);
});

test('a worker that crashes ends its sessions with an error, and the next call works', async () => {
  expect(await run('crash')).toMatchObject({ errors: ['ERR_MEDIA_WORKER', 'ERR_MEDIA_WORKER'], again: true });
});

test('fifty calls on two workers all hear each other', async () => {
  const { heard, threads } = await run('many');
  expect(heard).toBe(100);
  expect(threads).toBe(2);
});
