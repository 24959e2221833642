import { describe, expect, test } from 'vitest';
import { SdpError } from '../errors';
import { alice, bob, opus, pcmu } from '../testing/parties';
import { seededRandomBytes } from '../testing/seeded-random';
import type { LocalDtls } from '../transport/dtls';
import type { LocalIce } from '../transport/ice';

const iceOf = (name: string, host: string, port: number): LocalIce => ({
  ufrag: `${name}1234`,
  pwd: `${name}567890123456789012345`,
  candidates: [`h0 1 UDP 2130706431 ${host} ${port} typ host`],
});
const dtlsOf = (byte: string): LocalDtls => ({
  fingerprints: [{ algorithm: 'sha-256', value: Array(32).fill(byte).join(':') }],
});
const security = (policy: 'optional' | 'elective' | 'mandatory', keying: ('sdes' | 'dtls')[]) => ({
  policy,
  keying,
  random: seededRandomBytes(1),
});
const aliceIce = iceOf('alice', '192.0.2.1', 40000);
const bobIce = iceOf('bobby', '192.0.2.2', 40000);

describe('RTCP on the port of RTP (RFC 5761)', () => {
  test('where both want it', () => {
    const caller = alice([pcmu], { rtcpMux: 'offer' });
    const callee = bob([pcmu], { rtcpMux: 'offer' });
    const offer = caller.createOffer();
    expect(offer).toContain('a=rtcp-mux\r\n');
    const answer = callee.receiveOffer(offer);
    expect(answer).toContain('a=rtcp-mux\r\n');
    caller.receiveAnswer(answer);
    expect(caller.session).toMatchObject({ rtcpMux: true });
    expect(caller.session!.remoteRtcp).toEqual(caller.session!.remote);
  });

  test('not where one does not; who insists is refused, or refuses', () => {
    const callee = bob([pcmu]);
    const answer = callee.receiveOffer(alice([pcmu], { rtcpMux: 'offer' }).createOffer());
    expect(answer).not.toContain('rtcp-mux');
    expect(callee.session).toMatchObject({ rtcpMux: false });
    const strict = alice([pcmu], { rtcpMux: 'require' });
    const offer = strict.createOffer();
    expect(offer).toContain('a=rtcp-mux-only');
    const plain = bob([pcmu]).receiveOffer(offer);
    expect(() => strict.receiveAnswer(plain)).toThrow(/rtcp-mux/);
    expect(() => bob([pcmu], { rtcpMux: 'require' }).receiveOffer(alice([pcmu]).createOffer())).toThrow(SdpError);
  });
});

