import { describe, expect, test } from 'vitest';
import { agree, alice, bob, mediaLines, opus, pcma, pcmu, refusal, sdp } from '../testing/parties';
import { OfferAnswer } from './offer-answer';

describe('media lines of an offer (RFC 3264 §6)', () => {
  test('those we cannot use keep their place and their words with port 0, also in our next offer', () => {
    const b = bob();
    const offer = sdp(
      'm=video 5002/2 RTP/AVP 31',
      'm=audio 5000 RTP/AVP 0',
      'm=audio 5004 RTP/SAVP 0',
      'm=application 9 UDP/BFCP *',
      'm=x-whiteboard 9 TCP/x-board.2 any thing',
      'm=image 5006 udptl t38',
    );
    const others = [
      'm=audio 0 RTP/SAVP 0',
      'm=application 0 UDP/BFCP *',
      'm=x-whiteboard 0 TCP/x-board.2 any thing',
      'm=image 0 udptl t38',
    ];
    const answer = b.receiveOffer(offer);
    expect(mediaLines(answer)).toEqual(['m=video 0 RTP/AVP 31', 'm=audio 40000 RTP/AVP 0', ...others]);
    const reoffer = b.createOffer();
    expect(mediaLines(reoffer)).toEqual(['m=video 0 RTP/AVP 31', 'm=audio 40000 RTP/AVP 8 0 101', ...others]);
  });

  test('the first audio line that can be used is; a second one is refused', () => {
    const b = bob();
    const answer = b.receiveOffer(
      sdp('m=audio 5000 RTP/AVP 18', 'm=audio 5002 RTP/AVP 0', 'c=IN IP4 203.0.113.5', 'm=audio 5004 RTP/AVP 8'),
    );
    expect(mediaLines(answer)).toEqual(['m=audio 0 RTP/AVP 18', 'm=audio 40000 RTP/AVP 0', 'm=audio 0 RTP/AVP 8']);
    expect(b.session!.remote).toEqual({ address: '203.0.113.5', port: 5002 });
  });

  test('who has to answer and cannot refuses all of it; nothing is agreed then', () => {
    const [a, b] = [alice(), bob()];
    agree(a, b);
    const offer = sdp('m=audio 5000 RTP/AVP 18', 'm=video 5002 RTP/AVP 31');
    expect(mediaLines(b.refuseOffer(offer))).toEqual(['m=audio 0 RTP/AVP 18', 'm=video 0 RTP/AVP 31']);
    expect(b.session).toBeUndefined();
    b.createOffer();
    expect(refusal(() => b.refuseOffer(offer))).toMatchObject({ code: 'ERR_SDP_STATE', status: 491 });
  });

  test.each([
    [['m=audio 5000 RTP/SAVP 0'], 302, 'RTP/SAVP'],
    [['m=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=rtpmap:111 opus/48000/2'], 302, 'UDP/TLS/RTP/SAVPF'],
    [['m=video 5000 RTP/AVP 31'], 304, 'video'],
    [['m=video 5000 RTP/AVP 31', 'm=audio 5000 RTP/SAVP 0'], 302, 'video'],
    [['m=audio 5000 RTP/AVP 0', 'c=IN IP4 224.2.1.1/127'], 330, 'multicast'],
    [['m=audio 5000 RTP/AVP 0', 'c=IN IP6 FF15::101/3'], 330, 'multicast'],
    [['m=audio 0 RTP/AVP 0', 'm=video 5000 RTP/AVP 31'], 304, 'video'],
  ] as const)('%# nothing usable is 488 with a reason and a Warning code', (lines, warning, reason) => {
    const error = refusal(() => bob([pcmu, opus]).receiveOffer(sdp(...lines)));
    expect(error).toMatchObject({ code: 'ERR_SDP_NOT_ACCEPTABLE', status: 488, warning });
    expect(error.message).toContain(reason);
  });

  test('a refused re-offer leaves what was agreed, and the next offer of ours is as before', () => {
    const b = bob();
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0'));
    const { session } = b;
    refusal(() => b.receiveOffer(sdp('m=video 5000 RTP/AVP 31', 'm=audio 5000 RTP/AVP 18')));
    expect(b.session).toBe(session);
    expect(mediaLines(b.createOffer())).toEqual(['m=audio 40000 RTP/AVP 8 0 101']);
  });

  test('an offer without media lines is answered without any (RFC 3725 flow IV), and media may be added later', () => {
    const b = bob();
    expect(mediaLines(b.receiveOffer(sdp()))).toEqual([]);
    expect(b.session).toBeUndefined();
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0'));
    expect(b.session!.codec.name).toBe('PCMU');
  });

  test('AVPF is answered by AVPF, and stays when we offer', () => {
    const b = bob();
    expect(mediaLines(b.receiveOffer(sdp('m=audio 5000 RTP/AVPF 0')))).toEqual(['m=audio 40000 RTP/AVPF 0']);
    expect(mediaLines(b.createOffer())[0]).toContain('RTP/AVPF');
  });

  test('the times of the offer are those of the answer; an offer of our own is for now', () => {
    const b = bob();
    const answer = b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0').replace('t=0 0', 't=2873397496 2873404696'));
    expect(answer).toContain('\r\nt=2873397496 2873404696\r\n');
    expect(b.createOffer()).toContain('\r\nt=0 0\r\n');
  });
});

