import { fileURLToPath } from 'node:url';
import { encodeWav } from '@offhook/rtp-media';
import { expect, test } from 'vitest';
import type { WebRtcPage } from './browser/webrtc-page';
import { bundleForBrowser, microphone, openPage } from './support/chromium';
import { describeWithPeers } from './support/peers';
import { heardSpeech, speechFile } from './support/speech';
import { webRtcPhone } from './support/webrtc-phone';

declare const page: WebRtcPage;

const entry = fileURLToPath(new URL('./browser/webrtc-page.ts', import.meta.url));
/** What a codec, two jitter buffers and a resampler leave of speech. */
const clear = 0.8;
const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));
/** s: the microphone is somewhere in the speech when we begin to listen, and one whole pass has to come after that. */
const LENGTH = 11.5;

async function browser() {
  return openPage((await bundleForBrowser(entry)).code, microphone(speechFile));
}

describeWithPeers(['chromium'], 'WebRTC with Chromium: ICE, DTLS-SRTP, RTCP on one port', () => {
  test.each(['opus', 'G722', 'PCMU'])('%s: the browser offers, speech comes through both ways', async (codec) => {
    const [ours, opened] = [await webRtcPhone(codec), await browser()];
    const offer = await opened.evaluate((name) => page.offer(name), codec);
    const answer = ours.negotiation.receiveOffer(offer);
    ours.configure();
    await opened.evaluate((text) => page.take(text), answer);
    await expect
      .poll(() => opened.evaluate(() => page.states()), { timeout: 15_000 })
      .toMatchObject({
        connection: 'connected',
      });
    const recorded = await opened.evaluate((length) => page.record(length, 8000), LENGTH);
    const samples = new Int16Array(Uint8Array.from(Buffer.from(recorded, 'base64')).buffer);
    const statistics = ours.session.statistics();
    expect(statistics.transport).toMatchObject({ protection: 'dtls' });
    expect(statistics.receiveCodec?.toLowerCase()).toBe(codec.toLowerCase());
    expect(ours.errors).toEqual([]);
    const inbound = await opened.evaluate(() => page.inbound());
    expect(inbound?.mimeType.toLowerCase()).toBe(`audio/${codec.toLowerCase()}`);
    expect(inbound!.packetsLost).toBeLessThan(5);
    expect(heardSpeech(encodeWav(samples, 8000)), 'in the browser').toBeGreaterThan(clear);
    expect(await ours.heard(), 'from the microphone').toBeGreaterThan(clear);
  });

  test('redundant audio (RFC 2198): of what 20 % loss makes missing little is left, at both ends', async () => {
    const missing = async (redundancy: number) => {
      const [ours, opened] = [await webRtcPhone('opus', { redundancy, loss: 0.2 }), await browser()];
      const offer = await opened.evaluate(() => page.offer('red', 'opus'));
      const answer = ours.negotiation.receiveOffer(offer);
      ours.configure();
      await opened.evaluate((text) => page.take(text), answer);
      await expect
        .poll(() => opened.evaluate(() => page.states()), { timeout: 15_000 })
        .toMatchObject({
          connection: 'connected',
        });
      await seconds(3);
      const [before, first] = [await opened.evaluate(() => page.inbound()), ours.session.statistics()];
      await seconds(LENGTH);
      const [after, last] = [await opened.evaluate(() => page.inbound()), ours.session.statistics()];
      expect(last.packetsLost - first.packetsLost).toBeGreaterThan(60);
      return {
        there: (after!.concealed - before!.concealed) / (after!.played - before!.played),
        here: (last.concealedMs - first.concealedMs) / (last.playedMs - first.playedMs),
        recovered: last.packetsRecovered,
        heard: await ours.heard(),
      };
    };
    const [plain, redundant] = [await missing(0), await missing(1)];
    expect(plain.recovered).toBe(0);
    expect(plain.here).toBeGreaterThan(0.12);
    expect(redundant.here).toBeLessThan(plain.here / 2);
    expect(redundant.there).toBeLessThan(plain.there / 1.5);
    expect(redundant.heard).toBeGreaterThan(clear);
  });

  test('we offer, the browser answers; its reports tell us of the round trip', async () => {
    const [ours, opened] = [await webRtcPhone('opus'), await browser()];
    const answer = await opened.evaluate((text) => page.answer(text), ours.negotiation.createOffer());
    ours.negotiation.receiveAnswer(answer);
    ours.configure();
    await expect
      .poll(() => opened.evaluate(() => page.states()), { timeout: 15_000 })
      .toMatchObject({
        connection: 'connected',
      });
    await seconds(LENGTH);
    const { packetsReceived, rtcpReceived, transport } = ours.session.statistics();
    expect(packetsReceived).toBeGreaterThan(200);
    expect(rtcpReceived).toBeGreaterThan(0);
    expect(transport).toMatchObject({ protection: 'dtls', localCandidateType: 'host' });
    expect(await ours.heard()).toBeGreaterThan(clear);
  });
});
