import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { start } from '../peers/support/child';
import { startOffhook } from '../peers/support/offhook';
import { heardSpeech, speechFile } from '../peers/support/speech';

const root = fileURLToPath(new URL('../../', import.meta.url));
const example = join(root, 'examples/first-call/index.mjs');

test('the example of the README is the program in examples/first-call', () => {
  const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```js\n([\s\S]*?)```/g)].map(
    ([, code]) => code,
  );
  expect(blocks).toContain(readFileSync(example, 'utf8'));
});

test('it calls, plays, records and hangs up', async () => {
  const echo = startOffhook('answer', '--host', '127.0.0.1', '--port', '0', '--echo', '--count', '1');
  const { port } = (await echo.line('listening')) as unknown as { port: number };
  const answer = join(tmpdir(), `offhook-first-call-${process.pid}.wav`);
  const program = start(process.execPath, [example, `sip:echo@127.0.0.1:${port}`, speechFile, answer]);
  expect(await program.exited, program.output()).toBe(0);
  expect((await echo.result).ok).toBe(true);
  // Opus there, decoded and encoded by the echo, and back.
  expect(heardSpeech(readFileSync(answer))).toBeGreaterThan(0.8);
});
