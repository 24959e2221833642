import { describe, expect, test } from 'vitest';
import { parseSessionDescription } from '../description/session-description';
import { SdpError } from '../errors';
import type { CodecCapability, OfferAnswerOptions } from './capabilities';
import { OfferAnswer } from './offer-answer';

const pcmu: CodecCapability = { name: 'PCMU', clockRate: 8000, payloadType: 0 };
const pcma: CodecCapability = { name: 'PCMA', clockRate: 8000, payloadType: 8 };
const g722: CodecCapability = { name: 'G722', clockRate: 8000, payloadType: 9 };
const opus: CodecCapability = { name: 'opus', clockRate: 48000, channels: 2, fmtp: 'useinbandfec=1' };
const ilbc: CodecCapability = {
  name: 'iLBC',
  clockRate: 8000,
  payloadType: 97,
  fmtp: 'mode=20',
  negotiateFmtp: (remote) => ({ local: /mode=20/.test(remote ?? '') ? 'mode=20' : 'mode=30' }),
};

const party = (address: string, codecs: CodecCapability[], more: Partial<OfferAnswerOptions> = {}) =>
  new OfferAnswer({ origin: { sessionId: '4711' }, address, port: 40000, codecs, ...more });

const alice = (codecs = [pcmu, pcma], more: Partial<OfferAnswerOptions> = {}) => party('192.0.2.1', codecs, more);
const bob = (codecs = [pcma, pcmu], more: Partial<OfferAnswerOptions> = {}) => party('192.0.2.2', codecs, more);

function agree(offerer: OfferAnswer, answerer: OfferAnswer): { offer: string; answer: string } {
  const offer = offerer.createOffer();
  const answer = answerer.receiveOffer(offer);
  offerer.receiveAnswer(answer);
  return { offer, answer };
}

const sdp = (...lines: string[]) =>
  `${['v=0', 'o=- 1 1 IN IP4 198.51.100.9', 's=-', 'c=IN IP4 198.51.100.9', 't=0 0', ...lines].join('\r\n')}\r\n`;

const media = (text: string) => text.slice(text.indexOf('m=')).trim().split('\r\n');
const version = (text: string) => parseSessionDescription(text).origin!.sessionVersion;

function refusal(run: () => unknown): SdpError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(SdpError);
    return error as SdpError;
  }
  throw new Error('nothing was refused');
}

describe('codec choice (RFC 3264 §6.1)', () => {
  test('the answerer answers in its own order by default, and both send its first', () => {
    const [a, b] = [alice(), bob()];
    const { answer } = agree(a, b);
    expect(media(answer)[0]).toBe('m=audio 40000 RTP/AVP 8 0 101');
    expect(a.session!.codec.name).toBe('PCMA');
    expect(b.session!.codec.name).toBe('PCMA');
  });

  test('or in the order of the offer', () => {
    const [a, b] = [alice(), bob(undefined, { priority: 'offer' })];
    agree(a, b);
    expect(b.session!.codec.name).toBe('PCMU');
    expect(a.session!.codec.name).toBe('PCMU');
  });

  test('a static payload type needs no rtpmap', () => {
    const b = bob();
    const answer = b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0 18'));
    expect(media(answer)[0]).toBe('m=audio 40000 RTP/AVP 0');
    expect(b.session).toMatchObject({
      codec: { name: 'PCMU', sendPayloadType: 0 },
      remote: { address: '198.51.100.9', port: 5000 },
    });
  });

  test('no codec in common is 488 and says what was offered', () => {
    const error = refusal(() => bob().receiveOffer(sdp('m=audio 5000 RTP/AVP 18 77', 'a=rtpmap:77 SPARROW/8000')));
    expect(error).toMatchObject({ code: 'ERR_SDP_NOT_ACCEPTABLE', status: 488 });
    expect(error.message).toContain('G729, SPARROW');
  });

  test('names are compared without case, rates and channels exactly', () => {
    const b = bob([opus]);
    b.receiveOffer(
      sdp(
        'm=audio 5000 RTP/AVP 96 97 98',
        'a=rtpmap:96 opus/16000/2',
        'a=rtpmap:97 OPUS/48000',
        'a=rtpmap:98 OPUS/48000/2',
      ),
    );
    expect(b.session!.codec).toMatchObject({ name: 'opus', sendPayloadType: 98 });
  });

  test('format parameters are the business of the codec', () => {
    const b = bob([ilbc]);
    const answer = b.receiveOffer(sdp('m=audio 5000 RTP/AVP 120', 'a=rtpmap:120 iLBC/8000', 'a=fmtp:120 mode=30'));
    expect(media(answer)).toContain('a=fmtp:120 mode=30');
    expect(b.session!.codec).toMatchObject({ remoteFmtp: 'mode=30', localFmtp: 'mode=30' });
    const never = bob([{ ...ilbc, negotiateFmtp: () => false }, pcmu]);
    never.receiveOffer(sdp('m=audio 5000 RTP/AVP 120 0', 'a=rtpmap:120 iLBC/8000'));
    expect(never.session!.codecs.map(({ name }) => name)).toEqual(['PCMU']);
  });
});