describe('ICE (RFC 8839)', () => {
  test('both say their candidates; who offers controls', () => {
    const caller = alice([pcmu], { ice: aliceIce });
    const callee = bob([pcmu], { ice: bobIce });
    const offer = caller.createOffer();
    expect(offer).toContain('a=ice-ufrag:alice1234\r\n');
    expect(offer).toContain('a=candidate:h0 1 UDP 2130706431 192.0.2.1 40000 typ host\r\n');
    caller.receiveAnswer(callee.receiveOffer(offer));
    expect(caller.session?.ice).toEqual({
      ufrag: 'bobby1234',
      pwd: bobIce.pwd,
      candidates: bobIce.candidates,
      lite: false,
      trickle: false,
      complete: true,
      role: 'controlling',
      restarted: false,
    });
    expect(callee.session?.ice).toMatchObject({ ufrag: 'alice1234', role: 'controlled' });
    // A re-offer by the other side changes nothing of it.
    caller.receiveOffer(callee.createOffer());
    expect(caller.session?.ice).toMatchObject({ role: 'controlling', restarted: false });
  });

  test('a lite side is controlled, whoever offers', () => {
    const caller = alice([pcmu], { ice: { ...aliceIce, lite: true } });
    const callee = bob([pcmu], { ice: bobIce });
    const offer = caller.createOffer();
    expect(offer).toMatch(/t=0 0\r\na=ice-lite\r\n/);
    caller.receiveAnswer(callee.receiveOffer(offer));
    expect(caller.session?.ice).toMatchObject({ role: 'controlled' });
    expect(callee.session?.ice).toMatchObject({ role: 'controlling', lite: true });
  });

  test('a peer without it gets plain media, and so does one whose address was changed under way', () => {
    const caller = alice([pcmu], { ice: aliceIce });
    caller.receiveAnswer(bob([pcmu]).receiveOffer(caller.createOffer()));
    expect(caller.session).toMatchObject({ iceMismatch: false });
    expect(caller.session?.ice).toBeUndefined();

    const changed = alice([pcmu], { ice: aliceIce });
    const offer = changed.createOffer().replace('c=IN IP4 192.0.2.1', 'c=IN IP4 203.0.113.7');
    const callee = bob([pcmu], { ice: bobIce });
    const answer = callee.receiveOffer(offer);
    expect(answer).toContain('a=ice-mismatch\r\n');
    expect(answer).not.toContain('candidate');
    expect(callee.session).toMatchObject({ iceMismatch: true, remote: { address: '203.0.113.7' } });
    changed.receiveAnswer(answer);
    expect(changed.session?.ice).toBeUndefined();
  });

  test('a restart takes new credentials of both sides', () => {
    const caller = alice([pcmu], { ice: aliceIce });
    const second = { ...bobIce, ufrag: 'bobbyNEW' };
    const callee = bob([pcmu], { ice: bobIce, restartIce: () => second });
    caller.receiveAnswer(callee.receiveOffer(caller.createOffer()));
    caller.ice = { ...aliceIce, ufrag: 'aliceNEW' };
    const answer = callee.receiveOffer(caller.createOffer());
    expect(answer).toContain('a=ice-ufrag:bobbyNEW');
    expect(callee.session?.ice).toMatchObject({ ufrag: 'aliceNEW', restarted: true, role: 'controlled' });
    caller.receiveAnswer(answer);
    expect(caller.session?.ice).toMatchObject({ ufrag: 'bobbyNEW', restarted: true, role: 'controlling' });
  });

  test('candidates still to come are no hold (RFC 8840 §4.1)', () => {
    const offer = alice([pcmu], { ice: { ...aliceIce, candidates: [], trickle: true, complete: false } })
      .createOffer()
      .replace('c=IN IP4 192.0.2.1', 'c=IN IP4 0.0.0.0')
      .replace('m=audio 40000', 'm=audio 9');
    const callee = bob([pcmu], { ice: bobIce });
    callee.receiveOffer(offer);
    expect(callee.session).toMatchObject({ remoteHold: false, direction: 'sendrecv' });
    expect(callee.session?.ice).toMatchObject({ trickle: true, complete: false });
  });

  test.each(['ice-ufrag:a', 'ice-pwd:short', 'ice-ufrag:b@d!', 'ice-pwd:'])('with a=%s it is none', (line) => {
    const name = line.split(':')[0]!;
    const offer = alice([pcmu], { ice: aliceIce })
      .createOffer()
      .replace(new RegExp(`a=${name}:.*\r\n`), `a=${line}\r\n`);
    const callee = bob([pcmu], { ice: bobIce });
    callee.receiveOffer(offer);
    expect(callee.session?.ice).toBeUndefined();
  });
});

