import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { correlateSegments, loadResampler, readWav, resample } from '@offhook/rtp-media';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './support/offhook';

const speech = resolve('apps/quickstart/assets/speech.wav');
let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-codec-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Coded {
  ok: boolean;
  framing: string;
  payloads: number;
  lost: number;
  refused: number;
  bytes: number;
  durationMs: number;
}

async function roundTrip(codec: string, encode: string[] = [], decode: string[] = []) {
  const file = at(`${codec.replace('/', '-')}.payloads`);
  const wav = at(`${codec.replace('/', '-')}.wav`);
  const encoded = await run('codec', 'encode', '--json', '--codec', codec, ...encode, speech, file);
  const decoded = await run('codec', 'decode', '--json', '--codec', codec, ...decode, file, wav);
  expect([encoded.code, decoded.code]).toEqual([0, 0]);
  return {
    encoded: encoded.result as unknown as Coded,
    decoded: decoded.result as unknown as Coded,
    wav: readWav(await readFile(wav)),
    file,
  };
}

describe('offhook codec', () => {
  it('lists the codecs with all that a peer has to know', async () => {
    const { result, code } = await run('codec', 'list', '--json');
    expect(code).toBe(0);
    const codecs = (result as unknown as { codecs: { name: string; clockRate: number; sampleRate: number }[] }).codecs;
    expect(codecs.find(({ name }) => name === 'G722')).toMatchObject({ sampleRate: 16_000, clockRate: 8000 });
    const people = await run('codec', 'list');
    expect(people.stdout).toMatch(/^opus +48000 +48000 +1 +dynamic/m);
  });

  it.each([
    ['PCMU', 'plain', 0.99],
    ['PCMA', 'plain', 0.99],
    ['G722', 'plain', 0.98],
    ['iLBC', 'plain', 0.85],
    ['L16/16000', 'plain', 0.99],
    ['opus', 'length', 0.85],
  ])('%s: a WAV to payloads and back (%s)', async (codec, framing, least) => {
    const { encoded, decoded, wav } = await roundTrip(codec);
    expect(encoded).toMatchObject({ framing, ok: true });
    expect(decoded).toMatchObject({ payloads: encoded.payloads, lost: 0, refused: 0 });
    const original = readWav(await readFile(speech));
    const same = await atRateOf(original, wav.sampleRate);
    const { correlation } = correlateSegments(same, wav.samples, { segment: wav.sampleRate / 5, maxLag: 2000 });
    expect(correlation).toBeGreaterThan(least);
  });

  it('makes frames of 20 ms of iLBC, 38 bytes each', async () => {
    const { encoded, file } = await roundTrip('iLBC', ['--ptime', '20'], ['--ptime', '20']);
    expect(encoded.bytes).toBe(encoded.payloads * 38);
    expect((await stat(file)).size).toBe(encoded.bytes);
  });

  it('hands format parameters to the codec', async () => {
    const loud = await roundTrip('opus', ['--fmtp', 'maxaveragebitrate=64000']);
    const quiet = await roundTrip('opus', ['--fmtp', 'maxaveragebitrate=8000']);
    expect(quiet.encoded.bytes).toBeLessThan(loud.encoded.bytes / 2);
  });

  it('loses packets, the same ones for the same seed, and conceals them', async () => {
    const one = await roundTrip('G722', [], ['--loss', '10', '--seed', '7']);
    const again = await roundTrip('G722', [], ['--loss', '10', '--seed', '7']);
    expect(one.decoded.lost).toBeGreaterThan(5);
    expect(again.decoded.lost).toBe(one.decoded.lost);
    expect(again.wav.samples).toEqual(one.wav.samples);
    expect(one.decoded.durationMs).toBe(one.encoded.payloads * 20);
  });

  it('takes an empty payload for a lost packet, and says what cannot be decoded', async () => {
    const file = at('holes.payloads');
    // A packet that was lost, one that is no Opus (RFC 6716 §3.4), one that is silence.
    await writeFile(file, Uint8Array.of(0, 0, 2, 0, 0xff, 0xff, 1, 0, 0xf8));
    const { result } = await run('codec', 'decode', '--json', '--codec', 'opus', file, at('holes.wav'));
    expect(result).toMatchObject({ payloads: 3, lost: 1, refused: 1 });
  });

  it('reads and writes raw samples of other rates and channels', async () => {
    const stereo = Int16Array.from({ length: 16_000 * 2 }, (_, i) => 8000 * Math.sin(((i >> 1) * 2 * Math.PI) / 40));
    await writeFile(at('stereo.raw'), new Uint8Array(stereo.buffer));
    const raw = ['--rate', '16000', '--channels', '2'];
    await run('codec', 'encode', '--codec', 'PCMU', ...raw, at('stereo.raw'), at('mono.pcmu'));
    expect((await stat(at('mono.pcmu'))).size).toBe(8000);
    await run('codec', 'decode', '--codec', 'PCMU', at('mono.pcmu'), at('mono.raw'));
    expect((await stat(at('mono.raw'))).size).toBe(16_000);
  });

  it('times codecs', async () => {
    const { result } = await run('codec', 'bench', 'PCMU', 'iLBC', '--ptime', '20', '--seconds', '0.1', '--json');
    const { results } = result as unknown as {
      results: { name: string; ptime: number; encode: number; decode: number; conceal: number }[];
    };
    expect(results.map(({ name, ptime }) => [name, ptime])).toEqual([
      ['PCMU/8000', 20],
      ['iLBC/8000', 20],
    ]);
    for (const { encode, decode, conceal } of results)
      for (const each of [encode, decode, conceal]) expect(each).toBeGreaterThan(1);
  });

  it.each([
    ['an unknown codec', ['encode', '--codec', 'speex', speech, '/tmp/never'], /There is no codec speex/],
    ['a file that is not there', ['encode', '--codec', 'PCMU', '/nowhere.wav', '/tmp/never'], /\/nowhere\.wav/],
    ['a duration it cannot make', ['encode', '--codec', 'iLBC', '--ptime', '25', speech, '/tmp/never'], /none of 25/],
    ['a duration it cannot time', ['bench', 'iLBC', '--ptime', '25'], /none of 25/],
    ['a folder that is not there', ['encode', '--codec', 'PCMU', speech, '/nowhere/out'], /cannot be written/],
    ['sizes that do not fit', ['decode', '--codec', 'iLBC', speech, '/tmp/never'], /no multiple of the 50 of a frame/],
    ['a length that reaches beyond', ['decode', '--codec', 'opus', 'CUT', '/tmp/never'], /ends within payload 1/],
    ['bytes among JSON', ['encode', '--json', '--codec', 'PCMU', speech, '-'], /name a file/],
    [
      'plain payloads of Opus',
      ['decode', '--codec', 'opus', '--framing', 'plain', speech, '/tmp/never'],
      /differ in size/,
    ],
  ])('fails with 2 for %s', async (_, options, reason) => {
    await writeFile(at('cut'), Uint8Array.of(5, 0, 1));
    const { code, stderr, result } = await run('codec', ...options.map((each) => (each === 'CUT' ? at('cut') : each)));
    expect(code).toBe(2);
    expect(options.includes('--json') ? (result.error?.message ?? '') : stderr).toMatch(reason);
    expect(existsSync('/tmp/never')).toBe(false);
  });
});

async function atRateOf(audio: { samples: Int16Array; sampleRate: number }, rate: number): Promise<Int16Array> {
  if (audio.sampleRate === rate) return audio.samples;
  await loadResampler();
  return resample(audio.samples, audio.sampleRate, rate);
}
