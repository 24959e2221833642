import { CodecRegistry, createIlbc, ilbc } from '@offhook/codecs';
import { OfferAnswer } from '@offhook/sdp';
import { expect, test } from 'vitest';
import { audioParameters } from '../../packages/endpoint/src/media/audio-parameters';
import { codecCapabilities } from '../../packages/endpoint/src/media/codec-capabilities';

const codecs = { 20: createIlbc({ mode: 20 }), 30: ilbc } as const;

function side(mode: 20 | 30, port: number) {
  const codec = codecs[mode];
  const registry = new CodecRegistry([codec]);
  const negotiation = new OfferAnswer({
    origin: { sessionId: '1' },
    address: '192.0.2.1',
    port,
    codecs: codecCapabilities(registry, ['iLBC']),
  });
  /** ms of the shortest frame that may be sent. */
  const sends = () => {
    const { sendCodec } = audioParameters(negotiation.session!);
    return codec.fmtp!.frameDurations!(sendCodec!.remoteFmtp)[0];
  };
  return { negotiation, sends };
}

// RFC 3952 §5: "mode=30" of one of them, in the offer or in the answer, is for both.
test.each([
  [20, 20, 20],
  [20, 30, 30],
  [30, 20, 30],
  [30, 30, 30],
] as const)('iLBC offered with mode=%d to a phone for %d: both send %d', (offered, answered, used) => {
  const [caller, callee] = [side(offered, 4000), side(answered, 5000)];
  const offer = caller.negotiation.createOffer();
  expect(offer).toMatch(new RegExp(`a=fmtp:\\d+ mode=${offered}\r\n`));
  const answer = callee.negotiation.receiveOffer(offer);
  expect(answer).toMatch(new RegExp(`a=fmtp:\\d+ mode=${used}\r\n`));
  caller.negotiation.receiveAnswer(answer);
  expect([caller.sends(), callee.sends()]).toEqual([used, used]);
});

test('a peer that says no mode is sent 30 ms, and told so', () => {
  const caller = side(20, 4000);
  const offer = caller.negotiation.createOffer().replace(/a=fmtp:\d+ mode=20\r\n/, '');
  const callee = side(20, 5000);
  expect(callee.negotiation.receiveOffer(offer)).toContain('mode=30');
  expect(callee.sends()).toBe(30);
});
