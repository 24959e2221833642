import { describe, expect, test } from 'vitest';
import { agree, alice, bob, ilbc, mediaLines, pcma, pcmu, sdp, version } from '../testing/parties';
import type { OfferAnswer } from './offer-answer';

/**
 * The exchanges of RFC 4317 as what is to come of them with one audio stream: video, and audio lines beyond the first that can
 * be used, are refused in their places.
 */
const plainIlbc = { name: ilbc.name, clockRate: 8000, payloadType: 97 };
const threeCodecs = [pcmu, pcma, plainIlbc];
const quiet = { telephoneEvent: false } as const;

const audioIlbc = (port: number, payloadType = 97) => [
  `m=audio ${port} RTP/AVP ${payloadType}`,
  `a=rtpmap:${payloadType} iLBC/8000`,
];
const video = (port: number, formats = '31 32') => [
  `m=video ${port} RTP/AVP ${formats}`,
  ...formats.split(' ').map((format) => `a=rtpmap:${format} ${format === '31' ? 'H261' : 'MPV'}/90000`),
];
const events = (port: number, direction: string) => [
  `m=audio ${port} RTP/AVP 98`,
  'a=rtpmap:98 telephone-event/8000',
  `a=${direction}`,
];
const withThreeCodecs = ['m=audio 49170 RTP/AVP 0 8 97', 'a=rtpmap:97 iLBC/8000'];

const agreedNames = ({ session }: OfferAnswer) => session!.codecs.map(({ name }) => name);

describe('codec negotiation and selection (RFC 4317 §2)', () => {
  test('§2.1: of three codecs the answer has one; video is refused', () => {
    const b = bob([pcmu], quiet);
    const answer = b.receiveOffer(sdp(...withThreeCodecs, ...video(51372)));
    expect(mediaLines(answer)).toEqual(['m=audio 40000 RTP/AVP 0', 'm=video 0 RTP/AVP 31 32']);
    expect(agreedNames(b)).toEqual(['PCMU']);
  });

  test('§2.2: two codecs are answered, a second offer leaves one; both versions rise, refused video stays', () => {
    const a = alice(threeCodecs, quiet);
    const b = bob([pcmu, pcma], quiet);
    a.receiveOffer(sdp(...video(0)));
    const first = agree(a, b);
    expect(mediaLines(first.answer)).toEqual(['m=video 0 RTP/AVP 31 32', 'm=audio 40000 RTP/AVP 0 8']);
    expect(agreedNames(a)).toEqual(['PCMU', 'PCMA']);
    a.codecs = [pcmu];
    a.move('192.0.2.1', 51372);
    const second = agree(a, b);
    expect(mediaLines(second.offer)).toEqual(['m=video 0 RTP/AVP 31 32', 'm=audio 51372 RTP/AVP 0']);
    expect(mediaLines(second.answer)).toEqual(['m=video 0 RTP/AVP 31 32', 'm=audio 40000 RTP/AVP 0']);
    expect(version(second.offer) - version(first.offer)).toBe(1);
    expect(version(second.answer) - version(first.answer)).toBe(1);
    expect(agreedNames(b)).toEqual(['PCMU']);
  });

  test('§2.3: the answer may give the codec another dynamic payload type', () => {
    const a = alice(threeCodecs, quiet);
    a.createOffer();
    a.receiveAnswer(sdp(...audioIlbc(49172, 99)));
    expect(a.session!.codec).toMatchObject({ name: 'iLBC', sendPayloadType: 99, receivePayloadType: 97 });
  });

  test('§2.4: of two audio streams, the second for telephone events, the first is taken', () => {
    const b = bob([plainIlbc]);
    const first = ['m=audio 49170 RTP/AVP 0 97', 'a=rtpmap:97 iLBC/8000'];
    const answer = b.receiveOffer(sdp(...first, ...events(49172, 'sendonly')));
    expect(mediaLines(answer)).toEqual(['m=audio 40000 RTP/AVP 97', 'm=audio 0 RTP/AVP 98']);
  });

  test('§2.5: the answerer moves in an offer of its own; an answer that did not change keeps its version', () => {
    const [a, b] = [alice([plainIlbc], quiet), bob([plainIlbc], quiet)];
    const first = agree(a, b);
    b.move('203.0.113.2', 49178);
    const second = agree(b, a);
    expect(version(second.offer)).toBe(version(first.answer) + 1);
    expect(second.answer).toBe(first.offer);
    expect(a.session!.remote).toEqual({ address: '203.0.113.2', port: 49178 });
  });

  test('§2.6: of two alternatives the first is declined, the second has telephone events', () => {
    const b = bob([plainIlbc]);
    const second = ['m=audio 51372 RTP/AVP 97 101', 'a=rtpmap:97 iLBC/8000', 'a=rtpmap:101 telephone-event/8000'];
    const answer = b.receiveOffer(sdp('m=audio 49170 RTP/AVP 0', ...second));
    expect(mediaLines(answer)).toEqual(['m=audio 0 RTP/AVP 0', 'm=audio 40000 RTP/AVP 97 101']);
    expect(b.session).toMatchObject({ remote: { port: 51372 }, telephoneEvent: { receivePayloadType: 101 } });
  });

  test('§2.7: a codec added in a second offer does not disturb the first', () => {
    const ilbc99 = { ...plainIlbc, payloadType: 99 };
    const [a, b] = [alice([ilbc99], quiet), bob([ilbc99, pcmu], quiet)];
    agree(a, b);
    a.codecs = [ilbc99, pcmu];
    const { offer, answer } = agree(a, b);
    expect(mediaLines(offer)).toEqual(['m=audio 40000 RTP/AVP 99 0']);
    expect(version(answer)).toBe(2);
    expect(agreedNames(a)).toEqual(['iLBC', 'PCMU']);
  });

  test('§2.8: each stream may have an address of its own', () => {
    const a = alice(threeCodecs, quiet);
    a.createOffer();
    a.receiveAnswer(sdp('m=audio 49174 RTP/AVP 0', 'c=IN IP4 203.0.113.44'));
    expect(a.session!.remote).toEqual({ address: '203.0.113.44', port: 49174 });
  });
});

