import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fullRegistry } from '@offhook/codecs/opus';
import { BrowserAudio, type BrowserMessage, Endpoint } from '@offhook/endpoint';
import { encodeWav, wavFileSource, wavRecorder } from '@offhook/rtp-media';
import { expect, onTestFinished, test } from 'vitest';
import type { AudioPage } from './browser/audio-page';
import { bundleForBrowser, microphone, openPage } from './support/chromium';
import { describeWithPeers } from './support/peers';
import { heardSpeech, recordingPath, speechFile } from './support/speech';

declare const page: AudioPage;

const entry = fileURLToPath(new URL('./browser/audio-page.ts', import.meta.url));
/** What two codecs, four buffers and their resamplers leave of speech. */
const clear = 0.75;
/** s: the microphone is somewhere in the speech when we begin to listen, and one whole pass has to come after that. */
const LENGTH = 13;
const udp = { transports: [{ protocol: 'udp', host: '127.0.0.1' }] } as const;

/** Somebody far away who plays speech and records what is said to them. */
async function farEnd() {
  const endpoint = await new Endpoint(udp).start();
  const file = recordingPath('far-end');
  const recorder = await wavRecorder(file);
  const source = await wavFileSource(speechFile, { loop: true });
  endpoint.on('call', (call) => void call.answer({ source, sink: recorder }));
  onTestFinished(async () => {
    await endpoint.close();
    await recorder.close();
  });
  const heard = async () => {
    await recorder.close();
    return heardSpeech(readFileSync(file));
  };
  return { uri: `sip:far@127.0.0.1:${endpoint.addresses[0]!.port}`, heard };
}

describeWithPeers(['chromium'], 'a page as microphone and loudspeaker of a call', () => {
  test('is heard at the other end, and hears it; loaded anew it is back in the same call', async () => {
    const { code } = await bundleForBrowser(entry);
    const opened = await openPage(code, microphone(speechFile));
    const audio = new BrowserAudio({
      registry: fullRegistry(),
      send: (message) => void opened.evaluate((text) => page.receive(text), message),
    });
    const phone = await new Endpoint(udp).start();
    onTestFinished(async () => {
      await audio.close();
      await phone.close();
    });
    const errors: string[] = [];
    audio.on('error', (error) => errors.push(error.message));
    const { uri, heard } = await farEnd();
    await opened.exposeFunction('toEndpoint', (message: BrowserMessage) => audio.receive(message));
    const call = phone.call(uri, { source: audio.source, sink: audio.sink });
    await call.established;
    await opened.evaluate(() => page.open());
    await expect.poll(() => audio.connected, { timeout: 10_000 }).toBe(true);
    expect(audio.statistics()).toMatchObject({ sendCodec: 'opus', transport: { protection: 'dtls' } });
    const recorded = await opened.evaluate((seconds) => page.record(seconds, 8000), LENGTH);
    const samples = new Int16Array(Uint8Array.from(Buffer.from(recorded, 'base64')).buffer);
    expect(heardSpeech(encodeWav(samples, 8000)), 'in the page').toBeGreaterThan(clear);
    expect(await heard(), 'at the other end').toBeGreaterThan(clear);

    const gone = new Promise<void>((resolve) => audio.on('disconnected', resolve));
    await opened.reload();
    await opened.evaluate(() => page.open());
    await gone;
    await expect.poll(() => audio.connected, { timeout: 10_000 }).toBe(true);
    expect(call.state).toBe('connected');
    const before = audio.statistics()!.packetsReceived;
    await expect.poll(() => audio.statistics()!.packetsReceived, { timeout: 5000 }).toBeGreaterThan(before + 50);
    expect(errors).toEqual([]);
  });

  test('whose offer cannot be answered is told why', async () => {
    const said: BrowserMessage[] = [];
    const audio = new BrowserAudio({ send: (message) => said.push(message) });
    onTestFinished(() => audio.close());
    await audio.receive({ type: 'offer', sdp: 'v=0' });
    await audio.receive('hello');
    await audio.receive({
      type: 'offer',
      sdp: 'v=0\r\no=- 1 1 IN IP4 1.1.1.1\r\ns=-\r\nc=IN IP4 1.1.1.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n',
    });
    expect(said.map(({ type }) => type)).toEqual(['refused', 'refused']);
    expect(audio.connected).toBe(false);
  });
});