describe('payload types', () => {
  test('each side sends with the number the other named (§5.1)', () => {
    const a = alice([{ ...opus, payloadType: 111 }]);
    a.createOffer();
    a.receiveAnswer(sdp('m=audio 5000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2'));
    expect(a.session!.codec).toMatchObject({ sendPayloadType: 96, receivePayloadType: 111 });
  });

  test('a dynamic number keeps its meaning through the session (§8.3.2)', () => {
    const b = bob([ilbc, opus, pcmu]);
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 97 101', 'a=rtpmap:97 opus/48000/2', 'a=rtpmap:101 telephone-event/8000'));
    const reoffer = b.createOffer();
    expect(reoffer).toContain('a=rtpmap:97 opus/48000/2');
    expect(reoffer).not.toContain('a=rtpmap:97 iLBC/8000');
    expect(reoffer).toMatch(/a=rtpmap:\d+ iLBC\/8000/);
    expect(reoffer).toContain('a=rtpmap:101 telephone-event/8000');
  });

  test('telephone events follow the clock rate of the codec (RFC 4733 §2.1)', () => {
    const [a, b] = [alice([opus, pcmu]), bob([opus, pcmu])];
    const { offer } = agree(a, b);
    expect(offer).toContain('telephone-event/48000');
    expect(offer).toContain('telephone-event/8000');
    expect(a.session!.telephoneEvent).toMatchObject({ clockRate: 48000 });
    const narrow = bob([pcmu]);
    agree(alice([opus, pcmu]), narrow);
    expect(narrow.session!.telephoneEvent).toMatchObject({ clockRate: 8000 });
  });

  test('asymmetric telephone-event numbers are kept apart; a peer without them gets none', () => {
    const a = alice();
    a.createOffer();
    a.receiveAnswer(sdp('m=audio 5000 RTP/AVP 0 96', 'a=rtpmap:96 telephone-event/8000', 'a=fmtp:96 0-11'));
    expect(a.session!.telephoneEvent).toEqual({
      sendPayloadType: 96,
      receivePayloadType: 101,
      clockRate: 8000,
      events: '0-11',
    });
    const b = bob();
    const answer = b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0'));
    expect(b.session!.telephoneEvent).toBeUndefined();
    expect(answer).not.toContain('telephone-event');
  });
});

describe('directions (§6.1) and hold (§8.4)', () => {
  test.each([
    ['sendrecv', 'sendrecv', 'sendrecv', false],
    ['sendonly', 'sendrecv', 'recvonly', true],
    ['recvonly', 'sendrecv', 'sendonly', false],
    ['inactive', 'sendrecv', 'inactive', true],
    ['sendrecv', 'sendonly', 'sendonly', false],
    ['sendonly', 'sendonly', 'inactive', true],
    ['recvonly', 'inactive', 'inactive', false],
  ] as const)('an offer of %s, we want %s: the answer is %s', (offered, wanted, answered, held) => {
    const b = bob(undefined, { direction: wanted });
    const answer = b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', `a=${offered}`));
    expect(media(answer)).toContain(`a=${answered}`);
    expect(b.session).toMatchObject({ direction: answered, remoteHold: held });
  });

  test('a session-level direction counts until a media-level one overrides it', () => {
    const b = bob();
    b.receiveOffer(sdp('a=inactive', 'm=audio 5000 RTP/AVP 0'));
    expect(b.session!.direction).toBe('inactive');
    b.receiveOffer(sdp('a=inactive', 'm=audio 5000 RTP/AVP 0', 'a=sendrecv'));
    expect(b.session!.direction).toBe('sendrecv');
  });

  test.each(['IN IP4 0.0.0.0', 'IN IP6 ::'])(
    'c=%s holds: nothing is sent there, and it can be taken back',
    (connection) => {
      const b = bob();
      const answer = b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', `c=${connection}`));
      expect(b.session).toMatchObject({ direction: 'recvonly', remoteHold: true });
      expect(media(answer)).toContain('a=recvonly');
      b.receiveOffer(sdp('m=audio 5002 RTP/AVP 0'));
      expect(b.session).toMatchObject({ direction: 'sendrecv', remoteHold: false, remote: { port: 5002 } });
    },
  );

  test('we hold with sendonly, the peer answers recvonly, and neither is told it is held by the other', () => {
    const [a, b] = [alice(), bob()];
    agree(a, b);
    a.direction = 'sendonly';
    agree(a, b);
    expect(a.session).toMatchObject({ direction: 'sendonly', remoteHold: false });
    expect(b.session).toMatchObject({ direction: 'recvonly', remoteHold: true });
    a.direction = 'sendrecv';
    agree(a, b);
    expect(a.session!.direction).toBe('sendrecv');
    expect(b.session).toMatchObject({ direction: 'sendrecv', remoteHold: false });
  });

  test('while held, an offer of our own asks for everything again: retrieve by an offerless re-INVITE', () => {
    const b = bob();
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', 'c=IN IP4 0.0.0.0'));
    expect(media(b.createOffer())).toContain('a=sendrecv');
  });

  test('an answer with a black-hole address holds us (RFC 3725 §4.3)', () => {
    const a = alice();
    a.createOffer();
    a.receiveAnswer(sdp('m=audio 5000 RTP/AVP 0', 'c=IN IP4 0.0.0.0'));
    expect(a.session).toMatchObject({ direction: 'recvonly', remoteHold: true });
  });
});