describe('removing and adding streams (§8.1, §8.2)', () => {
  test('a removed stream is answered with port 0; a refused one leaves no session', () => {
    const b = bob();
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0'));
    expect(mediaLines(b.receiveOffer(sdp('m=audio 0 RTP/AVP 0')))).toEqual(['m=audio 0 RTP/AVP 0']);
    expect(b.session).toBeUndefined();
    const a = alice();
    a.createOffer();
    a.receiveAnswer(sdp('m=audio 0 RTP/AVP 0'));
    expect(a.session).toBeUndefined();
  });

  test('audio comes back in the place it had', () => {
    const a = alice();
    a.createOffer();
    a.receiveAnswer(sdp('m=audio 0 RTP/AVP 0'));
    expect(mediaLines(a.createOffer())).toEqual(['m=audio 40000 RTP/AVP 0 8 101']);
  });

  test('audio that was never there goes behind the lines there are', () => {
    const b = bob();
    b.receiveOffer(sdp('m=video 0 RTP/AVP 31'));
    expect(mediaLines(b.createOffer())).toEqual(['m=video 0 RTP/AVP 31', 'm=audio 40000 RTP/AVP 8 0 101']);
  });

  test('lines that a peer adds stay in our offers', () => {
    const b = bob();
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0'));
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', 'm=video 5002 RTP/AVP 31'));
    expect(mediaLines(b.createOffer())).toHaveLength(2);
  });

  test('a re-offer of another shape, as third-party call control makes them, is taken as it is', () => {
    const b = bob();
    b.receiveOffer(sdp('m=video 5002 RTP/AVP 31', 'm=audio 5000 RTP/AVP 0'));
    expect(mediaLines(b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0')))).toEqual(['m=audio 40000 RTP/AVP 0']);
    expect(mediaLines(b.createOffer())).toEqual(['m=audio 40000 RTP/AVP 8 0 101']);
  });
});

describe('addresses', () => {
  test('may be per media', () => {
    const b = bob();
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', 'c=IN IP4 203.0.113.5'));
    expect(b.session!.remote).toEqual({ address: '203.0.113.5', port: 5000 });
  });

  test.each([
    ['', '203.0.113.5', 5001],
    ['a=rtcp:5555', '203.0.113.5', 5555],
    ['a=rtcp:5555 IN IP4 203.0.113.77', '203.0.113.77', 5555],
    ['a=rtcp:0', '203.0.113.5', 5001],
    ['a=rtcp:99999', '203.0.113.5', 5001],
    ['a=rtcp:', '203.0.113.5', 5001],
    ['a=rtcp:5555 IN IP4 $nonsense', '203.0.113.5', 5555],
  ])('RTCP with "%s" goes to %s:%i (RFC 3605)', (attribute, address, port) => {
    const b = bob();
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', 'c=IN IP4 203.0.113.5', attribute));
    expect(b.session!.remoteRtcp).toEqual({ address, port });
  });

  test('RTCP of the last port there is stays in range', () => {
    const b = bob();
    b.receiveOffer(sdp('m=audio 65535 RTP/AVP 0'));
    expect(b.session!.remoteRtcp.port).toBe(65535);
  });

  test('our own port for RTCP is written when it is not the next one', () => {
    expect(bob(undefined, { rtcpPort: 40001 }).createOffer()).not.toContain('a=rtcp');
    expect(bob(undefined, { rtcpPort: 40009 }).createOffer()).toContain('a=rtcp:40009');
  });

  test('IPv6 is written and read', () => {
    const a = alice([pcmu], { address: '2001:db8::1' });
    const b = bob([pcmu]);
    const { offer } = agree(a, b);
    expect(offer).toContain('o=- 4711 1 IN IP6 2001:db8::1');
    expect(offer).toContain('c=IN IP6 2001:db8::1');
    expect(b.session!.remote.address).toBe('2001:db8::1');
  });

  test('a host name is handed on as it is', () => {
    const b = bob();
    b.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', 'c=IN IP4 media.example.com'));
    expect(b.session!.remote.address).toBe('media.example.com');
  });

  test.each(['IN IP4 1.2.3', 'IN IP4 1.2.3.256', 'IN IP4 $(reboot)', 'IN IP6 ::g', `IN IP4 ${'a'.repeat(300)}`])(
    'c=%s is none: 400',
    (connection) => {
      const error = refusal(() => bob().receiveOffer(sdp('m=audio 5000 RTP/AVP 0', `c=${connection}`)));
      expect(error).toMatchObject({ code: 'ERR_SDP_SYNTAX', status: 400 });
      expect(error.message).toContain('address');
    },
  );

  test('audio without any c= line is 400', () => {
    const error = refusal(() => bob().receiveOffer(sdp('m=audio 5000 RTP/AVP 0').replace(/c=.*\r\n/, '')));
    expect(error.message).toContain('no c= line');
  });
});

describe('an answer that breaks the rules (§6) is an error that names the rule', () => {
  const offering = () => {
    const a = alice([pcmu, pcma]);
    a.receiveOffer(sdp('m=audio 5000 RTP/AVP 0', 'm=video 5002 RTP/AVP 31'));
    a.createOffer();
    return a;
  };

  test.each([
    [[], '0 media lines instead of 2'],
    [['m=audio 5000 RTP/AVP 0'], '1 media lines instead of 2'],
    [['m=audio 5000 RTP/AVP 0', 'm=video 0 RTP/AVP 31', 'm=video 0 RTP/AVP 31'], '3 media lines instead of 2'],
    [['m=video 0 RTP/AVP 31', 'm=audio 5000 RTP/AVP 0'], 'media line 1 is video instead of audio'],
    [['m=audio 5000 RTP/AVP 0', 'm=image 0 udptl t38'], 'media line 2 is image instead of video'],
    [['m=audio 5000 RTP/AVP 0', 'm=video 5002 RTP/AVP 31'], 'media line 2 was offered with port 0 and has port 5002'],
    [['m=audio 5000 RTP/SAVP 0', 'm=video 0 RTP/AVP 31'], 'the profile RTP/SAVP instead of RTP/AVP'],
    [['m=audio 5000 RTP/AVP 18', 'm=video 0 RTP/AVP 31'], 'none of the codecs offered'],
  ])('%#', (lines, reason) => {
    const a = offering();
    const error = refusal(() => a.receiveAnswer(sdp(...lines)));
    expect(error).toMatchObject({ code: 'ERR_SDP_ANSWER', status: 488 });
    expect(error.message).toContain(reason);
    expect(a.signalingState).toBe('have-local-offer');
    a.receiveAnswer(sdp('m=audio 5000 RTP/AVP 8', 'm=video 0 RTP/AVP 31'));
    expect(a.session!.codec.name).toBe('PCMA');
  });
});

describe('what we are set up with', () => {
  const options = { origin: { sessionId: '1' }, address: '192.0.2.1', port: 4000, codecs: [pcmu] };

  test.each([
    [{ origin: { sessionId: 'abc' } }, 'must be digits'],
    [{ origin: { sessionId: '1', username: 'al ice' } }, 'without spaces'],
    [{ origin: { sessionId: '1', sessionVersion: -1 } }, 'whole number'],
    [{ address: '' }, 'the address'],
    [{ address: '192.0.2.1\r\na=x' }, 'the address'],
    [{ port: 0 }, 'the port 0'],
    [{ rtcpPort: 70000 }, 'the port 70000'],
    [{ codecs: [] }, 'no codec'],
    [{ codecs: [{ name: 'PC MU', clockRate: 8000 }] }, 'encoding name'],
    [{ codecs: [{ name: 'PCMU', clockRate: 0 }] }, 'clock rate'],
    [{ codecs: [{ name: 'PCMU', clockRate: 8000, payloadType: 128 }] }, 'payload type'],
  ])('%# that cannot be described is said at once', (changes, reason) => {
    const error = refusal(() => new OfferAnswer({ ...options, ...changes }));
    expect(error).toMatchObject({ code: 'ERR_SDP_VALUE', status: 500 });
    expect(error.message).toContain(reason);
  });

  test.each([
    { sessionName: 'call\r\na=inactive' },
    { codecs: [{ ...pcmu, fmtp: 'x=1\r\nm=video 1 RTP/AVP 31' }] },
    { telephoneEvent: { events: '0-15\nb=AS:1' } },
  ])('%# no value can add lines to a description', (changes) => {
    const party = new OfferAnswer({ ...options, ...changes });
    expect(refusal(() => party.createOffer()).code).toBe('ERR_SDP_VALUE');
    expect(party.signalingState).toBe('stable');
  });

  test('the whole of an offer', () => {
    const party = new OfferAnswer({
      origin: { username: 'desk', sessionId: '99999999999999999999', sessionVersion: 7, address: '198.51.100.1' },
      sessionName: 'Offhook',
      address: '192.0.2.1',
      port: 4000,
      codecs: [opus, pcmu],
      ptime: 20,
      maxptime: 60,
      direction: 'sendonly',
    });
    expect(party.createOffer().split('\r\n')).toEqual([
      'v=0',
      'o=desk 99999999999999999999 7 IN IP4 198.51.100.1',
      's=Offhook',
      'c=IN IP4 192.0.2.1',
      't=0 0',
      'm=audio 4000 RTP/AVP 96 0 101 97',
      'a=rtpmap:96 opus/48000/2',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=rtpmap:97 telephone-event/48000',
      'a=fmtp:96 useinbandfec=1',
      'a=fmtp:101 0-15',
      'a=fmtp:97 0-15',
      'a=ptime:20',
      'a=maxptime:60',
      'a=sendonly',
      '',
    ]);
  });
});
