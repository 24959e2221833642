import { describe, expect, test } from 'vitest';
import { agree, alice, bob, g722, ilbc, media, opus, pcma, pcmu, refusal, sdp } from '../testing/parties';

const names = (codecs: readonly { name: string }[]) => codecs.map(({ name }) => name);

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

  test('whatever was agreed may come: all of it is named', () => {
    const [a, b] = [alice([pcmu, g722, pcma]), bob([pcma, opus, pcmu])];
    agree(a, b);
    expect(names(a.session!.codecs)).toEqual(['PCMA', 'PCMU']);
    expect(names(b.session!.codecs)).toEqual(['PCMA', 'PCMU']);
  });

  test('a static payload type needs no rtpmap (RFC 3551 §6)', () => {
    const b = bob();
    const answer = b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0 18'));
    expect(media(answer)[0]).toBe('m=audio 40000 RTP/AVP 0');
    expect(b.session).toMatchObject({
      codec: { name: 'PCMU', sendPayloadType: 0 },
      remote: { address: '198.51.100.9', port: 5000 },
    });
  });

  test('no codec in common is 488 with Warning 305, and says what was offered', () => {
    const error = refusal(() => bob().receiveOffer(sdp('m=audio 5000 RTP/AVP 18 77', 'a=rtpmap:77 SPARROW/8000')));
    expect(error).toMatchObject({ code: 'ERR_SDP_NOT_ACCEPTABLE', status: 488, warning: 305 });
    expect(error.message).toContain('G729, SPARROW');
  });

  test('telephone events alone are no codec', () => {
    const offer = sdp('m=audio 5000 RTP/AVP 101', 'a=rtpmap:101 telephone-event/8000');
    expect(refusal(() => bob().receiveOffer(offer)).status).toBe(488);
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

  test('a dynamic payload type that nobody maps, or maps without a clock rate, is left out', () => {
    const b = bob();
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 96 97 200 x 0 0', 'a=rtpmap:97 PCMA'));
    expect(names(b.session!.codecs)).toEqual(['PCMU']);
  });

  test('an answer may leave out the rtpmap that the offer had', () => {
    const a = alice([opus, pcmu]);
    a.createOffer();
    a.receiveAnswer(sdp('m=audio 5000 RTP/AVP 96 101'));
    expect(a.session).toMatchObject({ codec: { name: 'opus' }, telephoneEvent: { clockRate: 8000 } });
  });

  test('formats that an answer adds to those offered are ignored (§6.1)', () => {
    const a = alice([pcmu]);
    a.createOffer();
    a.receiveAnswer(sdp('m=audio 5000 RTP/AVP 18 8 0'));
    expect(names(a.session!.codecs)).toEqual(['PCMU']);
  });

  test('G.722 has the clock rate 8000 whatever it samples at (RFC 3551 §4.5.2)', () => {
    expect(alice([g722]).createOffer()).toContain('a=rtpmap:9 G722/8000');
  });
});