describe('DTLS-SRTP (RFC 5763)', () => {
  const dtls = { dtls: dtlsOf('0A'), security: security('mandatory', ['dtls']) };

  test('the answerer begins the handshake, and keeps its part through re-offers', () => {
    const caller = alice([pcmu], dtls);
    const callee = bob([pcmu], { ...dtls, dtls: dtlsOf('0B') });
    const offer = caller.createOffer();
    expect(offer).toContain('m=audio 40000 UDP/TLS/RTP/SAVP 0');
    expect(offer).toContain('a=setup:actpass\r\na=fingerprint:sha-256 0A:0A');
    const answer = callee.receiveOffer(offer);
    expect(answer).toContain('a=setup:active\r\n');
    caller.receiveAnswer(answer);
    expect(caller.session?.dtls).toEqual({ role: 'server', fingerprints: dtlsOf('0B').fingerprints });
    expect(callee.session?.dtls).toMatchObject({ role: 'client' });
    // The other side offers now: the roles stay.
    callee.receiveAnswer(caller.receiveOffer(callee.createOffer()));
    expect(callee.session?.dtls).toMatchObject({ role: 'client' });
    expect(caller.session?.dtls).toMatchObject({ role: 'server' });
  });

  test.each([
    ['active', 'server'],
    ['passive', 'client'],
  ])('an offer with setup:%s', (setup, role) => {
    const callee = bob([pcmu], dtls);
    callee.receiveOffer(alice([pcmu], dtls).createOffer().replace('actpass', setup));
    expect(callee.session?.dtls).toMatchObject({ role });
  });

  test('several fingerprints are read', () => {
    const callee = bob([pcmu], dtls);
    callee.receiveOffer(alice([pcmu], dtls).createOffer().replace('a=setup', 'a=fingerprint:SHA-1 0c:0d\r\na=setup'));
    expect(callee.session?.dtls?.fingerprints).toEqual([
      { algorithm: 'sha-1', value: '0C:0D' },
      { algorithm: 'sha-256', value: dtlsOf('0A').fingerprints[0]!.value },
    ]);
  });

  test('no fingerprint, no call where protection is a must', () => {
    const offer = alice([pcmu], dtls).createOffer();
    const without = offer.replace(/a=fingerprint:.*\r\n/, '');
    expect(() => bob([pcmu], dtls).receiveOffer(without)).toThrow(/a=fingerprint/);
    expect(() => bob([pcmu], dtls).receiveOffer(alice([pcmu]).createOffer())).toThrow(SdpError);
    const caller = alice([pcmu], dtls);
    const answer = bob([pcmu], dtls).receiveOffer(caller.createOffer());
    expect(() => caller.receiveAnswer(answer.replace(/a=fingerprint:.*\r\n/, ''))).toThrow(/a=fingerprint/);
  });

  test('one after the other are offered, and the peer takes what it has', () => {
    const both = { dtls: dtlsOf('0A'), security: security('elective', ['dtls', 'sdes']) };
    const caller = alice([pcmu], both);
    const offer = caller.createOffer();
    expect(offer.match(/m=audio \d+ \S+/g)).toEqual([
      'm=audio 40000 UDP/TLS/RTP/SAVP',
      'm=audio 40000 RTP/SAVP',
      'm=audio 40000 RTP/AVP',
    ]);
    caller.receiveAnswer(bob([pcmu], { security: security('elective', ['sdes']) }).receiveOffer(offer));
    expect(caller.session?.security).toBeDefined();
    expect(caller.session?.dtls).toBeUndefined();
    const other = alice([pcmu], both);
    other.receiveAnswer(bob([pcmu]).receiveOffer(other.createOffer()));
    expect(other.session).toMatchObject({ codec: { name: 'PCMU' } });
    expect([other.session?.security, other.session?.dtls]).toEqual([undefined, undefined]);
  });

  test('with best effort, plain RTP that may become protected (RFC 8643)', () => {
    const options = { dtls: dtlsOf('0A'), security: { ...security('optional', ['dtls', 'sdes']), bestEffort: true } };
    const caller = alice([pcmu], options);
    const offer = caller.createOffer();
    expect(offer).toContain('RTP/AVP');
    expect(offer).toContain('a=fingerprint');
    expect(offer).toContain('a=crypto');
    const callee = bob([pcmu], options);
    const answer = callee.receiveOffer(offer);
    expect(answer).not.toContain('a=crypto');
    caller.receiveAnswer(answer);
    expect(caller.session?.dtls).toMatchObject({ role: 'server' });
  });
});

test('extended reports, reduced size, comfort noise and feedback are told and taken', () => {
  const options = { rtcpXr: ['voip-metrics', 'rcvr-rtt=all'], reducedSize: true, comfortNoise: true, feedback: true };
  const caller = alice([pcmu, opus], options);
  const callee = bob([pcmu, opus], options);
  const offer = caller.createOffer();
  expect(offer).toMatch(/m=audio 40000 RTP\/AVPF 0 \d+ 13 /);
  expect(offer).toContain('a=rtcp-xr:voip-metrics rcvr-rtt=all');
  caller.receiveAnswer(callee.receiveOffer(offer));
  for (const { session } of [caller, callee]) {
    expect(session).toMatchObject({
      feedback: true,
      reducedSize: true,
      rtcpXr: options.rtcpXr,
      comfortNoise: [{ clockRate: 8000, sendPayloadType: 13, receivePayloadType: 13 }],
    });
  }
});

