import { fileURLToPath } from 'node:url';
import { Endpoint, nullSink } from '@offhook/endpoint';
import { levelDbfs } from '@offhook/rtp-media';
import { expect, onTestFinished, test } from 'vitest';
import { start } from '../peers/support/child';

const program = fileURLToPath(new URL('../../examples/many-calls/index.mjs', import.meta.url));

test('two hundred calls at once hear the announcement; the next ones are refused; none is left', async () => {
  const most = 200;
  const answering = start(process.execPath, [program, '--port', '0', '--most', String(most)]);
  const [, uri] = await answering.waitFor(/calls to (\S+)/);
  const endpoint = await new Endpoint({
    transports: [{ protocol: 'udp', host: '127.0.0.1' }],
    codecs: ['PCMU'],
    quality: false,
  }).start();
  onTestFinished(() => endpoint.close());

  const hearing = new Set<number>();
  const calls = [];
  for (let i = 0; i < most; i++) {
    const write = (frame: Int16Array) => {
      if (levelDbfs(frame) > -40) hearing.add(i);
    };
    calls.push(await endpoint.call(uri!, { sink: { sampleRate: 8000, write } }).established);
  }
  await expect(endpoint.call(uri!, { sink: nullSink() }).established).rejects.toMatchObject({ status: 503 });
  await answering.waitFor(new RegExp(`^${most} calls, ${most} answered`, 'm'), 30_000);
  await expect.poll(() => hearing.size, { timeout: 30_000 }).toBe(most);

  // A digit ends one, perhaps before its last packet has been sent; its caller the others.
  calls[0]!.sendDtmf('#').catch(() => {});
  expect(await calls[0]!.ended).toMatchObject({ by: 'remote' });
  await Promise.all(calls.slice(1).map((call) => call.hangup()));
  await answering.waitFor(new RegExp(`^0 calls, ${most} answered`, 'm'), 30_000);
  expect(await answering.stop('SIGINT'), answering.output()).toBe(0);
});
