import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { heardSpeech, speechFile } from '../peers/support/speech';
import { folder } from './support/files';
import { run, start } from './support/offhook';

const GSM = '@offhook/example-codec-gsm';

describe('--codec-plugin', () => {
  it('brings a codec for both sides of a call, by the name of its package and by its folder', async () => {
    const file = await folder();
    const answering = start(
      ...['answer', '--host', '127.0.0.1', '--port', '0', '--count', '1', '--play', speechFile, '--json'],
      ...['--codec-plugin', GSM, '--codec', 'GSM', '--record', file('callee.wav')],
    );
    const { port } = (await answering.line('listening')) as unknown as { port: number };
    const { code, result } = await run(
      ...['call', `sip:gsm@127.0.0.1:${port}`, '--play', speechFile, '--record', file('caller.wav'), '--json'],
      ...['--codec-plugin', './examples/codec-gsm', '--codec', 'gsm,PCMU'],
    );
    expect(result).toMatchObject({ ok: true, codec: 'GSM' });
    expect(code).toBe(0);
    await answering.ended;
    for (const side of ['caller', 'callee']) {
      expect(heardSpeech(readFileSync(file(`${side}.wav`)))).toBeGreaterThan(0.85);
    }
  });

  it('works for the demonstration too', async () => {
    const { code, result } = await run('demo', '--codec-plugin', GSM, '--codec', 'GSM', '--json');
    expect(result).toMatchObject({ ok: true, codec: 'GSM', packetsLost: 0 });
    expect(code).toBe(0);
  });

  it('works for files too: frames of 33 bytes that come back as speech', async () => {
    const file = await folder();
    const plugin = ['--codec-plugin', GSM, '--codec', 'GSM', '--json'];
    const encoded = await run('codec', 'encode', ...plugin, speechFile, file('speech.gsm'));
    expect(encoded.result).toMatchObject({ ok: true, codec: 'GSM', framing: 'plain' });
    expect(readFileSync(file('speech.gsm')).length).toBe(33 * (encoded.result.payloads as number));
    await run('codec', 'decode', ...plugin, file('speech.gsm'), file('back.wav'));
    expect(heardSpeech(readFileSync(file('back.wav')))).toBeGreaterThan(0.9);
  });

  it.each([
    ['is not there', undefined, /cannot be loaded: .*nothing\.mjs/],
    ['exports nothing', 'export const version = 1;', /exports no codec: export one as `default` or `codec`/],
    ['exports what makes a codec', 'export default () => ({});', /exports a function as `default`, not a codec/],
    [
      'has half a codec',
      'export const codec = { name: "X", createEncoder() {} };',
      /does not work: Codec X: its sampleRate/,
    ],
    ['throws', 'throw new Error("no licence");', /cannot be loaded: no licence\.$/],
  ])('one that %s ends with 2 and a sentence, before anybody is called', async (_, text, sentence) => {
    const file = await folder();
    const path = file(text === undefined ? 'nothing.mjs' : 'plug-in.mjs');
    if (text !== undefined) writeFileSync(path, text);
    const { code, lines, result } = await run('call', 'sip:bob@127.0.0.1:9', '--codec-plugin', path, '--json');
    expect(code).toBe(2);
    expect(lines).toHaveLength(1);
    expect(result.error).toMatchObject({ code: 'ERR_CODEC_PLUGIN', message: expect.stringMatching(sentence) });
    expect(result.error?.message).toContain(`The codec plug-in ${path} `);
  });

  it('says which codecs there are when another is asked for', async () => {
    const { code, result } = await run('call', 'sip:b@127.0.0.1:9', '--codec-plugin', GSM, '--codec', 'G729', '--json');
    expect(code).toBe(2);
    expect(result.error?.message).toMatch(/^There is no codec G729: name one of opus, .*GSM, or load it/);
  });
});
