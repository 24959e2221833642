import { describe, expect, test } from 'vitest';
import { agree, alice, bob, ilbc, media, opus, pcma, pcmu, sdp } from '../testing/parties';
import { PayloadTypes } from './payload-types';

describe('payload types', () => {
  test('each side sends with the number the other named (RFC 3264 §5.1)', () => {
    const a = alice([{ ...opus, payloadType: 111 }]);
    a.createOffer();
    a.receiveAnswer(sdp('m=audio 5000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2'));
    expect(a.session!.codec).toMatchObject({ sendPayloadType: 96, receivePayloadType: 111 });
  });

  test('an answer uses the offerer’s numbers (§6.1)', () => {
    const b = bob([{ ...opus, payloadType: 111 }, ilbc]);
    const offer = sdp('m=audio 5000 RTP/AVP 100 99', 'a=rtpmap:100 opus/48000/2', 'a=rtpmap:99 iLBC/8000');
    expect(media(b.receiveOffer(offer))[0]).toBe('m=audio 40000 RTP/AVP 100 99');
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

  test('… also when the peer gives it another: then each side has a number of its own', () => {
    const b = bob([ilbc, opus]);
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 97', 'a=rtpmap:97 opus/48000/2'));
    const answer = b.receiveOffer(sdp('m=audio 5000 RTP/AVP 97', 'a=rtpmap:97 iLBC/8000'));
    expect(b.session!.codec).toMatchObject({ name: 'iLBC', sendPayloadType: 97 });
    const { receivePayloadType } = b.session!.codec;
    expect(receivePayloadType).not.toBe(97);
    expect(media(answer)[0]).toBe(`m=audio 40000 RTP/AVP ${receivePayloadType}`);
  });

  test('a number the peer uses for a codec we lack is not given to one of ours', () => {
    const b = bob([pcmu, opus, ilbc]);
    const offer = sdp('m=audio 5000 RTP/AVP 0 96 97', 'a=rtpmap:96 SPEEX/16000', 'a=rtpmap:97 G726-32/8000');
    b.receiveOffer(offer);
    const numbers = media(b.createOffer())[0]!.split(' ').slice(3);
    expect(numbers).not.toContain('96');
    expect(numbers).not.toContain('97');
  });

  test('an answer keeps its numbers when the same offer comes again', () => {
    const b = bob([opus, pcmu]);
    const offer = sdp('m=audio 5000 RTP/AVP 0 109', 'a=rtpmap:109 opus/48000/2');
    const first = b.receiveOffer(offer);
    expect(b.receiveOffer(offer)).toBe(first);
  });

  test('a peer that uses up all numbers leaves us the ones we need', () => {
    const b = bob([pcmu, opus, ilbc]);
    const numbers = Array.from({ length: 128 }, (_, number) => number);
    b.receiveOffer(
      sdp(
        `m=audio 5000 RTP/AVP 0 ${numbers.slice(1).join(' ')}`,
        ...numbers.slice(1).map((number) => `a=rtpmap:${number} X-${number}/8000`),
      ),
    );
    const formats = media(b.createOffer())[0]!.split(' ').slice(3);
    expect(new Set(formats).size).toBe(formats.length);
    expect(formats).toHaveLength(5);
  });

  test('more formats than there are numbers are refused, not doubled', () => {
    const types = new PayloadTypes();
    const given = Array.from({ length: 61 }, (_, index) => types.offer(`codec-${index}`));
    expect(new Set(given).size).toBe(61);
    expect(() => types.offer('one more')).toThrowError(expect.objectContaining({ code: 'ERR_SDP_VALUE' }));
  });
});

describe('telephone events (RFC 4733)', () => {
  test('follow the clock rate of the codec (§2.1)', () => {
    const [a, b] = [alice([opus, pcmu]), bob([opus, pcmu])];
    const { offer } = agree(a, b);
    expect(offer).toContain('telephone-event/48000');
    expect(offer).toContain('telephone-event/8000');
    expect(a.session!.telephoneEvent).toMatchObject({ clockRate: 48000 });
    expect(a.session!.telephoneEvents.map(({ clockRate }) => clockRate)).toEqual([8000, 48000]);
    const narrow = bob([pcmu]);
    agree(alice([opus, pcmu]), narrow);
    expect(narrow.session!.telephoneEvents.map(({ clockRate }) => clockRate)).toEqual([8000]);
  });

  test.each([
    ['L16', 16000, 1],
    ['opus', 48000, 2],
    ['PCMU', 8000, 1],
  ])('%s has them at %i Hz', (name, clockRate, channels) => {
    const [a, b] = [alice([{ name, clockRate, channels }]), bob([{ name, clockRate, channels }])];
    agree(a, b);
    for (const { session } of [a, b]) expect(session!.telephoneEvent).toMatchObject({ clockRate, events: '0-15' });
  });

  test('at 8,000 Hz have the number that old telephones take for granted, whatever codec comes first', () => {
    expect(alice([opus, pcmu]).createOffer()).toContain('a=rtpmap:101 telephone-event/8000');
    expect(alice([opus]).createOffer()).toContain('a=rtpmap:101 telephone-event/48000');
    expect(alice([pcmu], { telephoneEvent: { payloadType: 96 } }).createOffer()).toContain('a=rtpmap:96 telephone-');
  });

  test('a peer with the common rate alone gets them at that rate', () => {
    const b = bob([opus]);
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 96 100', 'a=rtpmap:96 opus/48000/2', 'a=rtpmap:100 telephone-event/8000'));
    expect(b.session!.telephoneEvent).toMatchObject({ clockRate: 8000, sendPayloadType: 100, receivePayloadType: 100 });
  });

  test('at a rate of no codec in common are left out', () => {
    const b = bob([pcmu]);
    const answer = b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0 100', 'a=rtpmap:100 telephone-event/48000'));
    expect(answer).not.toContain('telephone-event');
    expect(b.session!.telephoneEvent).toBeUndefined();
  });

  test('asymmetric numbers are kept apart; what the peer understands is told', () => {
    const a = alice();
    a.createOffer();
    a.receiveAnswer(sdp('m=audio 5000 RTP/AVP 0 96', 'a=rtpmap:96 telephone-event/8000', 'a=fmtp:96 0-11'));
    expect(a.session!.telephoneEvent).toEqual({
      sendPayloadType: 96,
      receivePayloadType: 101,
      clockRate: 8000,
      events: '0-11',
    });
  });

  test('a peer without them gets none, nor does one when we want none', () => {
    const b = bob();
    expect(b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0'))).not.toContain('telephone-event');
    expect(b.session!.telephoneEvent).toBeUndefined();
    const without = bob([pcma, pcmu], { telephoneEvent: false });
    const { offer, answer } = agree(alice(), without);
    expect(offer).toContain('telephone-event');
    expect(answer).not.toContain('telephone-event');
    expect(without.session!.telephoneEvents).toEqual([]);
  });
});
