import { OfferAnswer, serializeTrickleFragment, TRICKLE_FRAGMENT_TYPE } from '@offhook/sdp';
import { expect, test } from 'vitest';
import { candidatesOf } from '../in-dialog/trickle-ice';
import { CallAudio } from '../media/call-audio';
import type { MediaSession } from '../media/media-provider';
import { CallMedia } from './call-media';

const pcmu = { name: 'PCMU', clockRate: 8000, payloadType: 0 };
const pwd = 'p'.repeat(22);
const host = (port: number) => `h0 1 UDP 2130706431 192.0.2.1 ${port} typ host`;
const info = (text: string, contentType = TRICKLE_FRAGMENT_TYPE) => ({
  package: 'trickle-ice',
  body: { contentType, body: new TextEncoder().encode(text) },
});

/** Media whose ICE notes what it is told. */
function media() {
  const told: string[] = [];
  const session = {
    transport: {
      localAddress: '192.0.2.1',
      localPort: 4000,
      localRtcpPort: 4000,
      localIce: { ufrag: 'ours', pwd, candidates: [host(4000)], lite: false, complete: true },
      ice: {
        defaultAddress: { rtp: { host: '192.0.2.1', port: 4000 }, rtcp: { host: '192.0.2.1', port: 4000 } },
        restart: () => ({ ufrag: 'ours', pwd, candidates: [], lite: false, complete: true }),
        addRemoteCandidate: (candidate: string) => told.push(candidate),
        endOfRemoteCandidates: () => told.push('end'),
      },
    },
    configure() {},
    addSink() {},
    on: () => () => {},
  } as unknown as MediaSession;
  const call = new CallMedia({
    provider: { open: async () => session },
    audio: new CallAudio(),
    codecs: [pcmu],
    addresses: async () => ({ bind: '192.0.2.1', announced: '192.0.2.1' }),
    sessionId: '1',
    dtx: false,
    rtcpMux: false,
    offerWhenHeld: 'resume',
  });
  return { call, told };
}

test('candidates that follow their offer by INFO reach ICE; those of another session, or malformed, do not', async () => {
  const { call, told } = media();
  const handler = call.handler();
  const peer = new OfferAnswer({
    origin: { sessionId: '2' },
    address: '192.0.2.2',
    port: 9,
    codecs: [pcmu],
    ice: { ufrag: 'peer', pwd, candidates: [], trickle: true, complete: false },
  });
  const offer = peer.createOffer().replace('c=IN IP4 192.0.2.2', 'c=IN IP4 0.0.0.0');
  await handler.createAnswer({ contentType: 'application/sdp', body: new TextEncoder().encode(offer) });
  const fragment = (ufrag: string, complete: boolean) =>
    serializeTrickleFragment({ ufrag, pwd, sections: [{ candidates: [host(5000)], complete }] });
  for (const message of [
    info(fragment('other', true)),
    info(fragment('peer', false)),
    info('nonsense'),
    info(fragment('peer', true), 'text/plain'),
    { package: 'trickle-ice', body: undefined },
    info(fragment('peer', true)),
  ]) {
    const found = candidatesOf(message);
    if (found) call.addCandidates(found);
  }
  expect(told).toEqual([host(5000), host(5000), 'end']);
});
