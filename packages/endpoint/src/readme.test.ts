import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { encodeWav, readWav, toneLevelDbfs, toneSource } from '@offhook/rtp-media';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Endpoint, echo } from './index';

test('the first example of the README places a call, plays a file and records the reply', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'readme-'));
  const host = await new Endpoint({ transports: [{ protocol: 'udp', host: '127.0.0.1' }] }).start();
  const { argv } = process;
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  onTestFinished(async () => {
    process.argv = argv;
    log.mockRestore();
    await host.close();
    await rm(folder, { recursive: true });
  });
  host.on('call', (call) => {
    echo(call.audio);
    return call.answer();
  });
  const hello = new Int16Array(12_000);
  toneSource({ frequencies: [440] }).read(hello);
  const [play, record] = [join(folder, 'hello.wav'), join(folder, 'reply.wav')];
  await writeFile(play, encodeWav(hello, 8000));

  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```js\n(.*?)```/s.exec(readme)![1]!;
  const script = join(folder, 'example.mjs');
  await writeFile(
    script,
    example.replace("'@offhook/endpoint'", `'${new URL('./index.ts', import.meta.url).pathname}'`),
  );
  process.argv = ['node', script, `sip:echo@127.0.0.1:${host.addresses[0]!.port}`, play, record];
  await import(/* @vite-ignore */ pathToFileURL(script).href);

  const { samples } = readWav(await readFile(record));
  expect(samples.length).toBeGreaterThan(8000);
  const loud = samples.subarray(samples.findIndex((sample) => Math.abs(sample) > 1000));
  expect(toneLevelDbfs(loud.subarray(0, 800), 8000, 440)).toBeGreaterThan(-20);
  expect(log).toHaveBeenCalledWith(expect.objectContaining({ by: 'local' }));
});
