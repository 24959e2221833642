import { readFileSync } from 'node:fs';
import { readWav } from '@offhook/rtp-media';
import { expect, test } from 'vitest';
import { describeWithPeers } from './support/peers';
import { heardSpeech, speechFile } from './support/speech';
import { webRtcPhone } from './support/webrtc-phone';
import { wrtcPhone } from './support/wrtc-phone';

/** What iLBC, two jitter buffers and a resampler leave of speech. */
const clear = 0.75;
/** ms: the speech has begun when we begin to listen, and one whole pass has to come after that. */
const LENGTH = 11_500;

/** A description with the candidate of the loopback interface only, which is then the default one too (RFC 8839 §4.2.1). */
function onLoopback(sdp: string): string {
  const [candidate, port] = /^a=candidate:.* udp \d+ 127\.0\.0\.1 (\d+) .*$/m.exec(sdp)!;
  return sdp
    .replace(/^c=.*$/gm, 'c=IN IP4 127.0.0.1')
    .replace(/^m=audio \d+/m, `m=audio ${port}`)
    .replace(/(?:^a=candidate:.*\r\n)+/m, `${candidate}\r\n`);
}

async function call(offerer: 'libwebrtc' | 'ours') {
  const ours = await webRtcPhone('iLBC');
  const theirs = wrtcPhone();
  await theirs.play(readWav(readFileSync(speechFile)).samples);
  if (offerer === 'libwebrtc') {
    const answer = ours.negotiation.receiveOffer(onLoopback(await theirs.offer()));
    ours.configure();
    await theirs.take(answer);
  } else {
    ours.negotiation.receiveAnswer(onLoopback(await theirs.answer(ours.negotiation.createOffer())));
    ours.configure();
  }
  await expect.poll(() => theirs.state(), { timeout: 15_000 }).toBe('connected');
  return { ours, theirs };
}

describeWithPeers(['wrtc'], 'iLBC with libwebrtc (@roamhq/wrtc): ICE, DTLS-SRTP', () => {
  test.each(['libwebrtc', 'ours'] as const)('an offer of %s: speech comes through both ways', async (offerer) => {
    const { ours, theirs } = await call(offerer);
    const recording = await theirs.record(LENGTH);
    const statistics = ours.session.statistics();
    expect(statistics.transport).toMatchObject({ protection: 'dtls' });
    expect([statistics.sendCodec, statistics.receiveCodec]).toEqual(['iLBC', 'iLBC']);
    expect(ours.errors).toEqual([]);
    const { received, sent } = await theirs.statistics();
    for (const { mimeType } of [received, sent]) expect(String(mimeType).toLowerCase()).toBe('audio/ilbc');
    expect(received.packetsLost).toBeLessThan(5);
    // Frames of 30 ms, both ways: 33 packets a second.
    expect(received.packetsReceived).toBeGreaterThan((LENGTH / 30) * 0.9);
    expect(statistics.packetsReceived).toBeGreaterThan((LENGTH / 30) * 0.9);
    expect(statistics.packetsReceived).toBeLessThan((LENGTH / 30) * 1.5);
    expect(heardSpeech(recording), 'in libwebrtc').toBeGreaterThan(clear);
    expect(await ours.heard(), 'from libwebrtc').toBeGreaterThan(clear);
  });
});