describe('format parameters', () => {
  test('are the business of the codec', () => {
    const b = bob([ilbc]);
    const answer = b.receiveOffer(sdp('m=audio 5000 RTP/AVP 120', 'a=rtpmap:120 iLBC/8000', 'a=fmtp:120 mode=30'));
    expect(media(answer)).toContain('a=fmtp:120 mode=30');
    expect(b.session!.codec).toMatchObject({ remoteFmtp: 'mode=30', localFmtp: 'mode=30' });
  });

  test('of an answer are shown to the codec, too', () => {
    const a = alice([ilbc]);
    expect(a.createOffer()).toContain('a=fmtp:97 mode=20');
    a.receiveAnswer(sdp('m=audio 5000 RTP/AVP 97', 'a=rtpmap:97 iLBC/8000'));
    expect(a.session!.codec).toMatchObject({ localFmtp: 'mode=30' });
    expect(a.session!.codec.remoteFmtp).toBeUndefined();
  });

  test('that a codec refuses take it out; the others remain', () => {
    const b = bob([{ ...ilbc, negotiateFmtp: () => false }, pcmu]);
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 120 0', 'a=rtpmap:120 iLBC/8000'));
    expect(names(b.session!.codecs)).toEqual(['PCMU']);
  });

  test('without a hook are all agreeable, and ours are repeated', () => {
    const b = bob([opus]);
    const answer = b.receiveOffer(sdp('m=audio 5000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2', 'a=fmtp:96 stereo=1'));
    expect(media(answer)).toContain('a=fmtp:96 useinbandfec=1');
  });

  test('may tell two entries of one codec apart: each has a payload type, and an answer by number means its own', () => {
    const stereo = { ...opus, fmtp: 'stereo=1' };
    const a = alice([stereo, opus]);
    const offer = a.createOffer();
    expect(media(offer)[0]).toBe('m=audio 40000 RTP/AVP 96 97 101');
    expect(media(offer)).toEqual(expect.arrayContaining(['a=fmtp:96 stereo=1', 'a=fmtp:97 useinbandfec=1']));
    a.receiveAnswer(sdp('m=audio 5000 RTP/AVP 97', 'a=rtpmap:97 opus/48000/2'));
    expect(a.session!.codec).toMatchObject({ localFmtp: 'useinbandfec=1', receivePayloadType: 97 });
  });
});

describe('packet durations', () => {
  test('of the peer are told, ours are written', () => {
    const b = bob(undefined, { ptime: 20, maxptime: 60 });
    const answer = b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', 'a=ptime:30', 'a=maxptime:40'));
    expect(b.session).toMatchObject({ ptime: 30, maxptime: 40 });
    expect(b.session).not.toHaveProperty('minptime');
    expect(media(answer)).toEqual(expect.arrayContaining(['a=ptime:20', 'a=maxptime:60']));
  });

  test.each([
    ['20.0', 20],
    ['2.5', 2.5],
    ['0', undefined],
    ['-20', undefined],
    ['1.2.3', undefined],
    ['99999999', undefined],
  ])('a=ptime:%s is %s', (text, ptime) => {
    const b = bob();
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', `a=ptime:${text}`));
    expect(b.session!.ptime).toBe(ptime);
  });

  test.each([
    ['minptime=10;useinbandfec=1', 10],
    ['useinbandfec=1; MinPtime = 40', 40],
    ['minptime=2', undefined],
    ['minptime=1000', undefined],
    ['xminptime=10', undefined],
    ['minptime=ten', undefined],
  ])('the shortest packet a peer wants is among the format parameters: %s (RFC 7587 §6.1)', (fmtp, minptime) => {
    const b = bob([opus]);
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2', `a=fmtp:96 ${fmtp}`));
    expect(b.session!.minptime).toBe(minptime);
  });
});

describe('changing the codecs during a session (§8.3.2)', () => {
  test('offers the new ones, under the payload types they had', () => {
    const [a, b] = [alice([opus, ilbc, pcmu]), bob([pcmu, ilbc, opus])];
    agree(a, b);
    const before = a.session!.codecs;
    a.codecs = [ilbc];
    const { offer } = agree(a, b);
    expect(media(offer)[0]).toBe('m=audio 40000 RTP/AVP 97 101');
    expect(a.session!.codec).toMatchObject({ name: 'iLBC', receivePayloadType: 97 });
    a.codecs = [opus, ilbc, pcma];
    agree(a, b);
    const opusNumber = before.find(({ name }) => name === 'opus')!.receivePayloadType;
    expect(a.session!.codecs.find(({ name }) => name === 'opus')!.receivePayloadType).toBe(opusNumber);
  });

  test('does not touch an offer that is on its way', () => {
    const a = alice([pcmu, pcma]);
    a.createOffer();
    a.codecs = [g722];
    a.receiveAnswer(sdp('m=audio 5000 RTP/AVP 8'));
    expect(a.session!.codec.name).toBe('PCMA');
  });
});