describe('media lines (§6, §8)', () => {
  test('lines we cannot use keep their place with port 0, also in our next offer', () => {
    const b = bob();
    const answer = b.receiveOffer(
      sdp('m=video 5002 RTP/AVP 31', 'm=audio 5000 RTP/AVP 0', 'm=audio 5004 RTP/SAVP 0', 'm=application 9 UDP/BFCP *'),
    );
    const lines = (text: string) => text.split('\r\n').filter((line) => line.startsWith('m='));
    expect(lines(answer)).toEqual([
      'm=video 0 RTP/AVP 31',
      'm=audio 40000 RTP/AVP 0',
      'm=audio 0 RTP/SAVP 0',
      'm=application 0 UDP/BFCP *',
    ]);
    expect(lines(b.createOffer())).toEqual([
      'm=video 0 RTP/AVP 31',
      'm=audio 40000 RTP/AVP 8 0 101',
      'm=audio 0 RTP/SAVP 0',
      'm=application 0 UDP/BFCP *',
    ]);
  });

  test('only a profile we lack is 488 and names it', () => {
    expect(refusal(() => bob().receiveOffer(sdp('m=audio 5000 RTP/SAVP 0'))).message).toContain('RTP/SAVP');
  });

  test('an offer without media lines is answered without any (RFC 3725 flow IV), and media may be added later', () => {
    const b = bob();
    expect(b.receiveOffer(sdp())).not.toContain('m=');
    expect(b.session).toBeUndefined();
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0'));
    expect(b.session!.codec.name).toBe('PCMU');
  });

  test('a removed stream is answered with port 0; a refused one leaves no session', () => {
    const b = bob();
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0'));
    expect(media(b.receiveOffer(sdp('m=audio 0 RTP/AVP 0')))[0]).toBe('m=audio 0 RTP/AVP 0');
    expect(b.session).toBeUndefined();
    const a = alice();
    a.createOffer();
    a.receiveAnswer(sdp('m=audio 0 RTP/AVP 0'));
    expect(a.session).toBeUndefined();
    expect(media(a.createOffer())[0]).toBe('m=audio 40000 RTP/AVP 0 8 101');
  });

  test('the address may be per media; RTCP goes to a=rtcp when it is there (RFC 3605)', () => {
    const b = bob();
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', 'c=IN IP4 203.0.113.5', 'a=rtcp:5555'));
    expect(b.session).toMatchObject({
      remote: { address: '203.0.113.5', port: 5000 },
      remoteRtcp: { address: '203.0.113.5', port: 5555 },
    });
  });

  test('IPv6 is written and read', () => {
    const a = party('2001:db8::1', [pcmu]);
    const b = bob([pcmu]);
    const offer = a.createOffer();
    expect(offer).toContain('c=IN IP6 2001:db8::1');
    b.receiveOffer(offer);
    expect(b.session!.remote.address).toBe('2001:db8::1');
  });

  test('AVPF is answered by AVPF', () => {
    expect(media(bob().receiveOffer(sdp('m=audio 5000 RTP/AVPF 0')))[0]).toBe('m=audio 40000 RTP/AVPF 0');
  });

  test('ptime and maxptime of the peer are told, ours are written', () => {
    const b = bob(undefined, { ptime: 20, maxptime: 60 });
    const answer = b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', 'a=ptime:30', 'a=maxptime:40'));
    expect(b.session).toMatchObject({ ptime: 30, maxptime: 40 });
    expect(media(answer)).toEqual(expect.arrayContaining(['a=ptime:20', 'a=maxptime:60']));
  });
});