/** As Chromium offers audio and video, to a page that has a microphone. */
const chromium = [
  'v=0',
  'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 1',
  'a=extmap-allow-mixed',
  'a=msid-semantic: WMS 7f0ef4fb',
  'm=audio 45678 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126',
  'c=IN IP4 192.0.2.1',
  'a=rtcp:9 IN IP4 0.0.0.0',
  'a=candidate:2999745851 1 udp 2122260223 192.0.2.1 45678 typ host generation 0 network-id 1 network-cost 10',
  'a=candidate:4233069003 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0 network-id 1',
  'a=ice-ufrag:Uq+k',
  'a=ice-pwd:3Hm9JkLpQ7sVbN2xYzA1CdEf',
  'a=ice-options:trickle',
  `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'a=sendrecv',
  'a=msid:7f0ef4fb 0aa3c1d5',
  'a=rtcp-mux',
  'a=rtcp-rsize',
  'a=rtpmap:111 opus/48000/2',
  'a=rtcp-fb:111 transport-cc',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtpmap:63 red/48000/2',
  'a=fmtp:63 111/111',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:13 CN/8000',
  'a=rtpmap:110 telephone-event/48000',
  'a=rtpmap:126 telephone-event/8000',
  'a=ssrc:1001 cname:hZ9kq',
  'a=ssrc:1001 msid:7f0ef4fb 0aa3c1d5',
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97',
  'c=IN IP4 0.0.0.0',
  'a=rtcp:9 IN IP4 0.0.0.0',
  'a=ice-ufrag:Uq+k',
  'a=ice-pwd:3Hm9JkLpQ7sVbN2xYzA1CdEf',
  'a=ice-options:trickle',
  `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`,
  'a=setup:actpass',
  'a=mid:1',
  'a=recvonly',
  'a=rtcp-mux',
  'a=rtpmap:96 VP8/90000',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96',
  '',
].join('\r\n');

test('the offer of a browser is answered in its own words', () => {
  const callee = bob([opus, pcmu], {
    rtcpMux: 'offer',
    reducedSize: true,
    comfortNoise: true,
    ice: bobIce,
    dtls: dtlsOf('0B'),
    security: security('mandatory', ['dtls']),
  });
  const answer = callee.receiveOffer(chromium);
  expect(answer).toMatch(/a=group:BUNDLE 0\r\n/);
  expect(answer).toMatch(/m=audio 40000 UDP\/TLS\/RTP\/SAVPF 111 0 13 /);
  expect(answer).toContain('m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1\r\n');
  for (const line of ['mid:0', 'rtcp-mux', 'rtcp-rsize', 'setup:active', 'ice-ufrag:bobby1234']) {
    expect(answer).toContain(`a=${line}\r\n`);
  }
  expect(callee.session).toMatchObject({
    codec: { name: 'opus', sendPayloadType: 111 },
    ice: { ufrag: 'Uq+k', role: 'controlled', trickle: true, complete: false },
    dtls: { role: 'client' },
    rtcpMux: true,
    feedback: true,
    mid: '0',
    remoteHold: false,
    telephoneEvent: { sendPayloadType: 110, clockRate: 48000 },
  });
});

test('our offer to a browser has what it insists on', () => {
  const caller = alice([opus, pcmu], {
    rtcpMux: 'require',
    feedback: true,
    bundle: true,
    ice: aliceIce,
    dtls: dtlsOf('0A'),
    security: security('mandatory', ['dtls']),
  });
  const offer = caller.createOffer();
  expect(offer).toContain('m=audio 40000 UDP/TLS/RTP/SAVPF ');
  for (const line of ['group:BUNDLE 0', 'mid:0', 'rtcp-mux', 'setup:actpass', 'ice-ufrag:alice1234']) {
    expect(offer).toContain(`a=${line}\r\n`);
  }
});

test('bandwidth is told and read; what makes no sense is left', () => {
  const caller = alice([pcmu], { bandwidth: { as: 80, tias: 64_000, rs: 800, rr: 0 } });
  const callee = bob([pcmu]);
  const offer = caller.createOffer();
  expect(offer).toContain('b=AS:80\r\nb=TIAS:64000\r\nb=RS:800\r\nb=RR:0\r\n');
  caller.receiveAnswer(callee.receiveOffer(offer.replace('b=AS:80', 'b=AS:-5\r\nb=X-Y:1')));
  expect(callee.session?.bandwidth).toEqual({ tias: 64_000, rs: 800, rr: 0 });
  expect(caller.session?.bandwidth).toBeUndefined();
});