describe('hold and resume (RFC 4317 §3)', () => {
  test('§3.1: the answer holds the caller; the callee resumes, the caller moves in its answer', () => {
    const [a, b] = [alice([pcmu, plainIlbc], quiet), bob([plainIlbc], { ...quiet, direction: 'sendonly' })];
    const first = agree(a, b);
    expect(first.answer).toContain('a=sendonly');
    expect(a.session).toMatchObject({ direction: 'recvonly', remoteHold: true });
    b.direction = 'sendrecv';
    a.move('192.0.2.1', 49178);
    const second = agree(b, a);
    expect(version(second.offer)).toBe(version(first.answer) + 1);
    expect(version(second.answer)).toBe(version(first.offer) + 1);
    expect(a.session).toMatchObject({ direction: 'sendrecv', remoteHold: false });
    expect(b.session!.remote.port).toBe(49178);
  });

  test('§3.2: the audio stream is held while the one for events, which we refused, stays refused', () => {
    const b = bob([plainIlbc], quiet);
    const offer = (direction: string) => sdp(...audioIlbc(49172), `a=${direction}`, ...events(49174, 'recvonly'));
    b.receiveOffer(offer('sendrecv'));
    const answer = b.receiveOffer(offer('sendonly'));
    expect(mediaLines(answer)).toEqual(['m=audio 40000 RTP/AVP 97', 'm=audio 0 RTP/AVP 98']);
    expect(b.session).toMatchObject({ direction: 'recvonly', remoteHold: true });
  });
});

describe('addition and deletion of streams (RFC 4317 §4)', () => {
  test.each([
    ['§4.1: a second audio stream', events(48282, 'recvonly'), 'm=audio 0 RTP/AVP 98'],
    ['§4.2: video', video(49172, '31'), 'm=video 0 RTP/AVP 31'],
  ])('%s is added: it is refused, and the first goes on', (_section, added, refused) => {
    const b = bob([plainIlbc], quiet);
    b.receiveOffer(sdp(...audioIlbc(49170)));
    const { session } = b;
    const answer = b.receiveOffer(sdp(...audioIlbc(49170), ...added));
    expect(mediaLines(answer)).toEqual(['m=audio 40000 RTP/AVP 97', refused]);
    expect(version(answer)).toBe(2);
    expect(b.session).toEqual(session);
  });

  test('§4.3: video is deleted: its line stays with port 0', () => {
    const a = alice([plainIlbc], quiet);
    a.receiveOffer(sdp(...audioIlbc(49170), ...video(51372, '31')));
    const answer = a.receiveOffer(sdp(...audioIlbc(49174), ...video(0, '31')));
    expect(mediaLines(answer)).toEqual(['m=audio 40000 RTP/AVP 97', 'm=video 0 RTP/AVP 31']);
    expect(a.session!.remote.port).toBe(49174);
  });
});

describe('third-party call control (RFC 4317 §5)', () => {
  test('§5.1: no media, then audio', () => {
    const b = bob([plainIlbc], quiet);
    const first = b.receiveOffer(sdp());
    expect(mediaLines(first)).toEqual([]);
    const second = b.receiveOffer(sdp(...audioIlbc(49170)));
    expect(mediaLines(second)).toEqual(['m=audio 40000 RTP/AVP 97']);
    expect(version(second)).toBe(version(first) + 1);
  });

  test('§5.2: an offer with a black hole is answered as any other, then the address comes', () => {
    const b = bob([plainIlbc], quiet);
    const first = b.receiveOffer(sdp(...audioIlbc(23442), 'c=IN IP4 0.0.0.0'));
    expect(b.session).toMatchObject({ direction: 'recvonly', remoteHold: true });
    const second = b.receiveOffer(sdp(...audioIlbc(49170)));
    expect(second).toBe(first);
    expect(b.session).toMatchObject({ direction: 'sendrecv', remote: { address: '198.51.100.9', port: 49170 } });
  });

  test('§5.3: an answer with a black hole, then an offer with the address, answered without a change', () => {
    const a = alice([plainIlbc], quiet);
    const offer = a.createOffer();
    a.receiveAnswer(sdp(...audioIlbc(9322), 'c=IN IP4 0.0.0.0'));
    expect(a.session).toMatchObject({ direction: 'recvonly', remoteHold: true });
    expect(a.receiveOffer(sdp(...audioIlbc(49172)))).toBe(offer);
    expect(a.session).toMatchObject({ direction: 'sendrecv', remoteHold: false });
  });
});
