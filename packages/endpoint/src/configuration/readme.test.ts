import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';

test('the example of the README makes a phone of a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'readme-'));
  const [log, warn] = (['log', 'warn'] as const).map((name) => vi.spyOn(console, name).mockImplementation(() => {}));
  onTestFinished(async () => {
    log!.mockRestore();
    warn!.mockRestore();
    await rm(folder, { recursive: true });
  });
  const file = join(folder, 'SipEndpoint.config');
  await writeFile(
    file,
    `<SipEndpoint><Container name="Basic"><Connectivity user="1001" server="127.0.0.1"/></Container><Container name="Genesys"><settings>
    <domain name="policy"><section name="endpoint"><setting name="sip_port_min" value="15060"/><setting name="sip_port_max" value="15960"/>
    <setting name="video_qos" value="34"/></section></domain>
    <domain name="proxies"><section name="proxy0"><setting name="reg_timeout" value="0"/></section></domain></settings></Container></SipEndpoint>`,
  );
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!);
  const example = examples.find((code) => code.includes('@offhook/endpoint/configuration'))!;
  const script = join(folder, 'example.mjs');
  await writeFile(
    script,
    example
      .replace('@offhook/endpoint/configuration', new URL('../configuration.ts', import.meta.url).pathname)
      .replace("'SipEndpoint.config'", JSON.stringify(file)),
  );
  await import(/* @vite-ignore */ pathToFileURL(script).href);
  expect(warn).toHaveBeenCalledExactlyOnceWith('policy.endpoint.video_qos is unsupported: there is no video.');
  expect(log).toHaveBeenCalledWith('policy.session.auto_answer', 'next call');
  expect(log).toHaveBeenCalledWith('active', expect.any(Number), expect.any(Number));
});
