import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startBaresip } from './support/baresip';
import { startOffhook } from './support/offhook';
import { describeWithPeers } from './support/peers';
import { heardSpeech, recordingPath, speechFile } from './support/speech';

/** What a codec leaves of the shape of speech, heard at 8 kHz. Opus for voice takes out what is below the voice. */
const codecs: [codec: string, module: string, theirs: string, clean: number, plugin?: string][] = [
  ['G722', 'g722', 'G722/16000/1', 0.85],
  ['opus', 'opus', 'opus/48000/2', 0.85],
  ['L16/16000', 'l16', 'L16/16000/1', 0.85],
  ['GSM', 'gsm', 'GSM/8000/1', 0.9, '@offhook/example-codec-gsm'],
];

const load = (plugin?: string) => (plugin === undefined ? [] : ['--codec-plugin', plugin]);

describeWithPeers(['baresip'], 'baresip with more than G.711', () => {
  test.each(codecs)('is called with %s, speech goes both ways', async (codec, module, theirs, clean, plugin) => {
    const record = recordingPath(module);
    const baresip = await startBaresip({
      play: speechFile,
      codecModules: [module],
      codecs: theirs,
      config: module === 'opus' ? ['opus_inbandfec yes', 'opus_bitrate 32000'] : [],
    });
    const options = [
      ...load(plugin),
      '--codec',
      `${codec},PCMU`,
      '--play',
      speechFile,
      '--record',
      record,
      '--duration',
      '6',
    ];
    const result = await startOffhook('call', baresip.uri, ...options).result;
    expect(result).toMatchObject({ ok: true, codec: codec.split('/')[0] });
    await baresip.event('CALL_CLOSED');
    expect(heardSpeech(readFileSync(record))).toBeGreaterThan(clean);
    expect(heardSpeech(baresip.recording('dec'))).toBeGreaterThan(clean);
  });

  test.each(codecs)('calls us with %s, speech goes both ways', async (codec, module, theirs, clean, plugin) => {
    const record = recordingPath(module);
    const offhook = startOffhook(
      ...['answer', '--host', '127.0.0.1', '--port', '0', '--count', '1', '--codec', codec],
      ...['--play', speechFile, '--record', record],
      ...load(plugin),
    );
    const { port } = (await offhook.line('listening')) as unknown as { port: number };
    const baresip = await startBaresip({ play: speechFile, codecModules: [module], codecs: theirs });
    await baresip.command('dial', `sip:offhook@127.0.0.1:${port}`);
    await baresip.event('CALL_ESTABLISHED');
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    await baresip.command('hangup');
    expect(await offhook.result).toMatchObject({ ok: true });
    expect(heardSpeech(readFileSync(record))).toBeGreaterThan(clean);
    expect(heardSpeech(baresip.recording('dec'))).toBeGreaterThan(clean);
  });
});
