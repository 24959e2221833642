import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The speech that comes with the application. */
export const speech = fileURLToPath(new URL('../../../apps/quickstart/assets/speech.wav', import.meta.url));

/** A folder of the current test's own, gone when it is over. */
export async function folder(): Promise<(name: string) => string> {
  const path = await mkdtemp(join(tmpdir(), 'offhook-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return (name) => join(path, name);
}
