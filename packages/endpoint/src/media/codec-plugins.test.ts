import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CodecRegistry } from '@offhook/codecs';
import { levelDbfs, loadResampler, toneSource } from '@offhook/rtp-media';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { Endpoint } from '../endpoint/endpoint';
import { shareOfTone } from '../testing/tone-share';
import { loadCodecPlugins } from './codec-plugins';

const folder = mkdtempSync(join(tmpdir(), 'offhook-plug-ins-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Samples of 16 bits, least significant byte first, under a name of its own. */
const codec = (name: string) => `{
  name: '${name}', sampleRate: 8000, clockRate: 8000, channels: 1, frameDurations: [20], defaultFrameDuration: 20,
  maxPayloadBytes: () => 320,
  createEncoder: () => ({
    frameSamples: 160,
    encode(pcm, out) {
      pcm.forEach((sample, i) => { out[2 * i] = sample; out[2 * i + 1] = sample >> 8; });
      return 320;
    },
    reset() {},
  }),
  createDecoder: () => ({
    decode(payload, out) {
      if (payload.length !== 320 || out.length < 160) return -1;
      for (let i = 0; i < 160; i++) out[i] = payload[2 * i] | (payload[2 * i + 1] << 8);
      return 160;
    },
    conceal(out, samples) { out.fill(0, 0, samples); return samples; },
    reset() {},
  }),
}`;

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const plugin = write('raw.mjs', `export default ${codec('X-RAW')};`);
write('node_modules/modern/package.json', '{"name":"modern","type":"module","exports":{"import":"./index.js"}}');
write('node_modules/modern/index.js', `export const codec = ${codec('X-MODERN')};`);
write('node_modules/@site/old/package.json', '{"name":"@site/old","main":"lib/main.js"}');
write('node_modules/@site/old/lib/main.js', `exports.codecs = [${codec('X-OLD')}];`);
write('project/package.json', '{"name":"project","main":"start.cjs"}');
write('project/start.cjs', `module.exports = ${codec('X-PROJECT')};`);
write('wrong.mjs', 'export const codec = () => {};');
write('broken.mjs', 'export default {;');

describe('a plug-in is found', () => {
  test.each([
    ['a package of ECMAScript modules only', 'modern', 'X-MODERN'],
    ['a package of CommonJS in a scope', '@site/old', 'X-OLD'],
    ['a path from the working directory', './raw.mjs', 'X-RAW'],
    ['the folder of a package', './project', 'X-PROJECT'],
    ['an absolute path', plugin, 'X-RAW'],
    ['a URL', pathToFileURL(plugin).href, 'X-RAW'],
    ['what stands beside this package', '@offhook/codecs/opus', 'opus'],
  ])('by %s', async (_, name, wanted) => {
    const registry = new CodecRegistry();
    const [place] = await loadCodecPlugins(registry, [name], folder);
    expect(registry.list().map((each) => each.name)).toEqual([wanted]);
    // By what it was found it is found from anywhere.
    expect(await loadCodecPlugins(registry, [place!], '/')).toEqual([place]);
  });
});

describe('one that is not found, or wrong, is told by its name', () => {
  test.each([
    [
      'not-there',
      /^The codec plug-in not-there cannot be loaded: there is no package not-there to be seen from \S+plug-ins/,
    ],
    ['./not-there.mjs', /^The codec plug-in \.\/not-there\.mjs cannot be loaded: .*not-there\.mjs/],
    [
      './wrong.mjs',
      /^The codec plug-in \.\/wrong\.mjs exports a function as `codec`, not a codec: export what it makes\.$/,
    ],
    ['./broken.mjs', /^The codec plug-in \.\/broken\.mjs cannot be loaded: /],
  ])('%s', async (name, message) => {
    await expect(loadCodecPlugins(new CodecRegistry(), [name], folder)).rejects.toMatchObject({
      name: 'EndpointError',
      code: 'ERR_CODEC_PLUGIN',
      message: expect.stringMatching(message),
    });
  });
});

describe('an endpoint with plug-ins', () => {
  test('speaks what they bring', async () => {
    await loadResampler();
    const transports = [{ protocol: 'udp' as const, host: '127.0.0.1' }];
    const alice = await new Endpoint({ transports, codecPlugins: [plugin], codecs: ['X-RAW'] }).start();
    const bob = await new Endpoint({ transports, codecPlugins: [plugin] }).start();
    onTestFinished(async () => {
      await Promise.all([alice.close(), bob.close()]);
    });
    const pcm = new Int16Array(8000);
    let length = 0;
    const heard = new Promise<void>((resolve) => {
      bob.on('call', (call) => {
        call.answer({
          sink: {
            sampleRate: 8000,
            write(frame: Int16Array) {
              if (length === 0 && levelDbfs(frame) < -40) return;
              pcm.set(frame.subarray(0, pcm.length - length), length);
              length = Math.min(pcm.length, length + frame.length);
              if (length === pcm.length) resolve();
            },
          },
        });
      });
    });
    const { host, port } = bob.addresses[0]!;
    const source = toneSource({ frequencies: [440] });
    const call = await alice.call(`sip:bob@${host}:${port}`, { source }).established;
    await heard;
    expect(shareOfTone(pcm, 440)).toBeGreaterThan(0.6);
    const { statistics } = await call.hangup();
    expect(statistics).toMatchObject({ sendCodec: 'X-RAW', receiveCodec: 'X-RAW' });
  });

  test('leaves the registry of the application as it was', async () => {
    const registry = new CodecRegistry();
    const endpoint = await new Endpoint({
      registry,
      codecPlugins: [plugin],
      codecs: ['X-RAW'],
    }).start();
    await endpoint.close();
    expect(registry.all()).toEqual([]);
  });

  test('does not start when one is wrong, or brings less than is asked for, and says so each time', async () => {
    const wrong = new Endpoint({ codecPlugins: [join(folder, 'wrong.mjs')] });
    for (let time = 0; time < 2; time++)
      await expect(wrong.start()).rejects.toMatchObject({ code: 'ERR_CODEC_PLUGIN' });
    expect(wrong.state).toBe('inactive');
    const less = new Endpoint({ codecPlugins: [plugin], codecs: ['X-MORE'] });
    await expect(less.start()).rejects.toMatchObject({
      code: 'ERR_CODEC_UNKNOWN',
      message: expect.stringMatching(/No codec X-MORE.*X-RAW/),
    });
  });
});
