import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startBaresip } from './support/baresip';
import { startOffhook } from './support/offhook';
import { describeWithPeers } from './support/peers';
import { heardSpeech, recordingPath, speechFile } from './support/speech';

/** What a clean G.711 path leaves of speech; anything lost, shifted or doubled brings it far below. */
const clean = 0.9;

describeWithPeers(['baresip'], 'baresip', () => {
  test.each(['udp', 'tcp'] as const)('calls us over %s, speech goes both ways', async (transport) => {
    const record = recordingPath('from-baresip');
    const offhook = startOffhook(
      ...['answer', '--host', '127.0.0.1', '--port', '0', '--transport', transport, '--count', '1'],
      ...['--play', speechFile, '--record', record],
    );
    const { port } = (await offhook.line('listening')) as unknown as { port: number };
    const baresip = await startBaresip({ play: speechFile, transport });
    await baresip.command('dial', `sip:offhook@127.0.0.1:${port};transport=${transport}`);
    await baresip.event('CALL_ESTABLISHED');
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    await baresip.command('hangup');
    expect(await offhook.result).toMatchObject({ ok: true });
    expect(heardSpeech(readFileSync(record))).toBeGreaterThan(clean);
    expect(heardSpeech(baresip.recording('dec'))).toBeGreaterThan(clean);
  });

  test.each(['udp', 'tcp'] as const)('is called by us over %s, speech goes both ways', async (transport) => {
    const record = recordingPath('from-baresip');
    const baresip = await startBaresip({ play: speechFile, transport });
    const offhook = startOffhook('call', baresip.uri, '--play', speechFile, '--record', record, '--duration', '6');
    const result = await offhook.result;
    expect(result).toMatchObject({ ok: true, exitCode: 0 });
    await baresip.event('CALL_CLOSED');
    expect(heardSpeech(readFileSync(record))).toBeGreaterThan(clean);
    expect(heardSpeech(baresip.recording('dec'))).toBeGreaterThan(clean);
  });

  test('with A-law alone agrees on A-law', async () => {
    const record = recordingPath('alaw');
    const baresip = await startBaresip({ audio: 'file', play: speechFile, codecs: 'PCMA/8000/1' });
    const offhook = startOffhook('call', baresip.uri, '--play', speechFile, '--record', record, '--duration', '6');
    expect(await offhook.result).toMatchObject({ ok: true, codec: 'PCMA' });
    expect(heardSpeech(readFileSync(record))).toBeGreaterThan(clean);
    expect(heardSpeech(baresip.recording('dec'))).toBeGreaterThan(clean);
  });

  test('holds us and takes us back', async () => {
    const offhook = startOffhook('answer', '--host', '127.0.0.1', '--port', '0', '--count', '1', '--play', speechFile);
    const { port } = (await offhook.line('listening')) as unknown as { port: number };
    const baresip = await startBaresip({ play: speechFile });
    await baresip.command('dial', `sip:offhook@127.0.0.1:${port}`);
    await baresip.event('CALL_ESTABLISHED');
    await baresip.command('hold');
    await offhook.line('held');
    await baresip.command('resume');
    await offhook.line('retrieved');
    await baresip.command('hangup');
    expect(await offhook.result).toMatchObject({ ok: true });
  });
});