describe('versions and order of exchange (§4, §8)', () => {
  test('the version rises by one when the description changed, and only then', () => {
    const [a, b] = [alice(), bob()];
    expect(version(agree(a, b).offer)).toBe(1);
    expect(version(agree(a, b).offer)).toBe(1);
    a.direction = 'sendonly';
    expect(version(agree(a, b).offer)).toBe(2);
    a.move('192.0.2.7', 41000);
    const { offer } = agree(a, b);
    expect(version(offer)).toBe(3);
    expect(b.session!.remote).toEqual({ address: '192.0.2.7', port: 41000 });
  });

  test('glare: an offer that crosses ours is refused with 491, rollback restores what was', () => {
    const [a, b] = [alice(), bob()];
    agree(a, b);
    a.direction = 'inactive';
    a.createOffer();
    expect(refusal(() => a.receiveOffer(b.createOffer()))).toMatchObject({ code: 'ERR_SDP_STATE', status: 491 });
    expect(refusal(() => a.createOffer())).toMatchObject({ code: 'ERR_SDP_STATE' });
    a.rollback();
    expect(a.signalingState).toBe('stable');
    expect(a.session!.direction).toBe('sendrecv');
  });

  test('an answer nobody asked for, or one that breaks the rules, is named', () => {
    const a = alice();
    expect(refusal(() => a.receiveAnswer(sdp('m=audio 5000 RTP/AVP 0')))).toMatchObject({ code: 'ERR_SDP_STATE' });
    a.createOffer();
    expect(refusal(() => a.receiveAnswer(sdp())).message).toContain('0 media lines instead of 1');
    expect(refusal(() => a.receiveAnswer(sdp('m=video 5000 RTP/AVP 0'))).message).toContain('video instead of audio');
    expect(refusal(() => a.receiveAnswer(sdp('m=audio 5000 RTP/AVP 18'))).message).toContain('none of the codecs');
    expect(a.signalingState).toBe('have-local-offer');
    a.receiveAnswer(sdp('m=audio 5000 RTP/AVP 0'));
    expect(a.session!.codec.name).toBe('PCMU');
  });
});

describe('the examples of RFC 4317', () => {
  const codecs = [pcmu, pcma, { name: 'iLBC', clockRate: 8000, payloadType: 97 }];

  test('§2.1: three codecs offered, one of them answered', () => {
    const a = alice(codecs, { telephoneEvent: false });
    const offer = a.createOffer();
    expect(media(offer)[0]).toBe('m=audio 40000 RTP/AVP 0 8 97');
    const answer = bob([pcmu], { telephoneEvent: false }).receiveOffer(offer);
    a.receiveAnswer(answer);
    expect(a.session!.codecs.map(({ name }) => name)).toEqual(['PCMU']);
  });

  test('§2.4: audio with telephone events, the second audio line refused in its place', () => {
    const b = bob(codecs);
    const answer = b.receiveOffer(
      sdp(
        'm=audio 49170 RTP/AVP 0 97',
        'a=rtpmap:97 iLBC/8000',
        'm=audio 49172 RTP/AVP 98',
        'a=rtpmap:98 telephone-event/8000',
        'a=sendonly',
      ),
    );
    const lines = answer.split('\r\n').filter((line) => line.startsWith('m='));
    expect(lines).toEqual(['m=audio 40000 RTP/AVP 0 97', 'm=audio 0 RTP/AVP 98']);
  });

  test('§3.1 and §3.2: hold and unhold by the same direction attributes, from either side', () => {
    const [a, b] = [alice([pcmu]), bob([pcmu])];
    agree(a, b);
    b.direction = 'sendonly';
    agree(b, a);
    expect(a.session).toMatchObject({ remoteHold: true, direction: 'recvonly' });
    b.direction = 'sendrecv';
    agree(b, a);
    expect(a.session).toMatchObject({ remoteHold: false, direction: 'sendrecv' });
  });

  test('G.722 has the clock rate 8000 whatever it samples at (RFC 3551 §4.5.2)', () => {
    expect(alice([g722]).createOffer()).toContain('a=rtpmap:9 G722/8000');
  });
});
